"""Decisions about fingerprints without I/O: who may be asked, which try is the best, what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from gada.biometrics.models import CaptureOutcome, Finger
from gada.engine.agreement import chance_of_fall
from gada.engine.fingerprint import Template
from gada.engine.fingerprint.parameters import FEWEST_MINUTIAE
from gada.engine.refusal import Invalid, Refusal
from gada.people.rules import allows
from gada.people.words import PersonStatus

if TYPE_CHECKING:
    from gada.biometrics.services.reading import ReadPrint

DAYS_A_YEAR = 365.2425
FEWEST_TRIED = 20  # of fewer people no rate is told: it would be noise, and may point at somebody
ALARM_LEVEL = 0.01
CLEARLY_MORE = 1.5

REFUSALS = {
    "person-not-active": _(
        "This person is no longer registered. Fingerprints are taken only of registered people."
    ),
    "prints-refused": _("This person refused fingerprints. Go on without: nothing else changes for them."),
    "prints-not-for-programme": _(
        "No programme of this person’s household takes fingerprints. Go on without, or ask the administrator."
    ),
    "prints-not-assessed": _(
        "This programme has no impact assessment, so it takes no fingerprints. "
        "Go on without, and tell the administrator."
    ),
    "prints-too-young": _("This child is too young for fingerprints in this programme. Go on without."),
}


@dataclass(frozen=True, slots=True)
class CaptureDraft:
    """One try at one finger: an image, or an ISO record from a scanner, or why there is neither.

    `read`: what `services.read_print` made of it a moment ago, so that nothing is extracted twice.
    """

    position: int
    image: bytes | None = None
    record: bytes | None = None
    outcome: str = CaptureOutcome.TAKEN
    reason: str = ""
    device: str = ""
    dpi: int | None = None
    read: ReadPrint | None = None


@dataclass(frozen=True, slots=True)
class ProgrammeRule:
    """What one programme says about fingerprints."""

    biometrics_allowed: bool
    minimum_age: int
    assessed: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """What decides whether a person may be asked for fingerprints."""

    status: str
    answer: str | None
    age_years: int | None
    programmes: tuple[ProgrammeRule, ...]


def why_not(asked: Asked) -> str | None:
    """The code of REFUSALS that stands against taking fingerprints; None when nothing does.

    Never asked is not refused: the programme's legal basis carries it. An unknown age is nobody's fault.
    """
    if asked.status != PersonStatus.ACTIVE:
        return "person-not-active"
    if not allows(asked.answer, default=True):
        return "prints-refused"
    allowing = [programme for programme in asked.programmes if programme.biometrics_allowed]
    if not allowing:
        return "prints-not-for-programme"
    ages = [programme.minimum_age for programme in allowing if programme.assessed]
    if not ages:
        return "prints-not-assessed"
    if asked.age_years is not None and asked.age_years < min(ages):
        return "prints-too-young"
    return None


def check_may_take(asked: Asked) -> None:
    """Raise the Refusal that stands against taking fingerprints, if any."""
    code = why_not(asked)
    if code:
        raise Refusal(code, REFUSALS[code])


def age_years(birth_from: date | None, birth_to: date | None, at: datetime) -> int | None:
    """Whole years at the middle of the birth interval; None when nothing is known."""
    if birth_from is None or birth_to is None:
        return None
    middle = birth_from + (birth_to - birth_from) / 2
    return int((at.date() - middle).days / DAYS_A_YEAR)


def check_drafts(drafts: Sequence[CaptureDraft]) -> None:
    """Raises Invalid when a draft says something impossible."""
    if not drafts:
        raise Invalid("capture-empty", _("There is no fingerprint here. Take one, or say why there is none."))
    for draft in drafts:
        if draft.position not in Finger.values:
            raise Invalid("finger-unknown", _("There is no such finger. Choose one of the ten."))
        if draft.outcome not in CaptureOutcome.values:
            raise Invalid("capture-outcome-unknown", _("Say whether the print was taken, declined or not possible."))
        has_print = draft.image is not None or draft.record is not None or draft.read is not None
        if has_print != (draft.outcome == CaptureOutcome.TAKEN):
            raise Invalid(
                "capture-without-print", _("A print that was taken needs its image; any other answer has none.")
            )


def best_tries(qualities: Sequence[tuple[int, int]]) -> set[int]:
    """Indexes of the best try of each finger; `qualities` are (position, quality). The first wins a tie."""
    best: dict[int, int] = {}
    for index, (position, quality) in enumerate(qualities):
        if position not in best or quality > qualities[best[position]][1]:
            best[position] = index
    return set(best.values())


def is_usable(template: Template) -> bool:
    """Whether a template holds enough to ever decide anything."""
    return len(template) >= FEWEST_MINUTIAE


def strongest(fingers: Iterable[tuple[int, int, str]]) -> dict[int, str]:
    """One template per position: the best quality, the newest of equals. Items are (position, quality, id)."""
    chosen: dict[int, tuple[int, str]] = {}
    for position, quality, key in fingers:
        if position not in chosen or (quality, key) > chosen[position]:
            chosen[position] = (quality, key)
    return {position: key for position, (_quality, key) in chosen.items()}


@dataclass(frozen=True, slots=True)
class Came:
    """What came of asking a group of people for their prints; `fingers` were kept, `good` of them well enough."""

    taken: int = 0
    unable: int = 0
    declined: int = 0
    fingers: int = 0
    good: int = 0
    quality: int = 0  # summed over the fingers

    def __add__(self, other: Came) -> Came:
        return Came(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def tried(self) -> int:
        return self.taken + self.unable

    @property
    def failing(self) -> float | None:
        """The share of failures to capture among those who held out a finger; None for too few people."""
        return self.unable / self.tried if self.tried >= FEWEST_TRIED else None


def chance_of_failing_more(group: Came, everybody: Came) -> float | None:
    """How likely so many failures in this group are, did it fail as the rest does; None when that cannot be asked.

    Fisher's exact test of the group against everybody else, one-sided. Declining is an answer, never a failure.
    """
    rest_tried, rest_taken = everybody.tried - group.tried, everybody.taken - group.taken
    if min(group.tried, rest_tried) < FEWEST_TRIED:
        return None
    return chance_of_fall(group.taken, group.tried, before=rest_taken, of_before=rest_tried)


def fails_more(group: Came, everybody: Came, *, groups: int) -> bool:
    """Whether a group fails clearly more than the rest: by chance at most once in a hundred looks at all `groups`
    together (Bonferroni), and half again as often, so that a large site raises no alarm over a trifle."""
    chance = chance_of_failing_more(group, everybody)
    if chance is None or chance > ALARM_LEVEL / max(groups, 1):
        return False
    rest = (everybody.unable - group.unable) / (everybody.tried - group.tried)
    return group.unable / group.tried >= CLEARLY_MORE * rest
