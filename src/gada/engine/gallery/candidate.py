"""What a search answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person whom the probe may belong to.

    `score` is the fused floor(-10 log10 FMR) of this one comparison of people (not yet of the whole
    search: with N people, strangers reach it N times as often). `by_finger` gives the score of each
    probe finger by its position; `matched` the position in the gallery that it was compared with, which
    differs when hands were swapped or positions unknown.
    """

    subject: UUID
    score: int
    by_finger: Mapping[int, int]
    matched: Mapping[int, int] = field(default_factory=dict)
