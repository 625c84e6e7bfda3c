"""Receiving a package: unseal, unpack and verify in one pass, with bounded memory and disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import zstandard

from gada.engine.formats.package_manifest import MANIFEST_TYP, Limits, Manifest
from gada.engine.formats.package_reader import PackageReader
from gada.engine.formats.package_sections import Sections
from gada.engine.formats.staging import Cipher, StagingWriter
from gada.engine.proof.sealing import Source, open_stream
from gada.engine.proof.signing import read_header, verify
from gada.engine.refusal import Invalid

WINDOW_BYTES = 8 << 20

PublicKeyFor = Callable[[Manifest, str], bytes]
"""(manifest, key id) → the sender's raw public signing key valid for it, or raise a Refusal."""


def receive_package(
    source: Source,
    *,
    secrets: Sequence[str],
    recipient: UUID,
    public_key_for: PublicKeyFor,
    staging: Path,
    cipher: Cipher,
    limits: Limits | None = None,
    sealed_bytes: int | None = None,
) -> PackageReader:
    """Verify all of `source` into the encrypted file `staging` and open it for reading.

    `secrets` are our sealing keys still alive, `recipient` our node, `sealed_bytes` the file's size if
    the sender stated it (then a cut is always called a cut). `public_key_for` is also the place to
    refuse by agreement or sequence: it runs before anything is written or parsed. Raises Invalid
    `package-…` (see `package`); then `staging` does not exist.
    """
    writers: list[StagingWriter] = []
    bounds = limits or Limits()

    def approve(manifest: Manifest, payload: bytes, jws: str) -> StagingWriter:
        _approve(manifest, payload, jws, recipient=recipient, public_key_for=public_key_for, limits=bounds)
        writers.append(StagingWriter(staging, cipher))
        return writers[0]

    sections = Sections(approve=approve, limits=bounds)
    try:
        _unpack(source, sections, secrets=secrets, limits=bounds, sealed_bytes=sealed_bytes)
        sections.finish()
        index = sections.sorted_index()
        (writer,) = writers
        blobs_end = writer.length
        writer.write(index)
        assert sections.manifest is not None
        records_end = sections.records_start + sections.manifest.contents.records_bytes
        writer.complete(records=sections.records_start, records_end=records_end, index=blobs_end)
    except BaseException:
        for writer in writers:
            writer.discard()
        raise
    return PackageReader(staging, cipher)


def read_manifest(
    source: Source,
    *,
    secrets: Sequence[str],
    recipient: UUID,
    public_key_for: PublicKeyFor,
    limits: Limits | None = None,
) -> Manifest:
    """The verified manifest alone; reads the beginning of `source` and says nothing about the rest."""
    bounds = limits or Limits()

    def approve(manifest: Manifest, payload: bytes, jws: str) -> StagingWriter:
        _approve(manifest, payload, jws, recipient=recipient, public_key_for=public_key_for, limits=bounds)
        raise _Enough(manifest)

    try:
        _unpack(
            source,
            Sections(approve=approve, limits=bounds),
            secrets=secrets,
            limits=bounds,
            sealed_bytes=None,
        )
    except _Enough as enough:
        return enough.manifest
    raise Invalid("package-truncated", "The package ends too early.")


class _Enough(Exception):
    def __init__(self, manifest: Manifest) -> None:
        super().__init__()
        self.manifest = manifest


def _approve(
    manifest: Manifest,
    payload: bytes,
    jws: str,
    *,
    recipient: UUID,
    public_key_for: PublicKeyFor,
    limits: Limits,
) -> None:
    if manifest.address.recipient != recipient:
        raise Invalid("package-wrong-recipient", "This package is addressed to somebody else.")
    try:
        key_id = read_header(jws).key_id
        verify(public_key_for(manifest, key_id), jws, typ=MANIFEST_TYP, payload=payload)
    except Invalid as refusal:
        if not refusal.code.startswith("signature-"):
            raise
        raise Invalid("package-signature", "The package is not signed by the partner it names.") from None
    contents = manifest.contents
    too_large = (
        contents.records > limits.records
        or contents.blobs > limits.blobs
        or contents.records_bytes + contents.blobs_bytes > limits.content_bytes
    )
    if too_large:
        raise Invalid("package-too-large", "The package is larger than this node accepts.")


def _unpack(
    source: Source, sections: Sections, *, secrets: Sequence[str], limits: Limits, sealed_bytes: int | None
) -> None:
    counted = _CountedSource(source)
    decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES)
    unpacked = decompressor.stream_writer(sections, write_size=64 * 1024, closefd=False)  # type: ignore[arg-type]
    try:
        open_stream(secrets, counted, _Unpacking(unpacked), limit_bytes=limits.sealed_bytes)
    except Invalid as refusal:
        cut = sealed_bytes is not None and counted.ended and counted.taken < sealed_bytes
        raise _as_package(refusal, cut=cut) from None
    if sealed_bytes is not None and counted.taken != sealed_bytes:
        raise Invalid("package-seal-broken", "The package is not as long as was announced.")


class _CountedSource:
    def __init__(self, source: Source) -> None:
        self._source = source
        self.taken = 0
        self.ended = False

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self.taken += len(data)
        self.ended = self.ended or not data
        return data


class _Unpacking:
    """Turns the decompressor's error into a Refusal at once, before anything else is read."""

    def __init__(self, writer: zstandard.ZstdDecompressionWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
        except zstandard.ZstdError as error:
            if "memory" in str(error):
                raise Invalid("package-bomb", "Unpacking this package would take too much memory.") from None
            raise Invalid("package-compression", "The package cannot be unpacked.") from None


def _as_package(refusal: Invalid, *, cut: bool) -> Invalid:
    """The seal's refusal in the words of a package; a cut inside a chunk looks like a change to the seal."""
    match "seal-truncated" if cut and refusal.code == "seal-broken" else refusal.code:
        case "seal-wrong-recipient":
            return Invalid("package-wrong-recipient", "This package was sealed for somebody else.")
        case "seal-truncated":
            return Invalid("package-truncated", "The package ends too early: copy or send it again.")
        case "seal-broken":
            return Invalid(
                "package-seal-broken", "The package was damaged on the way: copy or send it again."
            )
        case "seal-too-large":
            return Invalid("package-too-large", "The package is larger than this node accepts.")
    return refusal
