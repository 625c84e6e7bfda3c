"""What the evidence says, in words: one sentence per reason code of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gada.biometrics.models import Finger
from gada.engine.linkage import THRESHOLDS
from gada.matching.models import Case
from gada.matching.queries import MOST_COUNTED

KINDS = {
    "prior": gettext_lazy("To begin with"), "given": gettext_lazy("Given name"), "surname": gettext_lazy("Family name"),
    "father": gettext_lazy("Father"), "mother": gettext_lazy("Mother"), "sex": gettext_lazy("Sex"),
    "birth": gettext_lazy("Birth"), "place": gettext_lazy("Where they live"),
    "origin": gettext_lazy("Where they come from"), "phone": gettext_lazy("Telephone"),
    "document": gettext_lazy("Papers"), "household": gettext_lazy("Household"),
    "assignment": gettext_lazy("Household"), "kinship": gettext_lazy("Family resemblance"),
    "demographic-cap": gettext_lazy("Limit"), "process-error": gettext_lazy("Limit"),
    "finger": gettext_lazy("Fingerprint"),
}
NAME_LEVELS = {
    "exact": gettext_lazy("written the same"), "equivalent": gettext_lazy("the same name, spelled another way"),
    "close": gettext_lazy("sounds nearly the same"), "near": gettext_lazy("a little alike"),
    "differ": gettext_lazy("another name"),
}
DATE_LEVELS = {
    "same-day": gettext_lazy("the same day"), "part": gettext_lazy("one slip of the pen apart"),
    "same-year": gettext_lazy("the same year"),
}
PLAIN_LEVELS = {"same": gettext_lazy("the same"), "differ": gettext_lazy("not the same")}
HOUSEHOLD_LEVELS = {
    "several-members": gettext_lazy("several members are alike"), "one-member": gettext_lazy("one member is alike"),
    "no-member": gettext_lazy("no member is alike"),
    "another-member-fits-better": gettext_lazy("another member of the household fits better"),
}
OTHERS = {
    "kinship-explains-as-well": gettext_lazy("two members of one family would look as much alike"),
    "text-proves-only-so-much": gettext_lazy("words alone prove only so much"),
    "capture-may-err": gettext_lazy("a wrong finger or a wrong file is always possible"),
    "finger-does-not-match": gettext_lazy("does not correspond"),
}
HINTS = {
    "fingers-agree-words-do-not": gettext_lazy(
        "The fingers correspond, the words do not: one person under two names, or a finger taken from somebody else. "
        "Look at the photos, the parents and the households."
    ),
    "words-agree-fingers-do-not": gettext_lazy(
        "The words agree, the fingers do not: twins, brothers or namesakes are as much alike in words. "
        "Fingers taken badly fail, too: see whether the print is whole."
    ),
    "another-member-fits-better": gettext_lazy(
        "Somebody else in the household fits better: see the members side by side."
    ),
    "names-exchanged": gettext_lazy("The given name of one is the family name of the other."),
    "a-generation-apart": gettext_lazy("A generation apart: a father and his son may bear the same name."),
    "households-share-members": gettext_lazy(
        "The two households have members in common: the same family may be registered twice."
    ),
    "same-document": gettext_lazy("The same paper was shown at both registrations."),
    "fingers-not-compared": gettext_lazy(
        "Fingers were taken of both, but not the same ones: none could be compared."
    ),
    "no-fingers": gettext_lazy(
        "No fingers to compare: the words decide. When they leave it open, choose “not sure”."
    ),
}
REASONS = (
    gettext_lazy("Fingers"), gettext_lazy("Names, parents, birth"), gettext_lazy("Same household members"),
    gettext_lazy("Family or namesakes"), gettext_lazy("Too little is known"),
)
EVENTS = {
    "registered": gettext_lazy("Registered"), "person.corrected": gettext_lazy("Details corrected"),
    "person.answered": gettext_lazy("Answered about their data"), "joined": gettext_lazy("Joined household"),
    "left": gettext_lazy("Left household"), "prints": gettext_lazy("Fingerprints taken"),
    "compared": gettext_lazy("Compared with somebody else"),
}
SAME = {"exact", "same", "same-day", "several-members"}
CLOSE = {"equivalent", "close", "near", "part", "same-year", "within-2-years", "one-member"}


def label_of(line: Mapping[str, Any]) -> str:
    """What a line of evidence is about."""
    if line["kind"] == "finger":
        return capitalised(finger_name(line["facts"]["position"]))
    return str(KINDS.get(line["kind"], line["kind"]))


def reason_of(line: Mapping[str, Any]) -> str:
    """Why it speaks for or against."""
    facts, reason = line["facts"], line["reason"]
    level = str(facts.get("relation", ""))
    if reason == "people-searched":
        return ngettext("%(count)s person known here", "%(count)s people known here", facts["people"]) % {
            "count": spaced(facts["people"])
        }
    if reason == "finger-matches":
        return _("by chance: once in %(count)s") % {"count": spaced(rounded(10 ** (facts["score"] / 10)))}
    if line["kind"] == "birth":
        return _birth(level, facts)
    names = NAME_LEVELS if line["kind"] in ("given", "surname", "father", "mother") else {}
    for table in (names, HOUSEHOLD_LEVELS, PLAIN_LEVELS):
        if level in table:
            said = str(table[level])
            return _("%(what)s, given and family name exchanged") % {"what": said} if facts.get("swapped") else said
    return str(OTHERS.get(reason, reason))


def fingers_in_one_line(lines: Iterable[Mapping[str, Any]], *, prints: bool) -> str:
    """How many of the fingers that could be compared correspond."""
    compared = [line for line in lines if line["kind"] == "finger"]
    if not compared:
        return _("no finger of both") if prints else _("no fingers to compare")
    agree = sum(line["reason"] == "finger-matches" for line in compared)
    return _("fingers that correspond: %(agree)s of %(count)s") % {"agree": agree, "count": len(compared)}


def agreement_of(level: str) -> str:
    """same, close or differ: how the comparison of two columns marks a line."""
    return "same" if level in SAME else "close" if level in CLOSE else "differ"


def verdict_of_case(case: Case) -> str:
    """The same of a case as it was last weighed."""
    return verdict_of_sum(case.total, fingers=case.best_finger is not None)


def verdict_of_sum(total: int, *, fingers: bool) -> str:
    """What the sum of the evidence suggests, more carefully where no fingers were compared; a person decides."""
    if total >= (THRESHOLDS.duplicate if fingers else THRESHOLDS.duplicate_without_fingers):
        return _("probably the same person")
    if total >= THRESHOLDS.adjudicate:
        return _("may be the same person")
    return _("probably two people")


def counted(count: int) -> str:
    """How many cases wait, as a page says it: beyond a thousand nobody needs the exact number."""
    if count >= MOST_COUNTED:
        return _("more than %(count)s cases wait") % {"count": spaced(MOST_COUNTED - 1)}
    return ngettext("%(total)s case waits", "%(total)s cases wait", count) % {"total": spaced(count)}


def finger_name(position: int) -> str:
    return str(Finger(position).label)


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def rounded(count: float) -> int:
    """Two digits that count: 1 in 612 345 says no more than 1 in 610 000."""
    whole = round(count)
    step = 10 ** max(0, len(str(whole)) - 2)
    return whole // step * step


def spaced(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")


def _birth(level: str, facts: Mapping[str, Any]) -> str:
    apart = int(facts.get("years_apart", 0))
    if level in DATE_LEVELS:
        said = str(DATE_LEVELS[level])
    else:
        said = ngettext("%(count)s year apart", "%(count)s years apart", apart) % {"count": apart}
    return _("%(what)s, at least one of them estimated") % {"what": said} if facts.get("estimated") else said
