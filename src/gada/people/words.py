"""The closed lists of registration: sex, precision of a date, status, relationship, purposes (R1)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sex(models.TextChoices):
    FEMALE = "F", _("Female")
    MALE = "M", _("Male")
    UNKNOWN = "", _("Not said")


DOCUMENT_KINDS = {
    "national-id": _("National identity card"), "voter-card": _("Voter card"),
    "birth-certificate": _("Birth certificate"), "passport": _("Passport"), "refugee-card": _("Refugee card"),
    "other": _("Another document"),
}


class BirthPrecision(models.TextChoices):
    """How much of a birth date is known; a bare 1 January is never a day."""

    DAY = "day", _("day, month and year")
    MONTH = "month", _("month and year")
    YEAR = "year", _("year")
    AROUND = "around", _("around that year")
    UNKNOWN = "unknown", _("not known")


class BirthSource(models.TextChoices):
    DOCUMENT = "document", _("document")
    DECLARED = "declared", _("declared")
    ESTIMATED = "estimated", _("estimated age")


class ResidenceStatus(models.TextChoices):
    IDP = "idp", _("Displaced inside the country")
    RETURNEE = "returnee", _("Returnee")
    REFUGEE = "refugee", _("Refugee")
    ASYLUM_SEEKER = "asylum-seeker", _("Asylum seeker")
    RESIDENT = "resident", _("Resident")
    MIGRANT = "migrant", _("Migrant")
    UNKNOWN = "", _("Not said")


class PersonStatus(models.TextChoices):
    ACTIVE = "active", _("Registered")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DECEASED = "deceased", _("Deceased")
    ERASED = "erased", _("Erased")


class Relationship(models.TextChoices):
    HEAD = "head", _("Head of household")
    SPOUSE = "spouse", _("Husband or wife")
    CHILD = "child", _("Son or daughter")
    PARENT = "parent", _("Father or mother")
    SIBLING = "sibling", _("Brother or sister")
    GRANDCHILD = "grandchild", _("Grandchild")
    OTHER_KIN = "other-kin", _("Other relative")
    NOT_KIN = "not-kin", _("Not a relative")
    COLLECTOR = "collector", _("Only collects for the household")


class Recipient(models.TextChoices):
    NONE = "", _("Does not collect")
    PRINCIPAL = "principal", _("Principal recipient")
    ALTERNATE = "alternate", _("Alternate recipient")


class Purpose(models.TextChoices):
    """What a person may refuse one by one (R9)."""

    REGISTRATION = "registration", _("Be registered to receive aid")
    PRINTS = "prints", _("Give fingerprints")
    PHOTO = "photo", _("Be photographed")
    SHARING = "sharing", _("Share with partner agencies")


class LegalBasis(models.TextChoices):
    CONSENT = "consent", _("consent")
    VITAL_INTEREST = "vital-interest", _("vital interest")
    PUBLIC_INTEREST = "public-interest", _("public interest")


class Answer(models.TextChoices):
    YES = "yes", _("agreed")
    NO = "no", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    OBJECTED = "objected", _("objected")


class HouseholdStatus(models.TextChoices):
    ACTIVE = "active", _("Registered")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    MERGED = "merged", _("Joined to another household")
    UNDONE = "undone", _("Split taken back")


class Happened(models.TextChoices):
    """What can happen to a household after its registration: each an entry `household.<value>`, each can be undone."""

    BORN = "member_born", _("A child was born")
    JOINED = "member_joined", _("Somebody joined")
    LEFT = "member_left", _("Somebody left")
    DIED = "member_died", _("Somebody died")
    LED = "head_chosen", _("Another head")
    COLLECTING = "recipients_chosen", _("Other recipients")
    SPLIT = "split", _("Part of the household went its own way")
    MERGED = "merged", _("Two households became one")
    MOVED = "moved", _("The household moved")
    WITHDRAWN = "withdrawn", _("The household withdrew")
    RETURNED = "returned", _("The household came back")
    MEMBER_WITHDRAWN = "member_withdrawn", _("Somebody withdrew")
    MEMBER_RETURNED = "member_returned", _("Somebody came back")
    RENUMBERED = "renumbered", _("A new number")
    SETTLED = "settled", _("One of two versions was chosen")


class LeavingReason(models.TextChoices):
    """Why somebody leaves, or a household withdraws. None of them says "duplicate": that is a judgement's word."""

    MOVED = "moved", _("Moved away")
    MARRIED = "married", _("Married into another family")
    MISTAKE = "mistake", _("Entered by mistake")
    WISH = "wish", _("They no longer wish to be registered")
    NO_NEED = "no-need", _("They no longer need aid")
    OTHER = "other", _("Another reason")


class Kept(models.TextChoices):
    """Classes of data that are kept for different times (config/retention.csv)."""

    PRINTS = "prints", _("Fingerprints")
    PHOTO = "photo", _("Photo")
    CONTACT = "contact", _("Telephone")
    SITUATION = "situation", _("Status of residence and nationality")
    ANSWERS = "answers", _("Answers to questions of a programme")
    IDENTITY = "identity", _("The whole person: names, birth, documents")
    ACCOUNTS = "accounts", _("Number, and what was handed over")


class Counted(models.TextChoices):
    """What a time of keeping is counted from."""

    CONTACT = "contact", _("last contact")
    END = "end", _("end of the programme")
    LEFT = "left", _("death or withdrawal")


class Asked(models.TextChoices):
    """What a person may ask of whoever holds their data."""

    ACCESS = "access", _("See what is held")
    CORRECTION = "correction", _("Have it corrected")
    OBJECTION = "objection", _("Object to a use")
    ERASURE = "erasure", _("Have it erased")


class Outcome(models.TextChoices):
    """How a request was answered."""

    DONE = "done", _("done as asked")
    PARTLY = "partly", _("done in part")
    REFUSED = "refused", _("not done, with the reason")


class Stop(models.TextChoices):
    """Why the clock of somebody's data stands still."""

    HOLD = "hold", _("legal hold")
    REQUEST = "request", _("a request of the person waits")
    CASE = "case", _("a possible duplicate is being judged")
    APPEAL = "appeal", _("an appeal may still come")
    CHILD = "child", _("a child, until it is an adult")
