"""Encrypted files: one owner, a random name, never content-addressed across people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound
from gada.vault import node
from gada.vault.boxes import data_keys, open_for, remember_erased, seal_for


def blob_path(blob_id: UUID) -> Path:
    # The last byte of a UUIDv7 is random: folders fill evenly.
    return node.data_directory() / "blobs" / blob_id.hex[-2:] / blob_id.hex


def put_blob(subject: UUID, content: bytes) -> UUID:
    """Keep a file under its owner's data key; durable before this returns."""
    return put_blobs([(subject, content)])[0]


def put_blobs(contents: Sequence[tuple[UUID, bytes]]) -> list[UUID]:
    """Keep some files, each under its owner's data key; all durable before this returns. Raises Shredded."""
    keys = data_keys({subject for subject, _ in contents}, create=True)
    ids = [new_id() for _ in contents]
    boxes = (seal_for(subject, content, keys=keys) for subject, content in contents)
    node.write_all([(blob_path(id_), box) for id_, box in zip(ids, boxes, strict=True)])
    return ids


def get_blob(subject: UUID, blob_id: UUID) -> bytes:
    """Read a file back. Raises NotFound, Shredded."""
    try:
        box = blob_path(blob_id).read_bytes()
    except FileNotFoundError:
        raise NotFound("blob-missing", "This file is not on this node.") from None
    return open_for(subject, box)


def drop_for_good(blob_ids: Iterable[UUID]) -> None:
    """Remove files whose owner stays: remembered as erased, so that none of them is taken in again."""
    wanted = list(blob_ids)
    if wanted:
        remember_erased(wanted)
    for blob_id in wanted:
        drop_blob(blob_id)


def drop_blob(blob_id: UUID) -> None:
    """Remove the file of an erased person; its key is already gone."""
    blob_path(blob_id).unlink(missing_ok=True)
