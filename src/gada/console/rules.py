"""Decisions of the pages without I/O: why somebody looks, what was said of a birth, what a day looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid, Refusal
from gada.people.births import born_at_age
from gada.people.rules import Birth, birth_of
from gada.people.words import BirthPrecision, BirthSource, Happened

MOST_TRIES = 3  # best of three (R3)
LARGEST_PHOTO_BYTES = 8 * 1024 * 1024
ADULT_AGE = 18
SEAL_LATE = timedelta(seconds=60)  # design §5: a position within ten seconds
DISCLOSURE_LIFE = timedelta(minutes=15)  # between recognising somebody and printing their data
INLINE_VERIFY_ENTRIES = 40_000  # at 20 000 entries a second, two seconds
FEWEST_HOURS = 6
FEW_FAMILIES = 6  # fewer in a day say nothing about its rhythm


class Why(TextChoices):
    """What a reader may be here for: kept with every read, shown to the person."""

    REGISTRATION = "registration", _("Registration")
    ASSISTANCE = "assistance", _("Distribution of aid")
    ADJUDICATION = "adjudication", _("Check of duplicates")
    REQUEST = "request", _("The person asks")
    COMPLAINT = "complaint", _("Complaint or appeal")
    PROTECTION = "protection", _("Protection")
    AUDIT = "audit", _("Inspection")


PURPOSES = {
    **dict(Why.choices), "exchange": _("Exchange under an agreement"), "administration": _("Administration"),
    "erasure": _("Erasure"),
}
# Entries that no action of an operator is named after: what the program or a partner did.
ENTRIES = {
    "person.read": _("Data of people read"), "household.enrolled": _("Family registered"),
    **{f"household.{each.value}": each.label for each in Happened},
    "household.change_undone": _("What happened to a family was undone"), "person.died": _("A death noted"),
    "membership.started": _("Somebody joined a family"), "membership.ended": _("Somebody left a family"),
    "operator.language_chosen": _("Language of pages chosen"),
    "operator.signed_in": _("Signed in"), "operator.sign_in_refused": _("Sign-in refused"),
    "operator.signed_out": _("Signed out"), "node.created": _("Node created"),
    "node.restored": _("Node restored from a backup"), "node.unlocked": _("Node opened"),
    "disclosure.opened": _("Report for the person opened"), "agreement.compared": _("Equality with a partner proved"),
    "overlap.started": _("Comparison with a partner begun"), "overlap.committed": _("Comparison: people fixed"),
    "overlap.said": _("Comparison: a step exchanged"), "overlap.finished": _("Comparison finished"),
    "overlap.stopped": _("Comparison stopped"),
    "cycle.created": _("Cycle added"),
    "entitlement.opened": _("Entitlement opened"), "entitlement.settled": _("Entitlement settled after a judgement"),
    "list.closed": _("Distribution closed"), "agreement.partner_signed": _("The partner signed an agreement"),
    "agreement.receipted": _("Both signatures confirmed to the partner"),
    "agreement.activated": _("An agreement came into force"), "peer.card_renewed": _("A partner renewed its key card"),
    "peer.forked": _("A partner’s journal was found rewritten"), "package.applied": _("A package was taken in"),
    "package.receipted": _("A partner confirmed a package"), "package.refused": _("A package was refused whole"),
    "presence.closed": _("Presence campaign closed at a site"), "absence.warned": _("Absent people listed"),
    "absence.kept": _("Absent, and kept on the lists"), "absence.heard": _("Appeal against an absence answered"),
    "sweep.closed": _("Sweep closed"), "token.missed": _("Family registered without a token"),
    "extract.listed": _("Families of an extract for a partner listed"),
    "statement.received": _("Data received from a partner"), "statements.erased": _("Data of a partner erased"),
    "received.expired": _("Data of a partner erased: their time is over"),
    "prints.received": _("Fingerprints received from a partner"), "link.made": _("Person recognised with a partner"),
    "pair.opened": _("A pair waits for a decision"), "pair.answered": _("A partner decided a pair"),
    "proposal.opened": _("A difference with a partner noticed"), "person.disclosed": _("Data sent to a partner"),
    "person.received": _("Data of a person received"),
    "submission.completed": _("Missing files of a phone’s answers arrived"),
    "submission.settled": _("Answers of a phone became a family"),
    "submission.forgotten": _("Answers of somebody erased were destroyed"),
    "node.renewed": _("A device of ours got a new key"), "node.moved": _("The address of a node of ours changed"),
}


def check_why(why: str) -> str:
    """The purpose as given. Raises Invalid for anything that is none."""
    if why not in Why.values:
        raise Invalid("why-missing", _("Say why you look: the person can read it later."))
    return why


def birth_said(member: Mapping[str, Any], *, today: date) -> tuple[Birth, str]:
    """What was said of a birth as an interval and its source.

    Either understood already (`birth_precision` with its ends: people.births), or in parts (day, month, year, age,
    about), as programs send it.
    """
    if fineness := member.get("birth_precision"):
        ends = (member.get("birth_from"), member.get("birth_to"))
        first, last = (date.fromisoformat(end) if end else None for end in ends)
        return Birth(first, last, BirthPrecision(fineness)), str(member.get("birth_source") or "")
    age, year = member.get("age"), member.get("year")
    if year is None and age is not None:
        return born_at_age(int(age), today=today), str(BirthSource.ESTIMATED)
    if year is None:
        return birth_of(), ""
    estimated = bool(member.get("about"))
    birth = birth_of(year=int(year), month=member.get("month"), day=member.get("day"), estimated=estimated)
    if birth.earliest and birth.earliest > today:
        raise Invalid("birth-in-future", _("This date is still to come. Check the year."))
    source = BirthSource.ESTIMATED if estimated else BirthSource.DECLARED
    return birth, str(source)


def check_tries(tries: Sequence[Mapping[str, Any]], *, position: int) -> None:
    """Three tries of a finger at most: then the best one counts, whatever it is."""
    if sum(each["position"] == position for each in tries) >= MOST_TRIES:
        raise Refusal(
            "tries-used", _("This finger was tried three times: the best try is kept. Go on with the next one.")
        )


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a day and how many families were registered in it."""

    hour: int
    families: int


