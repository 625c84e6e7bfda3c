"""Sealing under a person's data key: erase the key and every box is noise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from gada.engine.proof import secrets
from gada.engine.refusal import NotFound
from gada.vault import keystore


class Shredded(NotFound):
    """The data key is gone: this person's data were erased."""

    status = 410

    def __init__(self) -> None:
        super().__init__("data-erased", "These data were erased and cannot be read any more.")


def data_keys(subjects: Iterable[UUID], *, create: bool = False) -> dict[UUID, bytes]:
    """Data keys by subject; those erased or unknown are left out."""
    return keystore.keys_of(subjects, create=create)


def adopt_keys(keys: Mapping[UUID, bytes]) -> None:
    """Keep data keys that another node of ours sent with what is sealed under them."""
    if keys:
        keystore.adopt(keys)


def seal_for(subject: UUID, plaintext: bytes, *, keys: Mapping[UUID, bytes] | None = None) -> bytes:
    """Seal under the subject's data key, made on first use."""
    key = (keys if keys is not None else keystore.keys_of([subject], create=True)).get(subject)
    if key is None:
        raise Shredded
    return secrets.seal(key, plaintext, context=subject.bytes)


def open_for(subject: UUID, box: bytes, *, keys: Mapping[UUID, bytes] | None = None) -> bytes:
    """Open a box of this subject. Raises Shredded after erasure."""
    key = (keys if keys is not None else keystore.keys_of([subject])).get(subject)
    if key is None:
        raise Shredded
    return secrets.open_sealed(key, bytes(box), context=subject.bytes)


def finish_shredding() -> None:
    """Finish a shredding that a power cut left half done."""
    keystore.finish_shredding()


def shred(subjects: Iterable[UUID]) -> int:
    """Destroy the data keys of these subjects for good."""
    return keystore.shred(subjects)


def remember_erased(subjects: Iterable[UUID]) -> None:
    """Keep among the erased what had no key of its own: one class of somebody's data (people.retention.mark_of)."""
    keystore.remember(subjects)
