"""Whole names judged: one person's, however many of the words, in whatever order and spelling?

Words are paired one to one, also where one clerk wrote in two words what another wrote in one. What a pair says
depends on how alike its words are and on how rare the name is; words that only one side has speak against.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from operator import mul
from typing import Final

from gada.engine.linkage.names import (
    Likeness,
    family_of,
    grade_of,
    is_spelling,
    likeness_of,
    share_of,
    words_of,
)

WORDS_READ: Final = 12
WEIGHTS: Final = (3.2, 0.03, 1.5, -4.4, -0.6)
"""Of nothing, and of `Agreement.measures`: logistic regression on names made of the table (`bench/_whole_names.py`)."""
CREDIT_EQUIVALENT, CREDIT_INITIAL = 0.95, 0.25
WORST_GRADE: Final = 0.5

HONORIFICS: Final = frozenset(
    "cheikh cheick sheikh sheik shaikh shaykh imam oustaz ustaz ustad mullah mulla mollah maulana maulawi mawlawi "
    "molvi qari colonel col general gen capitaine captain commandant commander lieutenant major sergent docteur "
    "doctor professeur professor prof chef chief president pasteur pastor pere father soeur sister frere brother "
    "sir saint dame prince princesse roi king reine queen jr sr".split()
)

Span = tuple[tuple[int, ...], str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two names have in common.

    `bits` of rarity, credited by likeness, of `most` that the shorter name could give; pairs of words, and words
    without a partner in the shorter name and in the longer.
    """

    bits: float
    most: float
    paired: int
    left_of_shorter: int
    left_of_longer: int

    @property
    def measures(self) -> tuple[float, float, int, int]:
        """What is weighed: bits, the share of those possible, words left of the shorter and of the longer name."""
        return self.bits, self.bits / max(self.most, 1e-9), self.left_of_shorter, self.left_of_longer


def judge_names(a: str, b: str) -> float:
    """How sure it is that two whole names are one name, 0 to 1; from 0.5 on take them as equivalent.

    0.5 stands where nine of ten so taken were right among as many right pairs as names of siblings, and five times
    as many of strangers (`bench/_whole_names.py`). Symmetric; 0 where a name is missing.
    """
    found = agreement_of(a, b)
    if found is None:
        return 0.0
    return 1 / (1 + math.exp(-(WEIGHTS[0] + sum(map(mul, WEIGHTS[1:], found.measures)))))


def agreement_of(a: str, b: str) -> Agreement | None:
    """The words of two names, paired one to one, the most telling first; None when either is missing."""
    shorter, longer = sorted((words_of(a)[:WORDS_READ], words_of(b)[:WORDS_READ]), key=lambda w: (len(w), w))
    if not shorter:
        return None
    used: tuple[set[int], set[int]] = set(), set()
    bits, paired = 0.0, 0
    for worth, ours, theirs in sorted(_pairs(shorter, longer), reverse=True):
        if used[0].isdisjoint(ours) and used[1].isdisjoint(theirs):
            used[0].update(ours)
            used[1].update(theirs)
            bits, paired = bits + worth, paired + 1
    left = [
        sum(word not in HONORIFICS for i, word in enumerate(words) if i not in taken)
        for words, taken in zip((shorter, longer), used, strict=True)
    ]
    return Agreement(bits, sum(map(_bits, shorter)), paired, *left)


def _pairs(
    left: tuple[str, ...], right: tuple[str, ...]
) -> Iterator[tuple[float, tuple[int, ...], tuple[int, ...]]]:
    """Words of one side that may be words of the other, with the bits that says."""
    others = list(_spans(right))
    for i, ours in _spans(left):
        for j, theirs in others:
            if len(i) > 1 and len(j) > 1:
                continue
            credit = _credit_joined(ours, theirs) if len(i) + len(j) > 2 else _credit(ours, theirs)
            if credit > 0:
                yield credit * min(_bits(ours), _bits(theirs)), i, j


def _spans(words: tuple[str, ...]) -> Iterator[Span]:
    """Up to three neighbouring words written as one."""
    for i in range(len(words)):
        for n in range(1, min(3, len(words) - i) + 1):
            yield tuple(range(i, i + n)), "".join(words[i : i + n])


def _credit(ours: str, theirs: str) -> float:
    """How far two words are one name, 0 to 1."""
    if ours != theirs and 1 in (len(ours), len(theirs)):
        return CREDIT_INITIAL if ours[0] == theirs[0] else 0.0
    likeness = likeness_of(ours, theirs)
    if likeness >= Likeness.EQUIVALENT:
        return 1.0 if likeness is Likeness.EXACT else CREDIT_EQUIVALENT
    if likeness is Likeness.DIFFER or (is_spelling(ours) and is_spelling(theirs)):
        return 0.0
    return max(0.0, min(grade_of(ours, theirs), CREDIT_EQUIVALENT) - WORST_GRADE) / (1 - WORST_GRADE)


def _credit_joined(ours: str, theirs: str) -> float:
    """The same where one side was written in several words: only if it is nearly the same written in one."""
    if abs(len(ours) - len(theirs)) > 3:
        return 0.0
    return _credit(ours, theirs) if likeness_of(ours, theirs) >= Likeness.CLOSE else 0.0


def _bits(word: str) -> float:
    """How much it says that two people bear this name."""
    return math.log2(10_000 / share_of(family_of(word)))
