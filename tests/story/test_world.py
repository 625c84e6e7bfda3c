"""The world: one seed one world, a truth that fits its rows, and people who say no."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gada.engine.fingerprint import compare
from gada.engine.formats.fmr import read_fmr
from gada.engine.linkage import compare_people, tokens
from gada.story.world import COLUMNS, World, build_world, write_agency, write_truth


@pytest.fixture(scope="module", params=[1, 2, 3])
def world(request: pytest.FixtureRequest) -> World:
    return build_world(seed=request.param)


def test_the_same_seed_builds_the_same_world(world: World) -> None:
    again = build_world(seed=world.seed)
    assert (world.at_a, world.at_b, world.again, world.truth) == (
        again.at_a,
        again.at_b,
        again.again,
        again.truth,
    )


def test_it_has_the_size_that_was_asked_for(world: World) -> None:
    assert 300 <= len(world.at_a) <= 315
    assert 270 <= len(world.at_b) <= 330
    assert 0.28 <= len(world.truth) / len(world.at_a) <= 0.40
    assert len(world.again) == 4


def test_the_truth_is_consistent(world: World) -> None:
    a = {r.registration: r for r in world.at_a}
    b = {r.registration: r for r in world.at_b}
    assert len(a) == len(world.at_a) and len(b) == len(world.at_b)
    assert len({s.at_a for s in world.truth}) == len({s.at_b for s in world.truth}) == len(world.truth)
    for shared in world.truth:
        one, other = a[shared.at_a], b[shared.at_b]
        assert one.person == other.person == shared.person
        said_no = (one.refuses_prints, one.refuses_sharing, other.refuses_prints, other.refuses_sharing)
        assert shared.may_be_found is not any(said_no)
    assert {r.person for r in world.at_a} & {r.person for r in world.at_b} == {s.person for s in world.truth}
    for again in world.again:
        assert world.first_of(again).person == again.person


def test_one_in_ten_says_no_also_among_the_shared(world: World) -> None:
    for rows in (world.at_a, world.at_b):
        saying_no = [r for r in rows if r.refuses_prints or r.refuses_sharing]
        assert len(saying_no) >= len(rows) / 10
        assert any(r.refuses_prints for r in rows) and any(r.refuses_sharing for r in rows)
    assert any(not s.may_be_found for s in world.truth)


def test_each_household_has_one_head(world: World) -> None:
    for rows in (world.at_a, world.at_b):
        heads = [r.household for r in rows if r.is_head]
        assert sorted(set(heads)) == sorted(heads) == sorted({r.household for r in rows})


def test_twenty_are_enrolled_live_from_images(world: World) -> None:
    live = [r for r in world.at_a if r.live and r.fingers and not r.refuses_prints]
    assert len(live) >= 20
    images = world.images_of(live[0])
    assert set(images) == set(live[0].fingers)
    assert all(png.startswith(b"\x89PNG") for png in images.values())
    imported = next(r for r in world.at_a if not r.live)
    assert world.images_of(imported) == {}
    assert any(r.live for r in world.again) and any(not r.live for r in world.again)


def test_who_refuses_has_no_print_and_is_not_named_in_others_tokens(world: World) -> None:
    refusing = next(r for r in world.at_a if r.refuses_prints and r.fingers)
    assert world.templates_of(refusing) == {} and world.record_of(refusing) == b""
    silent = next(r for r in world.at_a if r.refuses_sharing)
    for row in world.at_a:
        if row.household == silent.household and row is not silent:
            named = {(m.given, m.birth) for m in world.features_of(row).household}
            assert (silent.given, silent.birth) not in named


def test_most_shared_people_share_two_tokens(world: World) -> None:
    a = {r.registration: r for r in world.at_a}
    b = {r.registration: r for r in world.at_b}
    common = [
        len(tokens(world.features_of(a[s.at_a])) & tokens(world.features_of(b[s.at_b]))) for s in world.truth
    ]
    assert sum(n >= 2 for n in common) >= 0.8 * len(common)


def test_evidence_of_any_two_rows_is_symmetric(world: World) -> None:
    ours, theirs = ([world.features_of(r) for r in rows[:60]] for rows in (world.at_a, world.at_b))
    for one, other in zip(ours + ours[:40], theirs + theirs[20:60], strict=True):
        assert compare_people(one, other).lines == compare_people(other, one).lines


def test_both_agencies_hold_impressions_of_the_same_fingers() -> None:
    world = build_world(seed=5, people_at_a=60, people_at_b=60)
    a = {r.registration: r for r in world.at_a}
    b = {r.registration: r for r in world.at_b}
    matched = missed = 0
    for shared in world.truth:
        if shared.person in world.people_with_images:
            continue
        ours, theirs = world.templates_of(a[shared.at_a]), world.templates_of(b[shared.at_b])
        for position in ours.keys() & theirs.keys():
            assert ours[position] != theirs[position]
            good = compare(ours[position], theirs[position]).score >= 30
            matched, missed = matched + good, missed + (not good)
    assert matched > 5 * missed


def test_the_files_say_what_the_rows_say(tmp_path: Path) -> None:
    world = build_world(seed=4, people_at_a=20, people_at_b=20, live=0)
    path = write_agency(world, world.at_a, tmp_path / "a")
    write_truth(world, tmp_path / "truth.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [r["registration_ref"] for r in rows] == [r.registration for r in world.at_a]
    for line, row in zip(rows, world.at_a, strict=True):
        assert (line["refuses_prints"] == "yes") is row.refuses_prints
        if line["prints"]:
            views = read_fmr((path.parent / line["prints"]).read_bytes())
            assert {v.position for v in views} == set(row.fingers)
    assert (tmp_path / "truth.csv").read_text(encoding="utf-8").count("\n") == len(world.truth) + 1
