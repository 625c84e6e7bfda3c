"""A person on the way into the gallery, and in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from gada.engine.fingerprint.descriptors import scan_descriptors
from gada.engine.fingerprint.template import Template
from gada.engine.gallery.packing import pack, unpack
from gada.engine.gallery.residents import resident_positions
from gada.engine.gallery.shelf import Cylinders
from gada.engine.refusal import Invalid

POSITIONS = range(11)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A person as the gallery holds them: packed templates by position, and where residents stand."""

    subject: UUID
    packed: Mapping[int, bytes]
    places: Mapping[int, int]  # resident position -> place on its shelf

    def template(self, position: int) -> Template:
        """One finger, unpacked."""
        return unpack(self.packed[position])

    def fingerprint(self) -> int:
        """A number that changes with any bit of the person's templates."""
        parts = b"".join(bytes((p,)) + len(d).to_bytes(4, "big") + d for p, d in sorted(self.packed.items()))
        return int.from_bytes(hashlib.sha256(self.subject.bytes + parts).digest(), "big")


@dataclass(frozen=True, slots=True)
class Described:
    """A person ready to be placed: what takes time was done before the lock."""

    subject: UUID
    packed: Mapping[int, bytes]
    residents: Mapping[int, Cylinders]
    segment: str | None = None


def described(subject: UUID, fingers: Mapping[int, Template]) -> Described:
    """Ready to be placed; about 0.05 ms a finger. Raises Invalid for a position that does not exist."""
    check_positions(fingers)
    residents = {position: scan_descriptors(fingers[position]) for position in resident_positions(fingers)}
    return Described(subject, {position: pack(template) for position, template in fingers.items()}, residents)


def check_positions(fingers: Mapping[int, Template]) -> None:
    """Raises Invalid for a position that does not exist."""
    if any(position not in POSITIONS for position in fingers):
        raise Invalid("gallery-position", "A finger position is a number from 0 (unknown) to 10.")
