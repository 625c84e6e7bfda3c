"""Making a package: gather records and blobs on disk, then sign, compress and seal in one stream."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import zstandard

from gada.engine.formats.package_manifest import (
    MANIFEST_BYTES,
    MANIFEST_TYP,
    Address,
    Contents,
    Limits,
    Manifest,
)
from gada.engine.formats.staging import Cipher, Staging, StagingWriter
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import sha256
from gada.engine.proof.merkle import Frontier, leaf_hash
from gada.engine.proof.sealing import Sink, seal_stream
from gada.engine.proof.signing import sign
from gada.engine.refusal import Invalid

MAGIC = b"\x93GADA\x01\r\n"
_LEVEL = 3  # its window is 2 MiB


@dataclass(frozen=True, slots=True)
class FinishedPackage:
    """What the transport needs to promise: size and SHA-256 of the sealed file."""

    manifest: Manifest
    sealed_bytes: int
    sealed_digest: str


class PackageWriter:
    """Use in a `with` block; what was gathered lies encrypted under `cipher` and is removed at the end.

    Memory: 64 KiB buffers, and one digest per blob.
    """

    def __init__(self, folder: Path, cipher: Cipher, *, limits: Limits | None = None) -> None:
        """`folder` gets two temporary files with random names."""
        self._cipher = cipher
        self._limits = limits or Limits()
        name = uuid4().hex
        self._records = StagingWriter(folder / f"{name}.records", cipher)
        self._blobs = StagingWriter(folder / f"{name}.blobs", cipher)
        self._record_tree, self._blob_tree = Frontier(), Frontier()
        self._kinds: Counter[str] = Counter()
        self._known_blobs: set[bytes] = set()

    def add_record(self, record: Mapping[str, Any]) -> None:
        """Add one record; it has a text "kind". Raises Invalid `canonical-…`, `package-record-malformed`."""
        line = canonical_bytes(record)
        kind = record.get("kind")
        if not isinstance(kind, str) or len(line) > self._limits.record_bytes:
            number = self._record_tree.size + 1
            raise Invalid("package-record-malformed", "Record %(number)s cannot be sent.", number=number)
        self._records.write(line + b"\n")
        self._record_tree.append(leaf_hash(line))
        self._kinds[kind] += 1

    def add_blob(self, body: bytes) -> str:
        """Add a blob (once, however often it is given); answer its SHA-256 for the records to name."""
        if len(body) > self._limits.blob_bytes:
            raise Invalid("package-blob-malformed", "A file is too large to be sent in a package.")
        digest = sha256(body)
        if digest not in self._known_blobs:
            self._known_blobs.add(digest)
            self._blobs.write(len(body).to_bytes(4, "big") + body)
            self._blob_tree.append(leaf_hash(body))
        return digest.hex()

    def finish(
        self, sink: Sink, *, address: Address, recipient_key: str, signing_key: bytes, key_id: str
    ) -> FinishedPackage:
        """Write the sealed file to `sink`. `recipient_key` is age's, `signing_key` raw Ed25519 private."""
        manifest = Manifest(address, self._contents())
        payload = manifest.to_bytes()
        if len(payload) > MANIFEST_BYTES:
            raise Invalid("package-manifest-too-large", "The package's list of contents is too large.")
        jws = sign(signing_key, typ=MANIFEST_TYP, payload=payload, key_id=key_id).encode("ascii")
        beginning = MAGIC + len(payload).to_bytes(4, "big") + payload + len(jws).to_bytes(2, "big") + jws
        self._records.complete()
        self._blobs.complete()
        counted = _CountedSink(sink)
        with (
            Staging(self._records.path, self._cipher) as records,
            Staging(self._blobs.path, self._cipher) as blobs,
        ):
            sections = (iter((beginning,)), records.pieces(0, records.length), blobs.pieces(0, blobs.length))
            seal_stream(recipient_key, _Pulled(_compressed(sections)), counted)
        return FinishedPackage(manifest, counted.written, counted.digest.hexdigest())

    def _contents(self) -> Contents:
        return Contents(
            records=self._record_tree.size,
            records_bytes=self._records.length,
            records_root=self._record_tree.root().hex(),
            kinds=dict(self._kinds),
            blobs=self._blob_tree.size,
            blobs_bytes=self._blobs.length,
            blobs_root=self._blob_tree.root().hex(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._records.discard()
        self._blobs.discard()


def _compressed(sections: Iterable[Iterator[bytes]]) -> Iterator[bytes]:
    chunker = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).chunker(chunk_size=64 * 1024)
    for section in sections:
        for piece in section:
            yield from chunker.compress(piece)
    yield from chunker.finish()  # type: ignore[no-untyped-call]


class _Pulled:
    """An iterator of bytes as a source to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)


class _CountedSink:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.written = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._sink.write(data)
        self.written += len(data)
        self.digest.update(data)
