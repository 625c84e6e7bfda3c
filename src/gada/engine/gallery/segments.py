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
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gada.engine.fingerprint import parameters
from gada.engine.gallery.beyond import Cipher, SealedSegment, context_of, keep_sealed, open_segment
from gada.engine.gallery.enrolled import Described
from gada.engine.gallery.layout import read_segment, write_segment
from gada.engine.refusal import Refusal

if TYPE_CHECKING:
    from gada.engine.gallery.gallery import Gallery

PEOPLE_A_SEGMENT: Final = 4096
MOST_SMALL_SEGMENTS: Final = 8  # then they are merged
_LIST: Final = re.compile(r"list-(\d{12})\.gallery")


def save(gallery: Gallery, folder: Path, *, cipher: Cipher) -> None:
    """Write what changed since the last save. The caller holds the gallery's lock."""
    folder.mkdir(parents=True, exist_ok=True)
    kept, loose = gallery.unsaved()
    for start in range(0, len(loose), PEOPLE_A_SEGMENT):
        people = [gallery.described(person) for person in loose[start : start + PEOPLE_A_SEGMENT]]
        name, _ = _write_people(folder, people, cipher=cipher)
        kept[name] = {person.subject for person in people}
    sealed = {}
    for each in gallery.beyond:
        if one := _without_withdrawn(folder, each, cipher=cipher):
            sealed[one.name] = one
    generation = max([gallery.generation, *(number for number, _ in _lists(folder))]) + 1
    name = f"list-{generation:012d}.gallery"
    listing = {
        "algorithm": parameters.ALGORITHM, "digest": gallery.digest(), "segments": sorted([*kept, *sealed])
    }
    _write(folder / name, cipher.seal(json.dumps(listing).encode(), context=context_of(name)))
    gallery.note_generation(generation, kept)
    gallery.beyond.segments = sealed
    for written in list(kept):
        if gallery.has_room_for(0):
            break
        segment = open_segment((folder / written).read_bytes(), name=written, cipher=cipher)
        gallery.put_away(keep_sealed(folder / written, segment, cipher=cipher))
    _sweep(folder, keep={name, *kept, *sealed})


def load(gallery: Gallery, folder: Path, *, cipher: Cipher) -> None:
    """Fill an empty gallery from the newest generation in `folder`; segments for which it has no room stay there."""
    lists = _lists(folder)
    if not lists:
        return
    generation, newest = max(lists)
    try:
        listing = json.loads(cipher.open(newest.read_bytes(), context=context_of(newest.name)))
        for name in listing["segments"]:
            segment = open_segment((folder / name).read_bytes(), name=name, cipher=cipher)
            if gallery.has_room_for(len(segment)):
                gallery.restore(segment.people(name))
            else:
                gallery.leave_sealed(keep_sealed(folder / name, segment, cipher=cipher), segment)
    except Exception as damage:
        raise _damaged() from damage
    if gallery.digest() != listing["digest"]:
        raise _damaged()
    gallery.generation = generation


def newest_generation(folder: Path) -> int:
    """Number of the newest generation in `folder`, 0 when there is none: has another process saved?"""
    return max((number for number, _ in _lists(folder)), default=0)


def _without_withdrawn(folder: Path, segment: SealedSegment, *, cipher: Cipher) -> SealedSegment | None:
    """The segment as it is, or one written anew when somebody was removed; None when nobody is left."""
    if not segment.withdrawn:
        return segment
    people = segment.remaining()
    if not people:
        return None
    name, plain = _write_people(folder, people, cipher=cipher)
    return keep_sealed(folder / name, read_segment(plain), cipher=cipher)


def _write_people(folder: Path, people: Sequence[Described], *, cipher: Cipher) -> tuple[str, bytes]:
    """A segment under a new name; the name and what was sealed."""
    name, plain = f"people-{secrets.token_hex(8)}.gallery", write_segment(people)
    _write(folder / name, cipher.seal(plain, context=context_of(name)))
    return name, plain


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


def _damaged() -> Refusal:
    message = "The stored fingerprint search is damaged. Build it again from the fingerprints."
    return Refusal("gallery-damaged", message)
