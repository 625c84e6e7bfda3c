"""The inside of a package, taken apart as it streams by; verified to the last byte, never trusted.

Pushed through `write` in pieces of any size. Nothing reaches `accept`ed staging and no record is
parsed before the manifest was approved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from gada.engine.formats.package_manifest import MANIFEST_BYTES, Limits, Manifest, read_manifest_bytes
from gada.engine.formats.package_writer import MAGIC
from gada.engine.formats.staging import StagingWriter
from gada.engine.proof.canonical import parse_canonical
from gada.engine.proof.digests import sha256
from gada.engine.proof.merkle import Frontier, leaf_hash
from gada.engine.refusal import Invalid

_LONGEST_JWS = 2048
INDEX_ENTRY_BYTES = 32 + 8 + 4

Approve = Callable[[Manifest, bytes, str], StagingWriter]
"""Given the manifest, its bytes and its signature: verify, or raise; answer where the content goes."""


class Sections:
    """A parser in four steps: beginning, records, blobs, end."""

    def __init__(self, *, approve: Approve, limits: Limits) -> None:
        self._approve = approve
        self._limits = limits
        self._step: Callable[[], bool] = self._beginning
        self._waiting = bytearray()
        self._left = 0  # bytes of the present section not yet taken
        self._record_tree, self._blob_tree = Frontier(), Frontier()
        self._kinds: Counter[str] = Counter()
        self.manifest: Manifest | None = None
        self.staging: StagingWriter | None = None
        self.records_start = 0
        self.index = bytearray()  # per blob: digest (32), offset in the staging file (8), length (4)

    def write(self, data: bytes) -> int:
        self._waiting += data
        while self._step():
            pass
        return len(data)

    def finish(self) -> None:
        """The seal's end was verified: is everything here that was promised?"""
        if self.manifest is None:
            raise Invalid("package-truncated", "The package ends too early.")
        promised = self.manifest.contents
        if self._step != self._end or self._waiting:
            raise _counts()
        if (self._record_tree.size, self._blob_tree.size) != (promised.records, promised.blobs):
            raise _counts()
        if self._kinds != Counter(promised.kinds):
            raise _counts()
        if self._record_tree.root().hex() != promised.records_root:
            raise _root()
        if self._blob_tree.root().hex() != promised.blobs_root:
            raise _root()

    def sorted_index(self) -> bytes:
        """The blob index in order of digest. Raises Invalid `package-blob-malformed` if one comes twice."""
        entries = sorted(
            bytes(self.index[at : at + INDEX_ENTRY_BYTES])
            for at in range(0, len(self.index), INDEX_ENTRY_BYTES)
        )
        for one, next_one in pairwise(entries):
            if one[:32] == next_one[:32]:
                raise Invalid("package-blob-malformed", "A file comes twice in the package.")
        return b"".join(entries)

    def _beginning(self) -> bool:
        waiting = self._waiting
        if not MAGIC.startswith(waiting[: len(MAGIC)]):
            raise Invalid("package-format", "This is not a package, or it was made by a later version.")
        if len(waiting) < 12:
            return False
        manifest_end = 12 + int.from_bytes(waiting[8:12], "big")
        if manifest_end - 12 > MANIFEST_BYTES:
            raise Invalid("package-manifest-too-large", "The package's list of contents is too large.")
        if len(waiting) < manifest_end + 2:
            return False
        jws_length = int.from_bytes(waiting[manifest_end : manifest_end + 2], "big")
        if jws_length > _LONGEST_JWS:
            raise Invalid("package-signature", "The package's signature cannot be read.")
        end = manifest_end + 2 + jws_length
        if len(waiting) < end:
            return False
        self._read_manifest(bytes(waiting[12:manifest_end]), bytes(waiting[manifest_end + 2 : end]))
        self._take(end)
        self.records_start = end
        assert self.manifest is not None
        self._left = self.manifest.contents.records_bytes
        self._step = self._record
        return True

    def _read_manifest(self, payload: bytes, jws: bytes) -> None:
        manifest = read_manifest_bytes(payload)
        staging = self._approve(manifest, payload, jws.decode("ascii", errors="replace"))
        self.manifest, self.staging = manifest, staging

    def _record(self) -> bool:
        assert self.manifest is not None
        if self._left == 0:
            self._left = self.manifest.contents.blobs_bytes
            self._step = self._blob
            return True
        end = self._waiting.find(b"\n", 0, self._limits.record_bytes + 1)
        number = self._record_tree.size + 1
        if end < 0:
            if len(self._waiting) > self._limits.record_bytes:
                raise _malformed(number)
            return False
        if end + 1 > self._left or number > self.manifest.contents.records:
            raise _counts()
        line = bytes(self._waiting[:end])
        self._kinds[_kind_of(line, number, self._limits.record_bytes)] += 1
        self._record_tree.append(leaf_hash(line))
        self._left -= end + 1
        self._take(end + 1)
        return True

    def _blob(self) -> bool:
        assert self.manifest is not None
        if self._left == 0:
            self._step = self._end
            return True
        if self._blob_tree.size == self.manifest.contents.blobs:  # before a billion empty ones fill the index
            raise _counts()
        if len(self._waiting) < 4:
            return False
        length = int.from_bytes(self._waiting[:4], "big")
        if length > self._limits.blob_bytes:
            raise Invalid("package-blob-malformed", "A file in the package is too large.")
        if 4 + length > self._left:
            raise _counts()
        if len(self._waiting) < 4 + length:
            return False
        body = bytes(self._waiting[4 : 4 + length])
        assert self.staging is not None
        self.index += sha256(body) + (self.staging.length + 4).to_bytes(8, "big") + length.to_bytes(4, "big")
        self._blob_tree.append(leaf_hash(body))
        self._left -= 4 + length
        self._take(4 + length)
        return True

    def _end(self) -> bool:
        if self._waiting:
            raise Invalid("package-bomb", "There is more in the package than it promises.")
        return False

    def _take(self, size: int) -> None:
        assert self.staging is not None
        self.staging.write(bytes(self._waiting[:size]))
        del self._waiting[:size]


def _kind_of(line: bytes, number: int, largest_bytes: int) -> str:
    try:
        record = parse_canonical(line, largest_bytes=largest_bytes)
    except Invalid:
        raise _malformed(number) from None
    if not isinstance(record, dict) or not isinstance(record.get("kind"), str):
        raise _malformed(number)
    return str(record["kind"])


def _malformed(number: int) -> Invalid:
    return Invalid(
        "package-record-malformed", "Record %(number)s of the package cannot be read.", number=number
    )


def _counts() -> Invalid:
    return Invalid("package-counts", "The package does not hold what it promises.")


def _root() -> Invalid:
    return Invalid("package-root", "The package's contents are not those that were signed.")
