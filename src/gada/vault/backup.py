"""One encrypted file that brings a node back; the key store goes into a second one, kept apart.

File: one JSON line (format, name, time, the wrapped node key), then sealed chunks — 4 bytes of length, then a box
whose context counts and holds the digest of that line — and an empty last chunk, so that a cut or a changed byte
anywhere is noticed before anything is used.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from gada.engine.proof import secrets
from gada.engine.proof.digests import sha256
from gada.engine.refusal import Invalid, Refusal
from gada.vault import node

CHUNK_BYTES = 1 << 20
FORMAT = "gada-backup-1"
UNFINISHED = "restore.unfinished"  # lies in the data directory until a restore has ended well


class _SealedWriter(io.RawIOBase):
    def __init__(self, sink: BinaryIO, key: bytes, *, context: bytes = b"") -> None:
        self.sink, self.key, self.context = sink, key, context
        self.number, self.buffer = 0, bytearray()

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
        box = secrets.seal(self.key, chunk, context=_context(self.context, self.number))
        self.sink.write(len(box).to_bytes(4, "big") + box)
        self.number += 1


class _SealedReader(io.RawIOBase):
    def __init__(self, source: BinaryIO, key: bytes, *, context: bytes) -> None:
        self.chunks, self.buffer = _open_chunks(source, key, context=context), b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        if not self.buffer:
            self.buffer = next(self.chunks, b"")
        size = min(len(target), len(self.buffer))
        target[:size], self.buffer = self.buffer[:size], self.buffer[size:]
        return size


@dataclass(frozen=True, slots=True)
class _Checked:
    """A backup file whose every byte was found whole."""

    path: Path
    header: dict[str, Any]
    key: bytes  # the node key itself
    context: bytes
    start: int


def write_backup(target: Path, *, files: Iterable[tuple[str, Path]], at: datetime) -> None:
    """Seal these files (name inside, path) into one; complete or absent, never half."""
    unfinished = target.with_suffix(target.suffix + ".unfinished")
    header = json.dumps({
        "format": FORMAT, "name": node.identity().name, "at": at.isoformat(),
        "node": json.loads(node.wrap_path().read_text(encoding="utf-8")),
    }).encode() + b"\n"
    try:
        with unfinished.open("wb") as sink:
            sink.write(header)
            sealed = _SealedWriter(sink, _backup_key(node.node_key()), context=sha256(header))
            with tarfile.open(fileobj=sealed, mode="w|", format=tarfile.PAX_FORMAT) as archive:
                for name, path in files:
                    with suppress(FileNotFoundError):  # a person was erased meanwhile
                        archive.add(path, arcname=name, recursive=False)
            sealed.finish()
            sink.flush()
            os.fsync(sink.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def unpacked_backups(sources: Sequence[Path], *, passphrase: str, into: Path, at: datetime) -> Iterator[bytes]:
    """Check these files of one node whole, unpack them, and give the node key. Raises Invalid `backup-…`.

    Nothing is written before every byte of every file was checked. The node key's wrap comes last, when the block
    ends well, so that a restore cut off anywhere is no node; what it left is cleared away by the next one.
    """
    if (into / "node.json").exists():
        raise Refusal("node-exists", "There is already a node in this data directory.")
    checked = [_check(source, passphrase) for source in sources]
    if len({each.key for each in checked}) != 1:
        raise Invalid("backup-mixed", "These two files belong to different nodes.")
    wrap = checked[-1].header["node"]
    if wrap["expires_at"] and datetime.fromisoformat(wrap["expires_at"]) <= at:
        raise Refusal(
            "backup-expired", "The key of this device expired. Headquarters must renew it before it can be restored."
        )
    if (into / UNFINISHED).exists():
        _clear(into)
    into.mkdir(parents=True, exist_ok=True)
    (into / UNFINISHED).touch()
    for each in checked:
        with each.path.open("rb") as file:
            file.seek(each.start)
            opened = _SealedReader(file, _backup_key(each.key), context=each.context)
            with tarfile.open(fileobj=io.BufferedReader(opened, CHUNK_BYTES), mode="r|") as archive:
                for member in archive:
                    _unpack(archive, member, into)
    yield checked[-1].key
    node.write_whole(into / "node.json", json.dumps(wrap).encode())
    (into / UNFINISHED).unlink()


def seal_stream(source: BinaryIO, target: Path) -> None:
    """Keep what a program writes without its plain text ever touching the disk."""
    with target.open("wb") as sink:
        sealed = _SealedWriter(sink, _backup_key(node.node_key()))
        while part := source.read(CHUNK_BYTES):
            sealed.write(part)
        sealed.finish()


def open_stream(path: Path, into: BinaryIO) -> None:
    """Hand a program what `seal_stream` kept."""
    with path.open("rb") as file:
        for chunk in _open_chunks(file, _backup_key(node.node_key()), context=b""):
            into.write(chunk)


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    """One file, below this folder and nowhere else (Python before 3.11.4 has no filter that sees to it)."""
    target, content = into / member.name, archive.extractfile(member)
    if content is None or not target.resolve().is_relative_to(into.resolve()):
        raise _damaged()
    target.parent.mkdir(parents=True, exist_ok=True)
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file)


def _clear(folder: Path) -> None:
    """Away with what a cut restore left: its write-ahead log beside a fresh database would damage that."""
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        elif each.name != UNFINISHED:
            each.unlink()


def _check(source: Path, passphrase: str) -> _Checked:
    with source.open("rb") as file:
        line = file.readline(64 * 1024)
        try:
            header: dict[str, Any] = json.loads(line)
            if header["format"] != FORMAT:
                raise ValueError
            wrapped, _ = header["node"]["wrapped"], header["node"]["expires_at"]
        except (ValueError, LookupError, TypeError):
            raise Invalid("backup-unknown", "This file is not a Gada backup.") from None
        checked = _Checked(source, header, secrets.unwrap(wrapped, passphrase), sha256(line), file.tell())
        for _ in _open_chunks(file, _backup_key(checked.key), context=checked.context):
            pass
        if file.read(1):
            raise _damaged()
    return checked


def _open_chunks(file: BinaryIO, key: bytes, *, context: bytes) -> Iterator[bytes]:
    number = 0
    while True:
        length = int.from_bytes(size, "big") if len(size := file.read(4)) == 4 else -1
        box = file.read(length) if 0 <= length <= CHUNK_BYTES + 64 else b""
        if len(box) != length:
            raise _damaged()
        try:
            chunk = secrets.open_sealed(key, box, context=_context(context, number))
        except Invalid:
            raise _damaged() from None
        if not chunk:
            return
        yield chunk
        number += 1


def _backup_key(node_key: bytes) -> bytes:
    return secrets.derive(node_key, purpose="backup")


def _context(header_digest: bytes, number: int) -> bytes:
    return b"backup" + header_digest + number.to_bytes(8, "big")


def _damaged() -> Invalid:
    return Invalid("backup-truncated", "This backup is cut off or damaged. Use another copy.")
