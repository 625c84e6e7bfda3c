"""One encrypted file that brings a node back; the key store goes into a second one, kept apart.

File: one JSON line (format, name, time, the wrapped node key), then sealed chunks — 4 bytes of length,
then a box whose context counts — and an empty last chunk, so that a cut is noticed before anything is used.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from gada.engine.proof import secrets
from gada.engine.refusal import Invalid, Refusal
from gada.vault import node

CHUNK_BYTES = 1 << 20
FORMAT = "gada-backup-1"


class _SealedWriter(io.RawIOBase):
    def __init__(self, sink: BinaryIO, key: bytes) -> None:
        self.sink, self.key, self.number, self.buffer = sink, key, 0, bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.buffer += data
        while len(self.buffer) >= CHUNK_BYTES:
            self._flush_chunk(bytes(self.buffer[:CHUNK_BYTES]))
            del self.buffer[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> None:
        if self.buffer:
            self._flush_chunk(bytes(self.buffer))
        self._flush_chunk(b"")

    def _flush_chunk(self, chunk: bytes) -> None:
        box = secrets.seal(self.key, chunk, context=b"backup" + self.number.to_bytes(8, "big"))
        self.sink.write(len(box).to_bytes(4, "big") + box)
        self.number += 1


class _SealedReader(io.RawIOBase):
    def __init__(self, source: BinaryIO, key: bytes) -> None:
        self.chunks, self.buffer = _open_chunks(source, key), b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        if not self.buffer:
            self.buffer = next(self.chunks, b"")
        size = min(len(target), len(self.buffer))
        target[:size], self.buffer = self.buffer[:size], self.buffer[size:]
        return size


def write_backup(target: Path, *, files: Iterable[tuple[str, Path]], at: datetime) -> None:
    """Seal these files (name inside, path) into one; complete or absent, never half."""
    key = secrets.derive(node.node_key(), purpose="backup")
    unfinished = target.with_suffix(target.suffix + ".unfinished")
    header = {
        "format": FORMAT, "name": node.identity().name, "at": at.isoformat(),
        "node": json.loads(node.wrap_path().read_text()),
    }
    with unfinished.open("wb") as sink:
        sink.write(json.dumps(header).encode() + b"\n")
        sealed = _SealedWriter(sink, key)
        with tarfile.open(fileobj=sealed, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            for name, path in files:
                archive.add(path, arcname=name, recursive=False)
        sealed.finish()
    unfinished.replace(target)


def read_backup(source: Path, *, passphrase: str, into: Path) -> dict[str, Any]:
    """Check the whole file, then unpack it; returns its header. Raises Invalid `backup-…`."""
    with source.open("rb") as file:
        header = _header(file)
        key = secrets.unwrap(header["node"]["wrapped"], passphrase)
        start, backup_key = file.tell(), secrets.derive(key, purpose="backup")
        for _ in _open_chunks(file, backup_key):
            pass  # every chunk opened and the last one seen: nothing is written before that
        file.seek(start)
        into.mkdir(parents=True, exist_ok=True)
        reader = io.BufferedReader(_SealedReader(file, backup_key), CHUNK_BYTES)
        with tarfile.open(fileobj=reader, mode="r|") as archive:
            archive.extractall(into, filter="data")
    node.write_whole(into / "node.json", json.dumps(header["node"]).encode())
    return header


@contextmanager
def fresh_directory(path: Path) -> Iterator[Path]:
    """A directory to restore into; refuses one where a node already lives."""
    if (path / "node.json").exists():
        raise Refusal("node-exists", "There is already a node in this data directory.")
    yield path


def _header(file: BinaryIO) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads(file.readline(64 * 1024))
        if header["format"] != FORMAT:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise Invalid("backup-unknown", "This file is not a Gada backup.") from None
    return header


def _open_chunks(file: BinaryIO, key: bytes) -> Iterator[bytes]:
    number = 0
    while True:
        length = int.from_bytes(size, "big") if len(size := file.read(4)) == 4 else -1
        box = file.read(length) if 0 <= length <= CHUNK_BYTES + 64 else b""
        if len(box) != length:
            raise Invalid("backup-truncated", "This backup is cut off or damaged. Use another copy.")
        chunk = secrets.open_sealed(key, box, context=b"backup" + number.to_bytes(8, "big"))
        if not chunk:
            return
        yield chunk
        number += 1
