"""The gallery on disk: sealed segments of people and a sealed list of them, never changed, only replaced.

A save writes segments for people who are new or whose segment holds somebody who left, then the list under
the next generation's name, then deletes what the list does not name. A crash at any point leaves the
previous generation whole. The cipher binds every file to its name, so files cannot change places.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

import numpy as np

from gada.engine.fingerprint import parameters
from gada.engine.fingerprint.descriptors import scan_descriptors
from gada.engine.gallery.enrolled import Described, Enrolled
from gada.engine.gallery.packing import unpack
from gada.engine.refusal import Refusal

if TYPE_CHECKING:
    from gada.engine.gallery.gallery import Gallery

PEOPLE_A_SEGMENT: Final = 4096
MOST_SMALL_SEGMENTS: Final = 8  # then they are merged
_LIST: Final = re.compile(r"list-(\d{12})\.gallery")
_MAGIC: Final = b"gada gallery segment 1\n"


class Cipher(Protocol):
    """Seals and opens; `context` must be the same both times."""

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        """Encrypt and authenticate."""

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """Decrypt, or raise when altered, misplaced or of another key."""


def save(gallery: Gallery, folder: Path, *, cipher: Cipher) -> None:
    """Write what changed since the last save. The caller holds the gallery's lock."""
    folder.mkdir(parents=True, exist_ok=True)
    kept, loose = gallery.unsaved()
    for start in range(0, len(loose), PEOPLE_A_SEGMENT):
        people = loose[start : start + PEOPLE_A_SEGMENT]
        name = f"people-{secrets.token_hex(8)}.gallery"
        _write(folder / name, cipher.seal(_segment(gallery, people), context=_context(name)))
        kept[name] = {person.subject for person in people}
    generation = max([gallery.generation, *(number for number, _ in _lists(folder))]) + 1
    name = f"list-{generation:012d}.gallery"
    listing = {"algorithm": parameters.ALGORITHM, "digest": gallery.digest(), "segments": sorted(kept)}
    _write(folder / name, cipher.seal(json.dumps(listing).encode(), context=_context(name)))
    gallery.note_generation(generation, kept)
    _sweep(folder, keep={name, *kept})


def load(gallery: Gallery, folder: Path, *, cipher: Cipher) -> None:
    """Fill an empty gallery from the newest generation in `folder`."""
    lists = _lists(folder)
    if not lists:
        return
    generation, newest = max(lists)
    try:
        listing = json.loads(cipher.open(newest.read_bytes(), context=_context(newest.name)))
        for name in listing["segments"]:
            plain = cipher.open((folder / name).read_bytes(), context=_context(name))
            gallery.restore(_people(plain, name))
    except Exception as damage:
        raise _damaged() from damage
    if gallery.digest() != listing["digest"]:
        raise _damaged()
    gallery.generation = generation


def newest_generation(folder: Path) -> int:
    """Number of the newest generation in `folder`, 0 when there is none: has another process saved?"""
    return max((number for number, _ in _lists(folder)), default=0)


def _segment(gallery: Gallery, people: list[Enrolled]) -> bytes:
    heads, blobs, words, density = [], [], [], []
    for person in people:
        heads.append(struct.pack("<16sBB", person.subject.bytes, len(person.packed), len(person.places)))
        for position, packed in sorted(person.packed.items()):
            blobs.append(struct.pack("<BBH", position, position in person.places, len(packed)) + packed)
        for position, place in sorted(person.places.items()):
            cylinders, share = gallery.shelves[position].at(place)
            words.append(cylinders.astype("<u8").tobytes())
            density.append(share.astype("<f4").tobytes())
    parts = [b"".join(heads), b"".join(blobs), b"".join(words), b"".join(density)]
    facts = {"algorithm": parameters.ALGORITHM, "lengths": [len(part) for part in parts]}
    header = json.dumps(facts).encode()
    return _MAGIC + struct.pack("<I", len(header)) + header + b"".join(parts)


def _people(plain: bytes, name: str) -> Iterator[Described]:
    """People of a segment; their descriptors are made anew when another algorithm wrote them."""
    if not plain.startswith(_MAGIC):
        raise ValueError("not a segment")
    (size,) = struct.unpack_from("<I", plain, len(_MAGIC))
    start = len(_MAGIC) + 4
    header: dict[str, Any] = json.loads(plain[start : start + size])
    ends = np.cumsum([start + size, *header["lengths"]]).tolist()
    heads, blob, words_at, density_at = ends[:4]
    current, count = header["algorithm"] == parameters.ALGORITHM, parameters.SCAN_MINUTIAE
    while heads < ends[1]:
        subject, fingers, _ = struct.unpack_from("<16sBB", plain, heads)
        heads += 18
        packed, residents = {}, {}
        for _ in range(fingers):
            position, resident, length = struct.unpack_from("<BBH", plain, blob)
            packed[position] = plain[blob + 4 : blob + 4 + length]
            blob += 4 + length
            if resident and current:
                words = np.frombuffer(plain, "<u8", count * parameters.WORDS, words_at)
                density = np.frombuffer(plain, "<f4", count, density_at)
                words_at, density_at = words_at + words.nbytes, density_at + density.nbytes
                residents[position] = words.reshape(count, parameters.WORDS), density
            elif resident:
                residents[position] = scan_descriptors(unpack(packed[position]))
        yield Described(UUID(bytes=subject), packed, residents, name)


def _write(path: Path, data: bytes) -> None:
    """All of it under its name, or nothing: a crash leaves at most a .part file, swept by the next save."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _lists(folder: Path) -> list[tuple[int, Path]]:
    if not folder.is_dir():
        return []
    named = ((_LIST.fullmatch(path.name), path) for path in folder.iterdir())
    return [(int(match[1]), path) for match, path in named if match]


def _sweep(folder: Path, *, keep: set[str]) -> None:
    for path in folder.iterdir():
        if path.suffix in (".gallery", ".part") and path.name not in keep:
            try:
                path.unlink()
            except OSError:  # another process reads it (Windows): the next save tries again
                continue


def _context(name: str) -> bytes:
    return b"gada gallery " + name.encode()


def _damaged() -> Refusal:
    message = "The stored fingerprint search is damaged. Build it again from the fingerprints."
    return Refusal("gallery-damaged", message)
