"""Person, household, membership, identifier, document, consent: what registration knows, and how it knows it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from gada.people.words import (
    Answer,
    Asked,
    BirthPrecision,
    BirthSource,
    Happened,
    HouseholdStatus,
    Kept,
    LeavingReason,
    LegalBasis,
    Outcome,
    PersonStatus,
    Purpose,
    Recipient,
    Relationship,
    ResidenceStatus,
    Sex,
)


class Household(models.Model):
    """People who were registered together. `number` is what a card or slip shows."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=20, unique=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    programme = models.ForeignKey("agencies.Programme", on_delete=models.PROTECT, null=True)
    place = models.CharField(max_length=80, blank=True)  # p-code or name of where they live now
    origin = models.CharField(max_length=80, blank=True)  # previous residence
    source = models.CharField(max_length=80, blank=True)  # who declared it: live, or the file of an import
    source_key = models.CharField(max_length=80, blank=True)  # its reference there: makes an upload idempotent
    status = models.CharField(max_length=12, choices=HouseholdStatus, default=HouseholdStatus.ACTIVE)
    merged_into = models.UUIDField(null=True)  # the household that goes on; its registration may arrive later
    custom = models.JSONField(default=dict)
    enrolled_at = models.DateTimeField()
    versions = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(
            fields=["source", "source_key"], condition=~Q(source_key=""), name="one_household_per_source_key"
        )]
        indexes = [models.Index(fields=["site", "enrolled_at"], name="households_of_a_site")]


class Person(models.Model):
    """One registered person. Every changeable field names the change that set it in `versions`."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=20, unique=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    given = models.CharField(max_length=80)
    surname = models.CharField(max_length=80, blank=True)
    father = models.CharField(max_length=120, blank=True)
    mother = models.CharField(max_length=120, blank=True)
    sex = models.CharField(max_length=1, choices=Sex, blank=True)
    birth_from = models.DateField(null=True)
    birth_to = models.DateField(null=True)
    birth_precision = models.CharField(max_length=8, choices=BirthPrecision, default=BirthPrecision.UNKNOWN)
    birth_source = models.CharField(max_length=10, choices=BirthSource, blank=True)
    residence_status = models.CharField(max_length=14, choices=ResidenceStatus, blank=True)
    nationality = models.CharField(max_length=3, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    phone_is_safe = models.BooleanField(default=True)
    photo = models.UUIDField(null=True)  # a blob owned by this person
    needs_protection = models.BooleanField(default=False)  # kept out of every flow and partner query
    unaccompanied = models.BooleanField(default=False)  # a child alone: shared only by the caseworker
    status = models.CharField(max_length=12, choices=PersonStatus, default=PersonStatus.ACTIVE)
    source = models.CharField(max_length=80, blank=True)
    source_key = models.CharField(max_length=80, blank=True)
    custom = models.JSONField(default=dict)
    enrolled_at = models.DateTimeField()
    versions = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key"], condition=~Q(source_key=""), name="one_person_per_source_key"
            ),
            models.CheckConstraint(
                condition=Q(birth_from=None, birth_to=None) | Q(birth_from__lte=models.F("birth_to")),
                name="birth_interval_in_order",
            ),
        ]
        indexes = [models.Index(fields=["site", "enrolled_at"], name="people_of_a_site")]


class Membership(models.Model):
    """A person in a household, with the part they play; ended, never deleted."""

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="memberships")
    relationship = models.CharField(max_length=12, choices=Relationship)
    recipient = models.CharField(max_length=9, choices=Recipient, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household"], condition=Q(relationship="head", until=None), name="one_head_of_a_household"
            ),
            models.UniqueConstraint(
                fields=["household"], condition=Q(recipient="principal", until=None), name="one_principal_recipient"
            ),
            models.UniqueConstraint(
                fields=["person", "household"], condition=Q(until=None), name="one_open_membership"
            ),
        ]


class Happening(models.Model):
    """Something that happened to a household after its registration. Undone, it counts no more; it is never deleted."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=20, choices=Happened)
    household = models.UUIDField(db_index=True)  # whose page it was done on
    person = models.UUIDField(null=True)  # whom it is about, when it is one person
    reason = models.CharField(max_length=12, choices=LeavingReason, blank=True)
    by = models.UUIDField()
    at = models.DateTimeField()
    version = models.CharField(max_length=60)
    undone_version = models.CharField(max_length=60, blank=True)
    undone_by = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)


class Change(models.Model):
    """One thing that a happening sets. Of those not undone the newest counts; without a happening: as registered."""

    id = models.UUIDField(primary_key=True)  # made from the happening, the target and the field
    happening = models.ForeignKey(Happening, on_delete=models.PROTECT, null=True, related_name="changes")
    household = models.UUIDField(null=True, db_index=True)  # whose rows it is read for
    person = models.UUIDField(null=True, db_index=True)
    target = models.UUIDField()  # a household, a membership or a person
    field = models.CharField(max_length=12)
    value = models.JSONField()
    version = models.CharField(max_length=60, blank=True)
    settles = models.JSONField(null=True)  # the versions that its author had before them; null: every older one


class Death(models.Model):
    """When somebody died, as an interval, and who said so; it stands while its happening does."""

    id = models.UUIDField(primary_key=True)  # of the happening
    person = models.UUIDField(db_index=True)
    earliest = models.DateField(null=True)
    latest = models.DateField(null=True)
    precision = models.CharField(max_length=8, choices=BirthPrecision, default=BirthPrecision.UNKNOWN)
    said_by = models.CharField(max_length=120)


