"""Two registrations with one sure pair bring their other members together, and nobody else."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.linkage.batch.deciding import Pairs
from gada.engine.linkage.batch.households import members_beside


def pairs_of(rows: list[tuple[int, int]]) -> Pairs:
    left, right = (np.array([row[i] for row in rows], np.int32) for i in (0, 1))
    return Pairs(left, right, np.zeros((len(rows), 3)))


def test_the_other_members_come_together_and_known_pairs_stay_out() -> None:
    registration = np.array([0, 0, 1, 1, 2, -1], np.int32)
    left, right = members_beside(pairs_of([(0, 2), (4, 5)]), np.array([0.99, 0.99]), registration)
    assert sorted(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 3), (1, 2), (1, 3)]
    left, right = members_beside(pairs_of([(0, 2)]), np.array([0.5]), registration)
    assert not len(left) and not len(right)


@given(
    st.lists(st.integers(-1, 5), min_size=2, max_size=25).map(lambda each: np.array(each, np.int32)),
    st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24), st.floats(0, 1)), max_size=12),
)
def test_it_is_every_pair_of_members_of_two_registrations(registration, drawn) -> None:
    n = len(registration)
    kept = {(min(a, b), max(a, b)): p for a, b, p in drawn if a < n and b < n and a != b}
    kept = {
        (a, b): p for (a, b), p in kept.items() if registration[a] < 0 or registration[a] != registration[b]
    }
    rows = list(kept)
    left, right = members_beside(pairs_of(rows), np.array([kept[row] for row in rows]), registration)
    expected = {
        (min(x, y), max(x, y))
        for (a, b), p in kept.items() if p >= 0.9 and registration[a] >= 0 and registration[b] >= 0
        for x, y in product(range(n), range(n))
        if registration[x] == registration[a] and registration[y] == registration[b]
    } - set(rows)
    found = list(zip(left.tolist(), right.tolist(), strict=True))
    assert len(found) == len(set(found)) and set(found) == expected
