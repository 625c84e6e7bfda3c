"""Arithmetic of a check of everybody: what it will cost, when it holds, how its sums are drawn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.linkage import BirthDate, Features
from gada.matching.population import (
    USUAL_SECONDS,
    Range,
    Reason,
    dominating_value,
    estimate_from_facts,
    estimate_of,
    expected_pairs,
    histogram,
    poisson_interval,
    shared_values,
    too_many_of_one,
    too_many_people,
    too_much_alike,
)


def test_the_interval_is_garwoods() -> None:
    # Garwood 1936, as in every table of exact Poisson limits: 0, 1, 5, 10, 100.
    published = {0: (0, 3.689), 1: (0.0253, 5.572), 5: (1.623, 11.668), 10: (4.795, 18.390), 100: (81.364, 121.627)}
    for count, (low, high) in published.items():
        assert poisson_interval(count) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


def test_a_pair_has_two_ends() -> None:
    expected = expected_pairs([1, 0, 0, 0, 0, 0, 0, 0, 0, 1], people=1000)
    assert expected.middle == 100 and expected.low < 100 < expected.high


def test_nobody_found_is_not_nobody_there() -> None:
    expected = expected_pairs([0] * 300, people=100_000)
    assert (expected.low, expected.middle) == (0, 0) and 600 < expected.high < 620  # 3.69 / 300 × 100 000 / 2
    assert expected_pairs([], people=10) == Range(0, 0, 0)


def test_the_interval_widens_where_some_are_in_many_pairs() -> None:
    even, uneven = [1] * 30 + [0] * 270, [30] + [0] * 299
    one, other = (expected_pairs(counts, people=3000) for counts in (even, uneven))
    assert one.middle == other.middle == 150
    assert other.low < one.low and other.high > one.high


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60), st.integers(2, 10**6))
def test_what_is_expected_lies_in_its_interval(counts: list[int], people: int) -> None:
    expected = expected_pairs(counts, people=people)
    assert 0 <= expected.low <= expected.middle <= expected.high


def test_an_estimate_takes_the_nodes_own_pace_once_it_is_known() -> None:
    asked = {"counts": [1] * 100, "candidates": [20] * 100, "people": 1000, "seconds": 5.0}
    usual = estimate_of(**asked, median_seconds=20, measured=9)
    own = estimate_of(**asked, median_seconds=20, measured=10)
    assert (usual.seconds_per_case, usual.measured, own.seconds_per_case, own.measured) == (USUAL_SECONDS, 0, 20, 10)
    assert own.cases.middle == 500 and own.candidates == 10_000 and own.machine_seconds == 50
    assert own.hours[1] == pytest.approx(500 * 20 / 3600)
    assert estimate_from_facts(own.as_facts()) == own


def test_too_many_people_hold_a_run() -> None:
    assert too_many_people(looked_at=99, noticed=99) is None
    assert too_many_people(looked_at=100, noticed=30) is None
    hold = too_many_people(looked_at=100, noticed=31)
    assert hold is not None and hold.key == "share"


def test_somebody_in_too_many_pairs_holds_a_run() -> None:
    assert too_many_of_one(most=25, pairs=400) is None
    hold = too_many_of_one(most=26, pairs=400)
    assert hold is not None and hold.reason == Reason.ONE_PERSON


def alike(given: str, surname: str = "", *, year: int = 0, phone: str = "") -> Features:
    return Features(given=given, surname=surname, birth=BirthDate.in_year(year) if year else None, phone=phone)


def test_a_value_that_is_everywhere_holds_a_run_and_is_accepted_once() -> None:
    pairs = [(alike(f"Issa{n}", "Garba", year=1980), alike(f"Sani{n}", "Garba", year=1980)) for n in range(100)]
    hold = dominating_value(pairs)
    assert hold is not None and (hold.field, hold.count, hold.of) == ("birth", 100, 100)
    following = dominating_value(pairs, accepted=[hold.key])
    assert following is not None and following.field == "surname"
    assert dominating_value(pairs, accepted=[hold.key, following.key]) is None
    assert dominating_value(pairs[:99]) is None


def test_many_values_hold_nothing() -> None:
    names = [f"{chr(97 + n // 26)}ou{chr(97 + n % 26)}ara" for n in range(200)]
    pairs = [
        (alike("Issa", name, year=1900 + n % 50), alike("Sani", name, year=1900 + n % 50))
        for n, name in enumerate(names)
    ]
    assert dominating_value(pairs) is None


def test_what_is_empty_is_not_shared() -> None:
    assert shared_values(alike("Issa"), alike("Sani")) == []
    assert shared_values(alike("Issa", phone="90 11 22 33"), alike("Sani", phone="+227 90112233"))[0][0] == "phone"


def test_columns_are_decades_without_gaps() -> None:
    assert histogram([(-5, 2), (-1, 1), (25, 4)]) == [[-10, 3], [0, 0], [10, 0], [20, 4]]
    assert histogram([]) == []


def test_what_the_engine_calls_absurd_holds_a_run() -> None:
    assert too_much_alike("", count=3, people=100) is None
    hold = too_much_alike("everybody-alike", count=60, people=100)
    assert hold is not None and (hold.key, hold.count, hold.of) == ("alike", 60, 100)
