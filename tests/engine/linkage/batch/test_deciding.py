"""Pairs decided together: one to one between registrations, others' support with a limit, in any order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.linkage import Features
from gada.engine.linkage.batch import find_pairs
from gada.engine.linkage.batch.deciding import MOST_HOUSEHOLD_BITS, Pairs, decide
from gada.engine.linkage.features import BirthDate
from gada.engine.linkage.usual import USUAL
from tests.engine.linkage.batch import made

PRIORS = np.array([-12.0, -10.0, 0.0])


@st.composite
def decisions(draw):
    """Pairs of twelve people in a few registrations, none of one registration, with what the stories say of each."""
    registration = draw(st.lists(st.integers(-1, 3), min_size=12, max_size=12))
    possible = [
        (i, j) for i in range(12) for j in range(i + 1, 12) if registration[i] < 0 or registration[i] != registration[j]
    ]
    chosen = draw(st.lists(st.sampled_from(possible), unique=True, max_size=30)) if possible else []
    bits = st.floats(-60, 60)
    said = draw(st.lists(st.tuples(bits, bits, bits), min_size=len(chosen), max_size=len(chosen)))
    left, right = np.array(chosen, np.int32).reshape(-1, 2).T
    return Pairs(left.copy(), right.copy(), np.array(said).reshape(-1, 3)), np.array(registration, np.int32)


@settings(deadline=None, max_examples=300)
@given(decisions())
def test_nobody_is_two_members_of_one_registration(case):
    pairs, registration = case
    decided = decide(pairs, registration, PRIORS)
    met = set()
    for k in np.flatnonzero(decided.probability > 0.5):
        for one, other in ((pairs.left[k], pairs.right[k]), (pairs.right[k], pairs.left[k])):
            if registration[other] >= 0:
                assert (one, registration[other]) not in met
                met.add((one, registration[other]))
    assert ((decided.probability >= 0) & (decided.probability <= 1)).all() and np.isfinite(decided.bits).all()
    assert ((decided.probability >= 0.5) == (decided.kind == 0)).all()


@settings(deadline=None, max_examples=300)
@given(decisions())
def test_others_say_only_so_much(case):
    pairs, registration = case
    bits = decide(pairs, registration, PRIORS).household_bits
    assert ((bits >= 0) & (bits <= MOST_HOUSEHOLD_BITS)).all()
    alone = decide(pairs, np.full(12, -1, np.int32), PRIORS).household_bits
    assert not alone.any()  # who was registered alone has no others


@settings(deadline=None, max_examples=200)
@given(decisions(), st.randoms(use_true_random=False))
def test_pairs_are_decided_the_same_in_any_order(case, draw):
    pairs, registration = case
    decided = decide(pairs, registration, PRIORS)
    order = np.array(draw.sample(range(len(pairs)), len(pairs)), np.intp)
    turned = Pairs(pairs.right[order], pairs.left[order], pairs.said[order])
    again = decide(turned, registration, PRIORS)
    assert again.probability == pytest.approx(decided.probability[order], abs=1e-9)
    assert again.bits == pytest.approx(decided.bits[order], abs=1e-6)


def test_a_sure_pair_is_not_shaken_by_the_rounding_of_its_own_odds():
    registration = np.array([0, 0, 1], np.int32)
    said = np.array([[0.0, -90.0, -90.0], [-25.0, 0.0, 0.0]])
    sure = decide(Pairs(np.array([0, 1], np.int32), np.array([2, 2], np.int32), said), registration, PRIORS)
    alone = decide(Pairs(np.array([0], np.int32), np.array([2], np.int32), said[:1]), registration, PRIORS)
    assert sure.bits[0] == pytest.approx(alone.bits[0], abs=1e-6)


def test_no_pairs_are_decided_too():
    none = np.empty(0, np.int32)
    decided = decide(Pairs(none, none, np.empty((0, 3))), np.array([-1, 0], np.int32), PRIORS)
    assert len(decided.probability) == len(decided.kind) == 0


def as_features(row):
    return Features(
        row["given"], row["surname"], row["father"], row["mother"], row["sex"],
        BirthDate.on(made.date.fromisoformat(row["birth_date"])) if row["birth_date"] else None, row["place"], "",
        row["phone"], (row["document"],) if row["document"] else (),
    )  # fmt: skip


def found_in(rows):
    people = [(row["record_id"], row["registration_id"] or None, as_features(row)) for row in rows]
    pairs, found = find_pairs(people, model=USUAL, threads=2)
    return {frozenset((p.left, p.right)): (p.probability, p.bits) for p in pairs}, found


def test_the_order_of_people_changes_nothing():
    crowd = made.a_crowd(120, again=0.6)
    forth, found = found_in(crowd.rows)
    back, _ = found_in(crowd.rows[::-1])
    assert forth.keys() == back.keys() and len(forth) > 200
    for pair, (probability, bits) in forth.items():
        assert back[pair] == (pytest.approx(probability, abs=1e-6), pytest.approx(bits, abs=1e-4)), pair
    assert found.report["people"] == len(crowd.rows)


def test_people_registered_together_are_never_a_pair():
    crowd = made.a_crowd(120, again=0.6)
    together = {row["record_id"]: row["registration_id"] for row in crowd.rows}
    pairs, _ = found_in(crowd.rows)
    assert pairs and not [pair for pair in pairs if len({together[record] for record in pair}) == 1]


def test_most_probable_pairs_come_first():
    crowd = made.a_crowd(60, again=0.6)
    people = [(row["record_id"], row["registration_id"], as_features(row)) for row in crowd.rows]
    pairs, found = find_pairs(people, at_least=0.2)
    probabilities = [pair.probability for pair in pairs]
    assert probabilities == sorted(probabilities, reverse=True) and probabilities[-1] >= 0.2
    assert found.model is USUAL  # too few to learn from


@pytest.mark.parametrize("count", [0, 1, 2, 150])
def test_people_of_whom_nothing_is_known_are_nobodys_pair(count):
    pairs, found = find_pairs((n, None, Features()) for n in range(count))
    assert pairs == [] and found.report["people"] == count and not found.report["stopped"]


def test_equal_twins_with_one_telephone_are_not_one_person():
    born = BirthDate.on(made.date(2010, 5, 3))
    twin = Features("Hassane", "Diallo", "Ali Diallo", "Awa Bah", "M", born, "XZ0101", "", "90112233")
    other = replace(twin, given="Housseini")
    pairs, _ = find_pairs([(1, "a", twin), (2, "b", other), (3, "b", twin)], at_least=0.5)
    assert [(pair.left, pair.right) for pair in pairs] == [(1, 3)]
