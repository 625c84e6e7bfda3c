"""Decisions about presence and absence without I/O. An absence is only proposed; in doubt the family keeps its aid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median_low
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid, Refusal
from gada.presence.models import Means, What

MISSES, LEAST_MISSES, MOST_MISSES = 3, 2, 24  # three in a row is the usual rule; one alone is no absence
GRACE_DAYS, LEAST_GRACE, MOST_GRACE = 14, 7, 180
LONGEST_DAYS = 400
NOT_SEEN, MISSED = "not-seen", "missed"
VOUCHERS = 2


class Stage(TextChoices):
    """Where a family's absence stands now."""

    PROPOSED = "proposed", _("not listed yet")
    WARNED = "warned", _("listed: notice is next")
    GRACE = "grace", _("notice given: grace is running")
    DUE = "due", _("grace is over: somebody decides")
    APPEALED = "appealed", _("appeal waits for an answer")
    SUSPENDED = "suspended", _("suspended from the next lists")
    KEPT = "kept", _("kept on the lists")
    REINSTATED = "reinstated", _("appeal granted: back on the lists")
    RETURNED = "returned", _("came back")


OVER = frozenset({Stage.KEPT, Stage.REINSTATED, Stage.RETURNED})


@dataclass(frozen=True, slots=True)
class Standing:
    """The stage of one absence, until when grace runs, and the appeal that waits."""

    stage: Stage
    grace_until: datetime | None = None
    appeal: UUID | None = None

    @property
    def keeps_aid(self) -> bool:
        return self.stage != Stage.SUSPENDED


def standing_of(steps: Collection[Any], *, returned: bool, at: datetime) -> Standing:
    """Where an absence stands: from the set of its steps, in whatever order they arrived.

    What speaks for the family wins over what speaks against it, wherever and whenever each was recorded: a sign of
    life ends the absence, so does a decision to keep or an appeal granted; an appeal without answer suspends the
    suspension. Nothing here turns by the clock but grace, and grace that is over only asks somebody to decide.
    """
    said = {what: [step for step in steps if step.what == what] for what in What}
    until = grace_until(said[What.NOTICED], others=said[What.WARNED])
    answered = {step.appeal for what in (What.HEARD, What.GRANTED) for step in said[what]}
    waiting = sorted((step.lamport, str(step.id), step.id) for step in said[What.APPEALED] if step.id not in answered)
    if not steps:
        return Standing(Stage.PROPOSED)
    if returned:
        return Standing(Stage.RETURNED, until)
    if said[What.GRANTED]:
        return Standing(Stage.REINSTATED, until)
    if said[What.KEPT]:
        return Standing(Stage.KEPT, until)
    if waiting:
        return Standing(Stage.APPEALED, until, waiting[0][2])
    if said[What.SUSPENDED]:
        return Standing(Stage.SUSPENDED, until)
    if until is None:
        return Standing(Stage.WARNED)
    return Standing(Stage.GRACE if at < until else Stage.DUE, until)


def grace_until(notices: Iterable[Any], *, others: Iterable[Any] = ()) -> datetime | None:
    """When grace ends: the days of the latest notice, counted from no earlier than what was known to be past.

    A laptop whose clock fell back cannot shorten grace; one whose clock ran ahead only lengthens it.
    """
    known = [step.at for step in others]
    ends = [
        max([step.at, *known, *([step.not_before] if step.not_before else [])]) + timedelta(days=step.grace_days or 0)
        for step in notices
    ]
    return max(ends, default=None)


def middle_of(moments: Sequence[datetime]) -> datetime | None:
    """The middle one: one wrong clock among those who wrote them moves it little."""
    return median_low(moments) if moments else None


def check_campaign(
    *, name: str, starts_on: date, ends_on: date, sites: int, not_seen: bool, misses: int | None, grace_days: int,
    appeal_at: str,
) -> None:
    """Raises Invalid unless a campaign says where, from when to when, by what rule, and where to appeal."""
    if not name.strip() or not sites:
        raise Invalid("campaign-incomplete", _("A campaign needs a name and at least one site."))
    if ends_on < starts_on:
        raise Invalid("campaign-order", _("The last day lies before the first."))
    if (ends_on - starts_on).days > LONGEST_DAYS:
        raise Invalid("campaign-long", _("A campaign lasts a year at most. Choose an earlier last day."))
    if not appeal_at.strip():
        raise Invalid("campaign-appeal", _("Say where families can appeal: it is printed on every notice."))
    if not not_seen and misses is None:
        raise Invalid("campaign-rule", _("Choose at least one sign of absence: not seen, or distributions missed."))
    if misses is not None and not LEAST_MISSES <= misses <= MOST_MISSES:
        raise Invalid("campaign-misses", _("Distributions missed in a row: between 2 and 24. One alone is no absence."))
    if not LEAST_GRACE <= grace_days <= MOST_GRACE:
        raise Invalid("campaign-grace", _("Grace lasts between 7 and 180 days."))