class Correction(models.Model):
    """One correction of one field, whichever node made it: the newest is shown, those nobody settled are a conflict."""

    id = models.UUIDField(primary_key=True)  # made from its entry and the field
    person = models.UUIDField(db_index=True)  # their registration may arrive later
    field = models.CharField(max_length=30)
    value = models.JSONField(null=True)
    version = models.CharField(max_length=60)
    settles = models.JSONField(default=list)  # the versions that its author had before them
    after = models.CharField(max_length=60, blank=True)  # the newest erasure of this field that its author knew


class Conflict(models.Model):
    """One field that two nodes changed without knowing of each other. A person decides.

    With a household it stands between happenings, and `target` is the household, membership or person they set.
    """

    id = models.UUIDField(primary_key=True)  # made from the person or target and the field
    person = models.UUIDField(null=True, db_index=True)
    household = models.UUIDField(null=True, db_index=True)  # on whose page it was done, the newest of them
    target = models.UUIDField()
    field = models.CharField(max_length=30)
    versions = models.JSONField()  # what stands against each other, oldest first


class Document(models.Model):
    """An identity document a person showed; `kind` is data (national-id, voter-card, birth-certificate …)."""

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=30)
    number = models.CharField(max_length=40, db_index=True)
    country = models.CharField(max_length=3, blank=True)


class SearchKey(models.Model):
    """A folded composite key of a person as a number, stored by the same transaction (keeping_keys.py)."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="search_keys")
    key = models.BigIntegerField()

    class Meta:
        # Both, so that a common name is counted in the index alone.
        indexes = [models.Index(fields=["key", "person"], name="people_of_a_key")]


class Consent(models.Model):
    """One answer to one purpose: refusable one by one, never asked twice, always with its legal basis."""

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=14, choices=Purpose)
    basis = models.CharField(max_length=16, choices=LegalBasis)
    answer = models.CharField(max_length=10, choices=Answer)
    reason = models.CharField(max_length=200, blank=True)
    given_by = models.UUIDField(null=True)  # the guardian who spoke for a child
    notice_version = models.CharField(max_length=20)
    answered_at = models.DateTimeField()
    lamport = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["person", "purpose", "lamport"], name="newest_answer")]


class Draft(models.Model):
    """A registration being typed: saved after each step, sealed, only its author's. Not an entry, not a person."""

    id = models.UUIDField(primary_key=True)
    operator = models.ForeignKey("agencies.Operator", on_delete=models.CASCADE)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    box = models.BinaryField()
    saved_at = models.DateTimeField()


class RetentionRule(models.Model):
    """Days somebody set for one class of one programme (none: all of the agency's). The newest counts."""

    id = models.UUIDField(primary_key=True)
    agency = models.UUIDField()
    programme = models.UUIDField(null=True)
    kept = models.CharField(max_length=10, choices=Kept)
    after_contact = models.PositiveIntegerField()
    after_end = models.PositiveIntegerField()
    after_leaving = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    by = models.UUIDField()
    at = models.DateTimeField()
    version = models.CharField(max_length=60)


class ProgrammeEnd(models.Model):
    """When a programme ended, as somebody said it; the newest word counts, and no day takes it back."""

    id = models.UUIDField(primary_key=True)
    programme = models.UUIDField(db_index=True)
    ended_on = models.DateField(null=True)
    by = models.UUIDField()
    at = models.DateTimeField()
    version = models.CharField(max_length=60)


class LegalHold(models.Model):
    """Somebody's data must be kept: for a court, an investigation, an appeal. It stops the clock until its day.

    Placed and lifted by two entries that may arrive in either order: each fills its own columns.
    """

    id = models.UUIDField(primary_key=True)
    person = models.UUIDField(db_index=True)
    until = models.DateField(null=True)
    by = models.UUIDField(null=True)
    at = models.DateTimeField(null=True)
    reason = models.BinaryField(default=bytes)  # sealed for the person
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.UUIDField(null=True)
    random_fields = ("reason",)


class ErasedClass(models.Model):
    """One class of one person was erased: whatever was written without knowing it stays erased, whenever it comes."""

    id = models.UUIDField(primary_key=True)  # made from its entry
    person = models.UUIDField(db_index=True)  # their registration may arrive later
    kept = models.CharField(max_length=10, choices=Kept)
    version = models.CharField(max_length=60)
    at = models.DateTimeField()
    files = models.JSONField(default=list)  # photos to drop on this node
    random_fields = ("files",)


class PersonRequest(models.Model):
    """What a person asked of us, until when it is to be answered, and the answer given (P8).

    Received and answered by two entries that may arrive in either order: each fills its own columns.
    """

    id = models.UUIDField(primary_key=True)
    person = models.UUIDField(db_index=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    asked = models.CharField(max_length=10, choices=Asked, blank=True)
    due_on = models.DateField(null=True)
    by = models.UUIDField(null=True)
    at = models.DateTimeField(null=True)
    words = models.BinaryField(default=bytes)  # what was asked, sealed for the person
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    answer = models.BinaryField(default=bytes)  # what was answered, sealed for the person
    random_fields = ("words", "answer")

    class Meta:
        indexes = [models.Index(fields=["outcome", "due_on"], name="requests_to_answer")]
