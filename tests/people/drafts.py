"""Families for processes that a test starts itself: no pytest, no fixtures, no database of the run."""

from __future__ import annotations

from gada.people.drafts import AnswerDraft, HouseholdDraft, PersonDraft
from gada.people.rules import birth_of

SYLLABLES = "ba di gou ka la mi na rou sa ta".split()


def word(number: int, *, first: str = "") -> str:
    """A name of its own for each number, in letters: digits say nothing to whoever compares names.

    Numbers that follow one another have little in common: families must not look registered twice by their names.
    """
    spread = number // 10_000 * 10_000 + number * 3571 % 10_000
    return (first + "".join(SYLLABLES[int(digit)] for digit in f"{spread:04d}")).capitalize()


def a_family(number: int, *, of: int = 4, source: str = "") -> HouseholdDraft:
    """Family `number`, the same each time it is asked for."""
    members = tuple(
        PersonDraft(
            given=word(number * 10 + index, first="ze"), surname=word(number, first="ga"),
            father=word(number, first="i"), mother=word(number, first="ra"),
            sex="FM"[index % 2], birth=birth_of(
                year=1960 + (number * 7 + index) % 60, month=1 + (number + index * 5) % 12, day=1 + number * 11 % 28
            ),
            birth_source="declared", relationship="child" if index else "head", recipient="" if index else "principal",
            phone=f"+227 9{number:07d}" if not index else "",
            answers=tuple(AnswerDraft(purpose, "yes") for purpose in ("registration", "prints", "sharing")),
            source_key=f"p{number}-{index}" if source else "",
        )
        for index in range(of)
    )
    key = f"h{number}" if source else ""
    return HouseholdDraft(members=members, place="NE003", origin="NE001", source=source, source_key=key)
