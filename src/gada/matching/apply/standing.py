"""Which decision stands in a case, from all that was said about it and not undone: the same in any order of arrival."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from gada.matching.models import CaseStatus, Judgement, Reading, Verdict

DISPUTED_FIRST, UNSURE_LAST = 10_000, -10_000


@dataclass(frozen=True, slots=True)
class Said:
    """One judgement that is not undone. `second_of`: of which first one it is a second reading."""

    id: UUID
    by: UUID
    verdict: str
    version: str
    second_of: UUID | None = None
    waits: bool = False
    sampled: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts now. `judgement` carries what follows; `first` and `readers` are those of the reading under way."""

    verdict: str = ""
    judgement: UUID | None = None
    reading: str = Reading.NONE
    first: UUID | None = None
    readers: frozenset[UUID] = frozenset()

    @property
    def status(self) -> str:
        return CaseStatus.DECIDED if self.verdict in (Verdict.SAME, Verdict.DIFFERENT) else CaseStatus.OPEN


def standing_of(said: Iterable[Said]) -> Standing:
    """The newest first judgement counts; one that waits counts once another operator agrees.

    Each operator has one voice, their newest. When readers disagree nothing stands until one verdict has two voices
    and more than the other. A judgement drawn as a sample counts at once: its second reading only measures.
    """
    kept = sorted(said, key=lambda one: (one.version, one.id))
    first = next((one for one in reversed(kept) if one.second_of is None), None)
    if first is None:
        return Standing()
    voices = {first.by: first}
    voices |= {one.by: one for one in kept if one.second_of == first.id and one.by != first.by}
    readers = frozenset(voices)
    if not first.waits:
        drawn = first.sampled and len(voices) == 1 and first.verdict != Verdict.UNSURE
        reading = Reading.SAMPLE if drawn else Reading.NONE
        return Standing(first.verdict, first.id, reading, first.id, readers)
    same, different = (
        [one for one in voices.values() if one.verdict == verdict] for verdict in (Verdict.SAME, Verdict.DIFFERENT)
    )
    for agreeing, others in ((same, different), (different, same)):
        if len(agreeing) > max(1, len(others)):
            newest = max(agreeing, key=lambda one: (one.version, one.id))
            return Standing(newest.verdict, newest.id, Reading.NONE, first.id, readers)
    return Standing("", None, Reading.THIRD if len(voices) > 1 else Reading.SECOND, first.id, readers)


def said_about(case_id: UUID) -> list[Said]:
    """Every judgement of a case that is not undone."""
    rows = Judgement.objects.filter(case=case_id, undone_at=None)
    return [Said(*row) for row in rows.values_list("id", "by", "verdict", "version", "second_of", "waits", "sampled")]


def place_of(*, status: str, verdict: str, reading: str, priority: int) -> int | None:
    """The place in the queue, greatest first; None: nobody needs to look.

    A second reading keeps the place of its case: a reader should not see by the order that somebody said "same".
    """
    if status == CaseStatus.DECIDED and reading != Reading.SAMPLE:
        return None
    shift = DISPUTED_FIRST if reading == Reading.THIRD else UNSURE_LAST if verdict == Verdict.UNSURE else 0
    return priority + shift
