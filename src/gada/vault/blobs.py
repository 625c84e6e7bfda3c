"""Encrypted files: one owner, a random name, never content-addressed across people."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound
from gada.vault import node
from gada.vault.boxes import open_for, seal_for


def blob_path(blob_id: UUID) -> Path:
    # The last byte of a UUIDv7 is random: folders fill evenly.
    return node.data_directory() / "blobs" / blob_id.hex[-2:] / blob_id.hex


def put_blob(subject: UUID, content: bytes) -> UUID:
    """Keep a file under its owner's data key; durable before this returns."""
    blob_id = new_id()
    node.write_whole(blob_path(blob_id), seal_for(subject, content))
    return blob_id


def get_blob(subject: UUID, blob_id: UUID) -> bytes:
    """Read a file back. Raises NotFound, Shredded."""
    try:
        box = blob_path(blob_id).read_bytes()
    except FileNotFoundError:
        raise NotFound("blob-missing", "This file is not on this node.") from None
    return open_for(subject, box)


def drop_blob(blob_id: UUID) -> None:
    """Remove the file of an erased person; its key is already gone."""
    blob_path(blob_id).unlink(missing_ok=True)
