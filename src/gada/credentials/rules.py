"""Decisions about cards without I/O: where one stands, what may happen next, what a QR code says of a birth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada.credentials.models import State
from gada.engine.refusal import Invalid, Refusal
from gada.people.rules import ALPHABET
from gada.people.words import BirthPrecision, BirthSource, PersonStatus

MOST_AT_ONCE = 200  # a sheet nobody can carry to the cutter helps nobody
LONGEST_REASON = 200
LIVE = frozenset({State.ISSUED, State.PRINTED, State.CONFIRMED})


@dataclass(frozen=True, slots=True)
class Born:
    """A birth as a card may say it: a day that is known, else the years between which it lies, else nothing."""

    day: date | None = None
    between: tuple[int, int] | None = None
    words: str = ""


def state_of(*, printed: bool, confirmed: bool, lost: bool, cancelled: bool) -> State:
    """Where a card stands; `confirmed` is about its newest copy. What ended stays ended."""
    if cancelled:
        return State.CANCELLED
    if lost:
        return State.LOST
    if not printed:
        return State.ISSUED
    return State.CONFIRMED if confirmed else State.PRINTED


def check_may_hold(status: str) -> None:
    """Only somebody registered gets a card. Raises Refusal."""
    if status != PersonStatus.ACTIVE:
        raise Refusal("card-person-inactive", _("This person is no longer registered: no card is issued or printed."))


def check_is_live(state: State) -> None:
    """A lost or cancelled card is neither printed nor confirmed. Raises Refusal."""
    if state not in LIVE:
        raise Refusal("card-ended", _("This card no longer counts. Issue a new one, with a new number."))


def check_not_cancelled(state: State) -> None:
    """What is cancelled stays so. Raises Refusal."""
    if state == State.CANCELLED:
        raise Refusal("card-cancelled-already", _("This card is cancelled already."))


def check_how_many(chosen: Iterable[UUID]) -> list[UUID]:
    """The chosen ones, each once. Raises Invalid for none or too many."""
    ids = list(dict.fromkeys(chosen))
    if not ids:
        raise Invalid("cards-none", _("Choose at least one card."))
    if len(ids) > MOST_AT_ONCE:
        raise Invalid("cards-too-many", _("At most %(most)s cards at a time. Choose fewer."), most=MOST_AT_ONCE)
    return ids


def check_reason(reason: str) -> str:
    """Why a card is cancelled is always said. Raises Invalid."""
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON:
        raise Invalid("card-reason", _("Say in a few words why (at most 200 characters)."))
    return said


def serial_of(copy_id: UUID, *, copies_before: int) -> str:
    """`2-7K4M`: the second copy this node knows of, told from a second copy that another laptop printed."""
    drawn = copy_id.int & (1 << 20) - 1  # the last bits of a UUIDv7 are random
    return f"{copies_before + 1}-" + "".join(ALPHABET[drawn >> 5 * place & 31] for place in range(4))


def born(precision: str, source: str, earliest: date | None, latest: date | None) -> Born:
    """What a card says of a birth. An estimated date is never printed as exact."""
    if earliest is None or latest is None:
        return Born(words="—")
    exact = precision == BirthPrecision.DAY and earliest == latest and source != BirthSource.ESTIMATED
    if exact:
        return Born(day=earliest, words=earliest.strftime("%d.%m.%Y"))
    between = (earliest.year, latest.year)
    if between[0] != between[1] or source == BirthSource.ESTIMATED:
        return Born(between=between, words=f"vers / about {sum(between) // 2}")
    if precision == BirthPrecision.MONTH:
        return Born(between=between, words=earliest.strftime("%m.%Y"))
    return Born(between=between, words=str(between[0]))
