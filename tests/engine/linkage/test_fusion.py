"""Fusion: one scale, whole numbers, and a person looks wherever the evidence quarrels."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gada.engine.linkage import Outcome, Thresholds, compare_people, fuse
from gada.engine.linkage.fusion import THRESHOLDS, Costs, finger_weight, thresholds_for
from tests.engine.linkage.test_evidence import AGAIN, AISSATA, SISTER, STRANGER

SAME = compare_people(AISSATA, AGAIN)
KIN = compare_people(AISSATA, SISTER)
OTHER = compare_people(AISSATA, STRANGER)


def test_the_lines_add_up_and_are_whole() -> None:
    decision = fuse(gallery_size=300, evidence=SAME, finger_scores={2: 55, 7: 12})
    assert decision.total == sum(line.weight for line in decision.lines)
    assert all(type(line.weight) is int for line in decision.lines)
    assert decision.version == "gada-decision-2"


def test_text_and_fingers_together_are_a_duplicate() -> None:
    assert fuse(gallery_size=10_000, evidence=SAME, finger_scores={2: 60}).outcome is Outcome.DUPLICATE


def test_a_sister_with_other_fingers_is_unique() -> None:
    assert fuse(gallery_size=300, evidence=KIN, finger_scores={2: 3, 7: 1}).outcome is Outcome.UNIQUE


def test_a_stranger_is_unique() -> None:
    assert fuse(gallery_size=2, evidence=OTHER).outcome is Outcome.UNIQUE


def test_a_sister_by_text_alone_is_no_duplicate() -> None:
    assert fuse(gallery_size=300, evidence=KIN).outcome is not Outcome.DUPLICATE


def test_matching_fingers_under_another_name_go_to_a_person() -> None:
    for size in (300, 100_000, 5_000_000):
        decision = fuse(gallery_size=size, evidence=OTHER, finger_scores={2: 90, 7: 95})
        assert decision.outcome is Outcome.ADJUDICATE


def test_one_more_person_in_the_gallery_never_makes_surer() -> None:
    totals = [fuse(gallery_size=n, finger_scores={2: 60}).total for n in (10, 1_000, 100_000, 10_000_000)]
    assert totals == sorted(totals, reverse=True)


def test_fingers_prove_no_more_than_captures_deserve() -> None:
    limit = Thresholds().process_error
    lines = fuse(gallery_size=2, finger_scores=dict.fromkeys(range(1, 11), 120)).lines
    assert sum(x.weight for x in lines if x.kind in ("finger", "process-error")) == limit


@given(st.integers(0, 200))
def test_a_finger_says_no_more_than_its_false_match_rate(score: int) -> None:
    assert finger_weight(score) <= score
    assert finger_weight(score) <= finger_weight(score + 1)


def test_nothing_compared_decides_nothing() -> None:
    assert fuse(gallery_size=1_000).outcome is Outcome.UNIQUE


def test_the_bars_follow_from_what_mistakes_cost() -> None:
    assert (THRESHOLDS.adjudicate, THRESHOLDS.duplicate, THRESHOLDS.duplicate_without_fingers) == (-5, 20, 25)
    dear = thresholds_for(Costs(wrong=10_000), version="careful")
    assert dear.duplicate > THRESHOLDS.duplicate
    assert thresholds_for(Costs(missed=40), version="strict").adjudicate < THRESHOLDS.adjudicate


def test_a_poor_print_that_does_not_match_says_little() -> None:
    good = fuse(gallery_size=300, evidence=SAME, finger_scores={2: 3}, finger_qualities={2: 70})
    poor = fuse(gallery_size=300, evidence=SAME, finger_scores={2: 3}, finger_qualities={2: 8})
    assert poor.total > good.total
    assert min(line.weight for line in poor.lines if line.kind == "finger") > -10
