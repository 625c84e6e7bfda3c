"""Reading a verified package from its staging file, from any recorded offset."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

from gada.engine.formats.package_manifest import Manifest, read_manifest_bytes
from gada.engine.formats.staging import Cipher, Staging
from gada.engine.refusal import NotFound

_ENTRY_BYTES = 32 + 8 + 4


@dataclass(frozen=True, slots=True)
class StagedRecord:
    """`number` counts from 1; `next_offset` is where to go on after this record was applied."""

    number: int
    next_offset: int
    value: dict[str, Any]


class PackageReader:
    """A package that was verified whole by `receive_package`; only that completes a staging file."""

    def __init__(self, staging: Path, cipher: Cipher) -> None:
        """Raises Invalid `staging-…` unless `staging` was completed under this cipher."""
        self._staging = Staging(staging, cipher)
        marks = self._staging.marks
        self._records, self._records_end, self._index = marks["records"], marks["records_end"], marks["index"]
        length = int.from_bytes(self._staging.read(8, 4), "big")
        payload = self._staging.read(12, length)
        self.manifest: Manifest = read_manifest_bytes(payload)
        jws_length = int.from_bytes(self._staging.read(12 + length, 2), "big")
        self.signature = self._staging.read(14 + length, jws_length).decode("ascii")

    def records(self, *, offset: int = 0, number: int = 0) -> Iterator[StagedRecord]:
        """Records from `offset`, which is 0 or the `next_offset` of record `number`."""
        rest = b""
        position = offset
        for piece in self._staging.pieces(self._records + offset, self._records_end):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                position += len(line) + 1
                number += 1
                yield StagedRecord(number, position, json.loads(line))

    def batches(self, *, size: int, offset: int = 0, number: int = 0) -> Iterator[list[StagedRecord]]:
        """The same in lists of at most `size`."""
        records = self.records(offset=offset, number=number)
        while batch := list(islice(records, size)):
            yield batch

    def blob(self, digest: str) -> bytes:
        """The blob whose SHA-256 is `digest` (hexadecimal). Raises NotFound `package-blob-missing`."""
        wanted = bytes.fromhex(digest)
        low, high = 0, (self._staging.length - self._index) // _ENTRY_BYTES
        while low < high:
            middle = (low + high) // 2
            entry = self._staging.read(self._index + middle * _ENTRY_BYTES, _ENTRY_BYTES)
            if entry[:32] == wanted:
                return self._staging.read(
                    int.from_bytes(entry[32:40], "big"), int.from_bytes(entry[40:], "big")
                )
            low, high = (middle + 1, high) if entry[:32] < wanted else (low, middle)
        raise NotFound("package-blob-missing", "A file that a record names is not in the package.")

    def close(self) -> None:
        self._staging.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
