"""People beyond memory are found, removed, replaced and saved like the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gada.engine.gallery import Gallery, segments
from gada.engine.refusal import Refusal
from tests.engine.gallery.test_gallery import fingers, subject
from tests.engine.gallery.test_segments import TestCipher, names

PEOPLE = 300


@pytest.fixture(scope="module")
def whole():
    gallery = Gallery(threads=2)
    gallery.add_many(
        [(subject(n), fingers(n, 1, positions=(2, 7, 8) if n % 3 else (7,))) for n in range(PEOPLE)]
    )
    return gallery


@pytest.fixture(scope="module")
def saved(whole, tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "PEOPLE_A_SEGMENT", 64)
        whole.save(folder, cipher=TestCipher())
    return folder


@pytest.fixture()
def folder(saved, tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "PEOPLE_A_SEGMENT", 64)
    return Path(shutil.copytree(saved, tmp_path / "gallery"))


def opened(folder, most_in_memory):
    return Gallery.open(folder, cipher=TestCipher(), threads=2, most_in_memory=most_in_memory)


@pytest.mark.parametrize("most_in_memory", [0, 1, 64, 200, PEOPLE, None])
def test_the_same_people_are_found_whoever_is_in_memory(whole, folder, most_in_memory):
    gallery = opened(folder, most_in_memory)
    assert (gallery.size, gallery.digest()) == (whole.size, whole.digest())
    assert len(gallery.beyond) >= PEOPLE - (most_in_memory if most_in_memory is not None else PEOPLE)
    swapped = {2: fingers(22, 2)[7], 7: fingers(22, 2)[2]}
    for probe in (fingers(1, 2), fingers(299, 2), swapped, {0: fingers(9, 2)[7]}, fingers(5000, 1)):
        assert gallery.search(probe, minimum_score=30) == whole.search(probe, minimum_score=30)
    site = {subject(n) for n in range(250)}
    for among in (site, {subject(1), subject(2)}, {subject(12345)}, set()):
        assert gallery.search(fingers(1, 2), among=among) == whole.search(fingers(1, 2), among=among)
    assert gallery.fingers_of(subject(4)) == whole.fingers_of(subject(4))
    assert subject(4) in gallery and subject(4444) not in gallery and gallery.fingers_of(subject(4444)) == {}


def test_who_is_on_disk_is_removed_and_replaced(whole, folder):
    gallery = opened(folder, 0)
    assert gallery.remove(subject(8)) and not gallery.remove(subject(8))
    assert subject(8) not in gallery and gallery.size == PEOPLE - 1
    assert subject(8) not in {c.subject for c in gallery.search(fingers(8, 2))}
    assert gallery.search(fingers(8, 2), among={subject(8)}) == []
    with pytest.raises(Refusal, match="already"):
        gallery.add(subject(9), fingers(9, 1))
    gallery.replace(subject(9), fingers(909, 1))
    gallery.add(subject(8), fingers(8, 1))
    assert gallery.search(fingers(909, 2))[0].subject == subject(9)
    assert gallery.search(fingers(8, 2))[0].subject == subject(8)
    other = Gallery(threads=1)
    other.add_many([(subject(n), whole.fingers_of(subject(n))) for n in range(PEOPLE) if n not in (8, 9)])
    other.add_many([(subject(8), fingers(8, 1)), (subject(9), fingers(909, 1))])
    assert gallery.digest() == other.digest()


def test_a_save_writes_anew_only_the_segments_of_those_who_left(folder):
    gallery, before = opened(folder, 0), names(folder)
    gallery.remove(subject(8))
    gallery.add(subject(700), fingers(700, 1))
    gallery.save(folder, cipher=TestCipher())
    assert len([name for name in before if name.startswith("people") and name in names(folder)]) == 4
    again = opened(folder, 0)
    assert again.digest() == gallery.digest() and subject(8) not in again and subject(700) in again
    for path in folder.iterdir():
        plain = TestCipher().open(path.read_bytes(), context=b"gada gallery " + path.name.encode())
        assert subject(8).bytes not in plain
    for each in (gallery, again):
        assert each.search(fingers(1, 2))[0].subject == subject(1)


def test_when_everybody_of_a_segment_left_it_is_gone(folder):
    gallery = opened(folder, 0)
    for person in list(next(iter(gallery.beyond)).open().people()):
        gallery.remove(person.subject)
    gallery.save(folder, cipher=TestCipher())
    assert len(gallery.beyond.segments) == 4
    assert opened(folder, 0).digest() == gallery.digest()


def test_what_another_process_replaced_is_still_read(whole, folder):
    first, second = opened(folder, 0), opened(folder, 0)
    for n in range(0, PEOPLE, 3):
        second.remove(subject(n))
    second.save(folder, cipher=TestCipher())
    assert first.search(fingers(1, 2)) == whole.search(fingers(1, 2))
    assert first.search(fingers(3, 2)) == whole.search(fingers(3, 2))


def test_a_damaged_segment_is_refused_at_the_start(folder):
    people = next(path for path in folder.iterdir() if path.name.startswith("people"))
    people.write_bytes(people.read_bytes()[:-1])
    with pytest.raises(Refusal) as refusal:
        opened(folder, 0)
    assert refusal.value.code == "gallery-damaged"


def test_who_grows_out_of_memory_stays_on_disk_after_the_next_save(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "PEOPLE_A_SEGMENT", 64)
    gallery = Gallery(threads=2, most_in_memory=100)
    for start in range(0, PEOPLE, 100):
        some = range(start, start + 100)
        gallery.add_many([(subject(n), whole.fingers_of(subject(n))) for n in some])
        gallery.save(tmp_path, cipher=TestCipher())
        assert gallery.size - len(gallery.beyond) <= 100
    assert (gallery.size, gallery.digest()) == (PEOPLE, whole.digest())
    assert not [name for name in names(tmp_path) if name.endswith(".part")]
    for probe in (fingers(1, 2), fingers(299, 2)):
        assert gallery.search(probe) == whole.search(probe)
    gallery.replace(subject(1), fingers(1, 1))
    gallery.save(tmp_path, cipher=TestCipher())
    assert opened(tmp_path, 100).digest() == gallery.digest()