def check_means(*, means: str, vouchers: Sequence[str], finger: bool, has_photo: bool) -> None:
    """Raises unless what somebody was recognised by really stands behind it."""
    if means == Means.FINGER and not finger:
        raise Refusal(
            "presence-no-finger",
            _("No finger was recognised. Take one, or choose the card or two witnesses."),
        )
    if means == Means.CARD and not has_photo:
        raise Refusal(
            "presence-no-photo", _("There is no photo to compare with. Take a finger, or ask two witnesses."),
        )
    named = {" ".join(name.split()).casefold() for name in vouchers if name.strip()}
    if means == Means.KNOWN and len(named) < VOUCHERS:
        raise Invalid("presence-witnesses", _("Write the names of two different members of the community."))
    if means not in (Means.FINGER, Means.CARD, Means.KNOWN):
        raise Invalid("presence-means", _("Say by what the person was recognised."))


def missed_in_a_row(outcomes: Iterable[bool | None]) -> int:
    """How many of the last distributions were missed without one in between. Newest first; None: not on that list."""
    count = 0
    for collected in outcomes:
        if collected:
            break
        count += collected is False
    return count


def may_warn(stage: Stage, *, grounds: Collection[Any]) -> None:
    """Only who is absent by the rule, and only once."""
    if stage != Stage.PROPOSED:
        raise Refusal("absence-listed", _("This family is listed already."))
    must_be_absent(grounds)


def may_notice(stage: Stage, *, grounds: Collection[Any]) -> None:
    """Notice follows a listing; a notice given is not given again."""
    if stage == Stage.PROPOSED:
        raise Refusal("absence-not-listed", _("List the family as absent first; then give it notice."))
    if stage != Stage.WARNED:
        raise Refusal(
            "absence-noticed",
            _("Nothing more to announce: this family was given notice, or its case is over."),
        )
    must_be_absent(grounds)


def may_suspend(standing: Standing, *, noticed_by: Collection[UUID], decider: UUID, grounds: Collection[Any]) -> None:
    """Only after notice and grace, with no appeal waiting, by somebody else than who gave notice."""
    if standing.stage in (Stage.PROPOSED, Stage.WARNED):
        raise Refusal(
            "absence-no-notice",
            _("Nobody is suspended without notice. Give notice, and wait for grace to end."),
        )
    if standing.stage == Stage.GRACE:
        raise Refusal("absence-grace", _("Grace is still running: the family keeps its aid until then."))
    if standing.stage == Stage.APPEALED:
        raise Refusal("absence-appeal-waits", _("An appeal waits. Somebody answers it first."))
    if standing.stage != Stage.DUE:
        raise Refusal("absence-over", _("This absence was decided already, or the family came back."))
    if decider in noticed_by:
        raise Refusal("absence-own", _("You gave this family notice: somebody else must decide."))
    must_be_absent(grounds)


def may_keep(standing: Standing) -> None:
    """To keep a family needs no second person and no waiting."""
    if standing.stage == Stage.APPEALED:
        raise Refusal("absence-appeal-waits", _("An appeal waits. Somebody answers it first."))
    if standing.stage == Stage.SUSPENDED:
        raise Refusal(
            "absence-suspended",
            _("The family is suspended: receive its appeal and grant it, or see it at the desk."),
        )
    if standing.stage == Stage.PROPOSED or standing.stage in OVER:
        raise Refusal("absence-over", _("This absence was decided already, or the family came back."))


def may_appeal(standing: Standing) -> None:
    """At any time while something speaks against the family; one appeal at a time."""
    if standing.stage == Stage.APPEALED:
        raise Refusal("absence-appeal-waits", _("An appeal waits. Somebody answers it first."))
    if standing.stage == Stage.PROPOSED or standing.stage in OVER:
        raise Refusal("absence-nothing", _("Nothing is held against this family: it is on every list."))


def may_hear(standing: Standing, *, against: Collection[UUID], hearer: UUID) -> None:
    """Whoever gave notice or decided is not the one who answers the appeal."""
    if standing.stage != Stage.APPEALED:
        raise Refusal("absence-no-appeal", _("No appeal of this family waits for an answer."))
    if hearer in against:
        raise Refusal("absence-own-appeal", _("You gave notice or decided: somebody else must answer the appeal."))


def must_be_absent(grounds: Collection[Any]) -> None:
    if not grounds:
        raise Refusal("not-absent", _("This family was seen or collected aid meanwhile: it is not absent."))


def check_reason(reason: str) -> None:
    """Every decision about a family says why, in words it can be told."""
    if not reason.strip():
        raise Invalid("absence-reason", _("Write the reason in a few words: the family can ask for it."))
