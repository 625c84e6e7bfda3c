"""A world whose fingers are real: one seed one world, no impression twice, no more images than allowed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from PIL import Image

from gada.engine.fingerprint import compare, extract, read_image
from gada.engine.formats.fmr import read_fmr
from gada.engine.refusal import Refusal
from gada.story.clerks import Registration
from gada.story.print_folder import PrintFolder
from gada.story.real import RealWorld, build_real_world


@pytest.fixture(scope="session")
def uareu(test_data: Path) -> Path:
    return test_data / "fingerprints" / "uareu"


@pytest.fixture(scope="session")
def small(uareu: Path) -> RealWorld:
    """Two or three people of two fingers, each finger touched once at each registration."""
    return build_real_world(uareu, seed=1, most_images=10)


def rows_of(world: RealWorld, person: int) -> list[Registration]:
    return [row for row in world.everybody if row.person == person]


def images_in(world: RealWorld) -> list[Path]:
    return [image for touched in world.touches.values() for image in touched]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_seed_deals_the_same_fingers(uareu: Path, seed: int) -> None:
    one, other = (build_real_world(uareu, seed=seed) for _ in range(2))
    assert (one.at_a, one.at_b, one.again, one.truth) == (other.at_a, other.at_b, other.again, other.truth)
    assert (one.real, one.touches) == (other.real, other.touches)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_fingers_each_and_a_third_in_both(uareu: Path, seed: int) -> None:
    world = build_real_world(uareu, seed=seed)
    assert len(world.real) == 32
    assert sum(shared.person in world.real for shared in world.truth) == 11
    refusing = {r.person for r in world.everybody if r.refuses_prints or r.refuses_sharing} & world.real
    assert len(refusing) == 3
    assert any(row.person in world.real for row in world.again)
    assert any(row.live for row in world.at_a if row.person in world.real)
    assert any(not row.live for row in world.at_a if row.person in world.real)
    assert all(set(row.fingers) <= {2, 7} for p in world.real for row in rows_of(world, p))
    assert 300 <= len(world.at_a) <= 315 and 270 <= len(world.at_b) <= 330


def test_no_impression_is_at_two_registrations_and_no_finger_on_two_people(uareu: Path) -> None:
    world = build_real_world(uareu, seed=2)
    images = images_in(world)
    assert len(images) == len(set(images))
    person = {row.registration: row.person for row in world.everybody}
    owners: dict[str, set[tuple[int, int]]] = {}
    for (registration, position), touched in world.touches.items():
        assert touched
        for image in touched:
            finger = image.stem.rpartition("_")[0]
            owners.setdefault(finger, set()).add((person[registration], position))
    assert all(len(who) == 1 for who in owners.values())


def test_who_refuses_prints_was_never_touched(uareu: Path) -> None:
    refusing = []
    for seed in (1, 2, 3):
        world = build_real_world(uareu, seed=seed)
        rows = [row for row in world.everybody if row.person in world.real and row.refuses_prints]
        assert not {row.registration for row in rows} & {registration for registration, _ in world.touches}
        assert all(world.templates_of(row) == {} == world.images_of(row) for row in rows)
        refusing += rows
    assert refusing


@pytest.mark.parametrize("most_images", [8, 24, 240, 400])
def test_never_more_images_than_allowed(uareu: Path, most_images: int) -> None:
    world = build_real_world(uareu, seed=3, most_images=most_images)
    assert most_images / 3 < len(images_in(world)) <= most_images
    assert world.folder.reading.images == 0, "nothing is read before it is asked for"


def test_every_print_of_theirs_is_read_by_the_extractor(small: RealWorld) -> None:
    for row in small.everybody:
        if row.person not in small.real or row.refuses_prints:
            continue
        templates = small.templates_of(row)
        assert {view.position for view in read_fmr(small.record_of(row))} == set(templates) <= set(row.fingers)
        assert set(small.images_of(row)) == set(templates)
    figures = small.figures()
    assert figures["images read by the extractor"] == len(images_in(small)) <= 10
    assert figures["people with real fingers"] == len(small.real)
    assert figures["real fingers taken"] == len(small.touches) - int(
        str(figures["real fingers that failed at every touch"])
    )
    read_again = small.folder.reading.images
    list(map(small.templates_of, rows_of(small, next(iter(small.real)))))
    assert small.folder.reading.images == read_again


def test_both_agencies_hold_the_same_finger_and_nobody_else_does(small: RealWorld) -> None:
    held = {
        row.registration: small.templates_of(row)
        for row in (*small.at_a, *small.at_b)
        if row.person in small.real
    }
    shared = next(s for s in small.truth if s.person in small.real and s.may_be_found)
    ours, theirs = held[shared.at_a], held[shared.at_b]
    assert max(compare(ours[p], theirs[p]).score for p in ours.keys() & theirs.keys()) >= 40
    strangers = [t for who, fingers in held.items() if who not in (shared.at_a, shared.at_b) for t in fingers.values()]
    assert all(compare(mine, other).score < 40 for mine in ours.values() for other in strangers)


def test_an_image_says_its_resolution_and_gives_the_same_template(test_data: Path) -> None:
    folder = PrintFolder(test_data / "fingerprints" / "fvc2002" / "db2")
    image = folder.fingers["101"][0]
    uploaded = read_image(folder.image_of(image))
    assert uploaded.source_dpi == 569
    assert extract(uploaded) == folder.template_of(image)


@pytest.mark.parametrize("database", ["db1", "db2", "db3", "db4"])
def test_five_people_of_one_fvc_folder(test_data: Path, database: str) -> None:
    world = build_real_world(test_data / "fingerprints" / "fvc2002" / database, seed=1)
    assert len(world.real) == 5
    assert sum(shared.person in world.real for shared in world.truth) == 2
    assert len(world.at_a) >= 300 and len(images_in(world)) <= 80


def test_an_image_without_a_finger_is_counted_and_passed_over(tmp_path: Path) -> None:
    write_blank(tmp_path, fingers=("1_1", "1_2", "1_3", "1_4"), impressions=3)
    world = build_real_world(tmp_path, seed=1, people_at_a=40, people_at_b=40)
    assert len(world.real) == 2
    assert all(world.templates_of(row) == {} for person in world.real for row in rows_of(world, person))
    figures = world.figures()
    assert figures["images without a usable print"] == figures["images read by the extractor"] == 12
    assert figures["real fingers taken"] == 0


def test_a_folder_without_prints_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"")
    write_blank(tmp_path, fingers=("7",), impressions=3)
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Refusal) as refused:
            build_real_world(folder, seed=1)
        assert refused.value.code == "prints-folder" and folder.name in str(refused.value)


def write_blank(folder: Path, *, fingers: Iterable[str], impressions: int) -> None:
    for finger in fingers:
        for number in range(1, impressions + 1):
            Image.new("L", (200, 200), "white").save(folder / f"{finger}_{number}.png")
