"""Agreement of readers against published figures and other ways to compute them."""

from __future__ import annotations

import random

import pytest
from scipy.stats import fisher_exact

from gada.engine.agreement import chance_of_fall, kappa, share


def table(counts: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    return [pair for pair, count in counts.items() for _ in range(count)]


def test_kappa_of_fleiss_cohen_and_everitt() -> None:
    """The worked example of the paper of 1969, table 1: 200 cases, kappa 0.429, standard error 0.054."""
    shares = {
        ("a", "a"): 106, ("a", "b"): 10, ("a", "c"): 4, ("b", "a"): 22, ("b", "b"): 28, ("b", "c"): 10,
        ("c", "a"): 2, ("c", "b"): 12, ("c", "c"): 6,
    }
    found = kappa(table(shares))
    assert found is not None and found.value == pytest.approx(0.429, abs=0.001)
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(0.0537, abs=0.001)


def test_kappa_at_the_ends() -> None:
    perfect = kappa(table({("same", "same"): 20, ("different", "different"): 30}))
    assert perfect is not None and perfect.value == 1.0 and perfect.low == pytest.approx(1.0)
    assert kappa(table({("same", "same"): 20})) is None and kappa([]) is None
    opposite = kappa(table({("same", "different"): 10, ("different", "same"): 10}))
    assert opposite is not None and opposite.value == pytest.approx(-1.0)


def test_the_interval_of_kappa_holds_the_truth_19_times_of_20() -> None:
    chance, inside = random.Random(5), 0
    for _ in range(400):
        pairs = []
        for _ in range(200):
            first = chance.choice(("same", "different"))
            other = "different" if first == "same" else "same"
            pairs.append((first, first if chance.random() < 0.85 else other))  # kappa 0.7
        found = kappa(pairs)
        assert found is not None
        inside += found.low <= 0.7 <= found.high
    assert 366 <= inside <= 396


def test_the_interval_of_a_share() -> None:
    found = share(9, 10)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.5958, abs=1e-3), pytest.approx(0.9821, abs=1e-3))
    assert share(0, 0) is None
    none = share(0, 5)
    assert none is not None and none.low == 0.0


def test_the_chance_of_a_fall_is_that_of_fishers_test() -> None:
    for agreed, of, before, of_before in (
        (40, 50, 95, 100), (50, 50, 90, 100), (10, 50, 90, 100), (0, 1, 0, 1), (5, 5, 0, 9), (0, 0, 3, 9),
        (19_000, 20_000, 76_900, 80_000), (19_400, 20_000, 76_900, 80_000),
    ):
        expected = fisher_exact([[agreed, of - agreed], [before, of_before - before]], alternative="less")[1]
        assert chance_of_fall(agreed, of, before=before, of_before=of_before) == pytest.approx(expected)