def hours_of(moments: Sequence[datetime]) -> list[Hour]:
    """Families by local hour, from the first busy hour (or earlier: a lone bar is no rhythm) to the last."""
    counted: dict[int, int] = {}
    for moment in moments:
        counted[moment.hour] = counted.get(moment.hour, 0) + 1
    if not counted:
        return []
    last = max(counted)
    first = max(0, min(min(counted), last - FEWEST_HOURS + 1))
    return [Hour(hour, counted.get(hour, 0)) for hour in range(first, last + 1)]


def finding_of(hours: Sequence[Hour], *, now: datetime) -> str:
    """What the day's chart says, in one sentence; the hour that is still running is not judged."""
    whole = [each for each in hours if each.hour < now.hour]
    total = sum(each.families for each in hours)
    if total < FEW_FAMILIES or len(whole) < 2 or not whole[-1].families + whole[-2].families:
        return ngettext("%(count)s family registered so far", "%(count)s families registered so far", total) % {
            "count": total
        }
    last, before = whole[-1].families, whole[-2].families
    if last >= before * 1.25:
        return gettext("The pace picks up")
    if last * 1.25 <= before:
        return gettext("The pace slows down")
    return gettext("The pace holds")


def peak_of(hours: Sequence[Hour]) -> Hour | None:
    """The busiest hour (the earliest of equals)."""
    return max(hours, key=lambda each: (each.families, -each.hour)) if hours else None


def finding_of_days(days: Sequence[tuple[date, int]]) -> str:
    """What thirty days say, in one sentence: the last seven whole days against the seven before."""
    total = sum(count for _day, count in days)
    last, before = (sum(count for _day, count in part) for part in (days[-8:-1], days[-15:-8]))
    if total < FEW_FAMILIES or not before or not last:
        return ngettext("%(count)s family in %(days)s days", "%(count)s families in %(days)s days", total) % {
            "count": total, "days": len(days),
        }
    if last >= before * 1.25:
        return gettext("More families this week than the week before")
    if last * 1.25 <= before:
        return gettext("Fewer families this week than the week before")
    return gettext("As many families this week as the week before")
