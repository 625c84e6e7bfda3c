"""The gallery on disk: sealed, incremental, whole after a crash, forgetting who was removed."""

from __future__ import annotations

import hashlib
import hmac
import shutil

import pytest

from gada.engine.fingerprint import parameters
from gada.engine.gallery import Gallery, segments
from gada.engine.refusal import Refusal
from tests.engine.gallery.test_gallery import fingers, subject

PEOPLE = 30


class TestCipher:
    """A real, slow cipher of the standard library: SHAKE-256 keystream and HMAC, bound to the context."""

    __test__ = False

    def __init__(self, key: bytes = b"k" * 32) -> None:
        self.key = key

    def _mask(self, data: bytes, context: bytes) -> bytes:
        stream = hashlib.shake_256(self.key + context).digest(len(data))
        return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")

    def _tag(self, data: bytes, context: bytes) -> bytes:
        return hmac.digest(self.key, context + data, "sha256")

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        hidden = self._mask(plain, context)
        return self._tag(hidden, context) + hidden

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        tag, hidden = sealed[:32], sealed[32:]
        if not hmac.compare_digest(tag, self._tag(hidden, context)):
            raise ValueError("altered, misplaced or of another key")
        return self._mask(hidden, context)


@pytest.fixture()
def gallery():
    gallery = Gallery(threads=1)
    gallery.add_many([(subject(n), fingers(n, 1, positions=(1, 2, 7))) for n in range(PEOPLE)])
    return gallery


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_was_saved_is_opened(gallery, tmp_path):
    gallery.save(tmp_path, cipher=TestCipher())
    opened = Gallery.open(tmp_path, cipher=TestCipher())
    assert opened.digest() == gallery.digest()
    assert opened.size == PEOPLE
    assert opened.generation == gallery.generation == segments.newest_generation(tmp_path) == 1
    assert opened.fingers_of(subject(3)) == gallery.fingers_of(subject(3))
    probe = fingers(3, 2)
    assert opened.search(probe, minimum_score=0) == gallery.search(probe, minimum_score=0)


def test_an_empty_folder_is_an_empty_gallery(tmp_path):
    assert Gallery.open(tmp_path, cipher=TestCipher()).size == 0
    assert Gallery.open(tmp_path / "absent", cipher=TestCipher()).size == 0
    assert segments.newest_generation(tmp_path / "absent") == 0


def test_nothing_readable_is_on_disk(gallery, tmp_path):
    gallery.save(tmp_path, cipher=TestCipher())
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    stored += "".join(names(tmp_path)).encode()
    for n in range(PEOPLE):
        assert subject(n).bytes not in stored
        assert subject(n).hex.encode() not in stored
        template = gallery.fingers_of(subject(n))[2]
        assert template.x.tobytes()[:12] not in stored
    assert b"algorithm" not in stored


def test_a_save_writes_only_what_changed(gallery, tmp_path):
    gallery.save(tmp_path, cipher=TestCipher())
    (first,) = [name for name in names(tmp_path) if name.startswith("people")]
    gallery.add(subject(100), fingers(100, 1))
    gallery.save(tmp_path, cipher=TestCipher())
    assert first in names(tmp_path)
    assert len(names(tmp_path)) == 3
    assert Gallery.open(tmp_path, cipher=TestCipher()).digest() == gallery.digest()


def test_small_segments_are_merged(gallery, tmp_path):
    for n in range(100, 100 + 2 * segments.MOST_SMALL_SEGMENTS):
        gallery.add(subject(n), fingers(n, 1))
        gallery.save(tmp_path, cipher=TestCipher())
    assert len(names(tmp_path)) <= segments.MOST_SMALL_SEGMENTS + 2
    assert Gallery.open(tmp_path, cipher=TestCipher()).digest() == gallery.digest()


def test_who_was_removed_is_gone_from_every_file(gallery, tmp_path):
    cipher = TestCipher()
    gallery.save(tmp_path, cipher=cipher)
    gallery = Gallery.open(tmp_path, cipher=cipher)
    gallery.remove(subject(3))
    gallery.save(tmp_path, cipher=cipher)
    for path in tmp_path.iterdir():
        plain = cipher.open(path.read_bytes(), context=b"gada gallery " + path.name.encode())
        assert subject(3).bytes not in plain
    assert subject(3) not in Gallery.open(tmp_path, cipher=cipher)


class Crash(Exception):
    """The power went."""


@pytest.mark.parametrize("survives", range(4))
def test_a_crash_in_the_middle_leaves_the_previous_generation(gallery, tmp_path, survives):
    folder, copy = tmp_path / "gallery", tmp_path / "copy"
    gallery.save(folder, cipher=TestCipher())
    before = gallery.digest()
    gallery.remove(subject(1))
    gallery.add(subject(200), fingers(200, 1))
    cipher, calls = TestCipher(), []

    def failing_seal(plain, *, context):
        calls.append(context)
        if len(calls) > survives:
            raise Crash
        return TestCipher().seal(plain, context=context)

    cipher.seal = failing_seal
    try:
        gallery.save(folder, cipher=cipher)
    except Crash:
        shutil.copytree(folder, copy)
        (copy / "people-0123.part").write_bytes(b"half")
        assert Gallery.open(copy, cipher=TestCipher()).digest() == before
    gallery.save(folder, cipher=TestCipher())
    assert Gallery.open(folder, cipher=TestCipher()).digest() == gallery.digest()
    assert not [name for name in names(folder) if name.endswith(".part")]


def test_damage_exchange_and_another_key_are_refused(gallery, tmp_path):
    gallery.save(tmp_path, cipher=TestCipher())
    for path in list(tmp_path.iterdir()):
        whole = path.read_bytes()
        for damaged in (whole[:-1], b"", whole[:40] + bytes((whole[40] ^ 1,)) + whole[41:]):
            path.write_bytes(damaged)
            with pytest.raises(Refusal) as refusal:
                Gallery.open(tmp_path, cipher=TestCipher())
            assert refusal.value.code == "gallery-damaged"
        path.write_bytes(whole)
    with pytest.raises(Refusal):
        Gallery.open(tmp_path, cipher=TestCipher(b"x" * 32))
    people = next(path for path in tmp_path.iterdir() if path.name.startswith("people"))
    people.unlink()
    with pytest.raises(Refusal):
        Gallery.open(tmp_path, cipher=TestCipher())


def test_descriptors_of_another_algorithm_are_made_anew(gallery, tmp_path, monkeypatch):
    gallery.save(tmp_path, cipher=TestCipher())
    before = gallery.search(fingers(3, 2))
    monkeypatch.setattr(parameters, "ALGORITHM", "gada-cylinder-0")
    gallery2 = Gallery.open(tmp_path, cipher=TestCipher())
    monkeypatch.undo()
    assert gallery2.search(fingers(3, 2)) == before
