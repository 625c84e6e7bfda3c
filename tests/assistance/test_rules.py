"""Scores in words, the doubt of looking among many, and which look carries a hand-over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from gada.assistance.rules import chance_one_in, contents_for, doubt_of, proof_of, quantity_text
from tests.world import AT, refused


@dataclass(frozen=True)
class Look:
    at: datetime
    recognised: bool = True
    id: str = ""


@pytest.mark.parametrize(
    ("score", "once_in"),
    [(-5, 1), (0, 1), (40, 10_000), (47, 50_000), (49, 70_000), (60, 1_000_000), (300, 10**9)],
)
def test_a_score_is_said_with_one_digit_and_never_beyond_a_milliard(score: int, once_in: int) -> None:
    assert chance_one_in(score) == once_in <= max(10 ** (max(0, score) / 10), 1)


@pytest.mark.parametrize(("compared", "lower"), [(0, 0), (1, 0), (2, 4), (10, 10), (310, 25), (100_000, 50)])
def test_looking_among_many_costs_what_chance_gains(compared: int, lower: int) -> None:
    assert doubt_of(compared) == lower


@pytest.mark.parametrize(
    ("thousandths", "text"), [(500, "0.5"), (50_000, "50"), (1, "0.001"), (12_500, "12.5")]
)
def test_quantities_are_read_without_tails(thousandths: int, text: str) -> None:
    assert quantity_text(thousandths) == text


def test_a_ration_per_member_grows_with_the_family() -> None:
    line = {"item": "Mil", "unit": "kg", "quantity": 10_000}
    assert contents_for([line | {"per": "member"}, line | {"per": "household"}], members=4) == [
        line | {"quantity": 40_000},
        line,
    ]


def test_the_last_look_decides() -> None:
    early, late = Look(AT), Look(AT + timedelta(minutes=5), recognised=False)
    assert proof_of([early], at=AT) == early
    with refused("not-verified"):
        proof_of([late, early], at=AT + timedelta(minutes=6))
    with refused("not-verified"):
        proof_of([], at=AT)


def test_a_look_grows_old_and_a_refusal_ends_it() -> None:
    with refused("not-verified"):
        proof_of([Look(AT)], at=AT + timedelta(hours=3))
    with refused("not-verified"):
        proof_of([Look(AT)], at=AT, refusals=[Look(AT + timedelta(minutes=1))])
    again = Look(AT + timedelta(minutes=2))
    assert (
        proof_of([again], at=AT + timedelta(minutes=3), refusals=[Look(AT + timedelta(minutes=1))]) == again
    )
