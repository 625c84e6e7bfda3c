"""What must hold of comparison whatever the two templates are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gada.engine.fingerprint import Comparison, Template, compare
from gada.engine.fingerprint.calibration import HIGHEST_SCORE
from gada.engine.fingerprint.compare import compare_each, evidence_of_stack, raw_scores, stacked, superpose
from gada.engine.fingerprint.descriptors import describe
from gada.engine.fingerprint.parameters import FEWEST_MINUTIAE, MOST_MINUTIAE
from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.gallery.packing import pack
from tests.engine.fingerprint.made import a_template, moved

EXTREME = 2**15 - 1
seeds = st.integers(0, 10_000)
unhurried = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def template_of(x, y, angle, quality) -> Template:
    """A template with these minutiae, its frame as it may."""
    return Template(500, 500, x, y, angle, np.ones(len(x)), quality, 50)


@st.composite
def any_templates(draw: st.DrawFn) -> Template:
    """Whatever a record may hold: any count, crowded, on a line, in one place, at the ends of int16."""
    count = draw(st.sampled_from((0, 1, 2, 3, FEWEST_MINUTIAE, 14, 40, 96, 97, 128, MOST_MINUTIAE)))
    spread = draw(st.sampled_from((0, 1, 8, 60, 300, EXTREME)))
    random = np.random.default_rng(draw(seeds))
    x, y = random.integers(-spread - (spread == EXTREME), spread + 1, (2, count))
    match draw(st.sampled_from(("scattered", "line", "corners"))):
        case "line":
            y = x // 2
        case "corners":
            x, y = np.where(x > 0, spread, -spread), np.where(y > 0, spread, -spread)
    angles, qualities = draw(st.sampled_from((1, 4, 256))), draw(st.sampled_from((1, 101)))
    return template_of(x, y, random.integers(0, angles, count), random.integers(0, qualities, count))


def turned(template: Template, *, radians: float, right: int = 0, down: int = 0) -> Template:
    """The same finger put down turned and shifted; places and angles rounded to what a template holds."""
    middle_x, middle_y = template.x.mean(), template.y.mean()
    x, y = template.x - middle_x, template.y - middle_y
    return template_of(
        np.rint(x * np.cos(radians) + y * np.sin(radians) + middle_x + right),
        np.rint(y * np.cos(radians) - x * np.sin(radians) + middle_y + down),
        np.rint(template.angle + radians * 256 / (2 * np.pi)).astype(int) % 256,
        template.quality,
    )


def only(template: Template, kept: np.ndarray) -> Template:
    """Some of its minutiae."""
    return template_of(template.x[kept], template.y[kept], template.angle[kept], template.quality[kept])


def mirrored(comparison: Comparison) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    """Score, raw score and pairs as the other side sees them."""
    return comparison.score, comparison.raw, tuple((j, i) for i, j in comparison.pairs)


def copy_of(template: Template) -> Template:
    """The same values in another object, described anew."""
    return only(template, np.arange(len(template)))


@unhurried
@given(any_templates(), any_templates())
def test_any_two_templates_are_compared_the_same_both_ways(a, b):
    ahead, back = compare(a, b), compare(b, a)
    assert (ahead.score, ahead.raw) == (back.score, back.raw)
    assert a == b or ahead.pairs == mirrored(back)[2]  # a crowd may be laid upon itself in a way that has no mirror
    for comparison in (ahead, compare(a, a), compare(b, copy_of(b))):
        assert 0 <= comparison.score <= HIGHEST_SCORE
        assert comparison.raw >= 0
    assert len({i for i, _ in ahead.pairs}) == len({j for _, j in ahead.pairs}) == len(ahead.pairs)
    assert all(0 <= i < len(a) and 0 <= j < len(b) for i, j in ahead.pairs)


@unhurried
@given(any_templates())
def test_evidence_is_always_a_number(template):
    other = a_template(3, count=60)
    for a, b in ((template, other), (other, template), (template, copy_of(template))):
        found = superpose(describe(a), describe(b))
        assert np.isfinite(found.evidence).all() and np.isfinite(found.weights).all()
        assert (found.misses >= 0).all() and (found.misses <= 2).all()


@unhurried
@given(seeds, seeds)
def test_mates_are_compared_the_same_both_ways(finger, touch):
    a, b = (minutiae_finger(finger).impression(each) for each in (touch, touch + 1))
    ahead, back = compare(a, b), compare(b, a)
    assert (ahead.score, ahead.raw, ahead.pairs) == mirrored(back)


@unhurried
@given(seeds, st.floats(-np.pi, np.pi), st.integers(-2000, 2000), st.integers(-2000, 2000))
def test_a_finger_turned_and_shifted_is_the_same_finger(finger, radians, right, down):
    """Within 12 in a hundred: half a pixel and half a step of angle are lost to rounding."""
    first = minutiae_finger(finger).impression(1, noise=0.1, contact=0.95)
    same, again = compare(first, first), compare(first, turned(first, radians=radians, right=right, down=down))
    assert 0.88 * same.raw <= again.raw <= same.raw
    assert sum(i == j for i, j in again.pairs) >= 0.95 * len(first)


@unhurried
@given(seeds, st.floats(-np.pi, np.pi))
def test_mates_and_strangers_score_alike_however_they_are_turned(finger, radians):
    """Mates within 15 in a hundred or 300; nobody is made a mate by turning."""
    a, b = (minutiae_finger(finger).impression(touch, noise=0.1, contact=0.9) for touch in (1, 2))
    mates, stranger = compare(a, b).raw, minutiae_finger(finger + 20_000).impression(1)
    assert compare(a, turned(b, radians=radians)).raw == pytest.approx(mates, rel=0.15, abs=300)
    assert compare(a, turned(stranger, radians=radians)).raw < 0.5 * compare(a, a).raw


@unhurried
@given(seeds, st.integers(-9000, 9000), st.integers(-9000, 9000))
def test_a_shift_by_whole_pixels_changes_nothing(seed, right, down):
    a = a_template(seed, count=30)
    b = moved(a, seed=seed, turn=30, lost=4)
    away = template_of(b.x + right, b.y + down, b.angle, b.quality)
    here, there = (superpose(describe(a), describe(each)) for each in (b, away))
    assert here.partners.tolist() == there.partners.tolist()
    assert there.evidence == pytest.approx(here.evidence, rel=1e-2)


@unhurried
@given(seeds)
def test_nothing_is_more_alike_than_a_print_to_itself(finger):
    first = minutiae_finger(finger).impression(1)
    own = compare(first, copy_of(first)).raw
    assert own > max(compare(first, minutiae_finger(finger).impression(touch)).raw for touch in (2, 3))
    assert own > max(compare(first, minutiae_finger(finger + other).impression(1)).raw for other in (1, 2, 3))


@unhurried
@given(seeds)
def test_minutiae_lost_and_invented_lower_the_score(seed):
    random = np.random.default_rng(seed)
    whole = a_template(seed, count=48)
    order = random.permutation(48)
    raws = [compare(whole, only(whole, np.sort(order[: 48 - lost]))).raw for lost in (0, 8, 24, 40)]
    assert raws == sorted(raws, reverse=True)
    assert len(set(raws)) == len(raws)
    invented = random.integers(20, 300, (2, 24))
    more = template_of(
        np.append(whole.x, invented[0]), np.append(whole.y, invented[1]),
        np.append(whole.angle, random.integers(0, 256, 24)), np.append(whole.quality, np.full(24, 60)),
    )  # fmt: skip
    assert compare(whole, more).raw < raws[0]


@pytest.mark.parametrize("count", range(FEWEST_MINUTIAE))
def test_few_minutiae_decide_nothing(count):
    few, many = a_template(1, count=count), a_template(1, count=40)
    for a, b in ((few, few), (few, many), (many, few)):
        assert (compare(a, b).score, compare(a, b).raw) == (0, 0)


def test_a_crowd_in_one_place_finds_nobody_else():
    """A forged record of 255 minutiae in one place, of every direction, meets no ordinary print."""
    forged = template_of(*np.full((2, 255), 150), np.arange(255), np.full(255, 100))
    for seed in range(10):
        assert compare(forged, minutiae_finger(seed).impression(1)).score < 20


def test_no_evidence_is_no_score():
    assert raw_scores(np.zeros(4, np.float32), minutiae=40) == 0
    assert raw_scores(np.zeros((3, 4), np.float32), minutiae=40).tolist() == [0, 0, 0]
    much, little = np.array([20, 15, 30, 5], np.float32), np.array([10, 7, 30, 2], np.float32)
    assert raw_scores(much, minutiae=40) > raw_scores(little, minutiae=FEWEST_MINUTIAE) > 0
    counts = np.array([FEWEST_MINUTIAE - 1, FEWEST_MINUTIAE], np.int64)
    assert raw_scores(np.stack((much, much)), minutiae=counts).tolist() == [0, raw_scores(much, minutiae=40)]


def test_every_way_to_compare_gives_the_same_score():
    """One by one, from packed templates and from a stack; whichever comes first."""
    templates = [a_template(seed, count=30 + seed % 3) for seed in range(6)]
    templates += [moved(template, seed=seed, turn=11, lost=4) for seed, template in enumerate(templates)]
    templates += [a_template(2, count=count) for count in (0, 1, FEWEST_MINUTIAE - 1, FEWEST_MINUTIAE)]
    stack = stacked([describe(template) for template in templates])
    for probe in templates:
        raws = [compare(probe, template).raw for template in templates]
        assert raws == [compare(template, probe).raw for template in templates]
        assert raws == compare_each(probe, [pack(template) for template in templates]).tolist()
        counts = np.minimum(stack.counts, len(probe))
        assert raws == raw_scores(evidence_of_stack(describe(probe), stack, len(templates)), minutiae=counts).tolist()
