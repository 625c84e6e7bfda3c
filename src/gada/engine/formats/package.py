"""The package: one file `*.gada` between two nodes, the same bytes over HTTP or on a USB stick.

Outside it is an age file (v1, X25519) for one recipient. Inside is one zstd stream (window ≤ 8 MiB) of:

    8 bytes   magic 93 47 41 44 41 01 0D 0A
    4 bytes   length of the manifest, big-endian, ≤ 1 MiB; then the manifest, canonical JSON
    2 bytes   length of its signature; then the detached JWS, typ "manifest"
    records   `records_bytes` bytes: canonical JSON objects with a "kind", each ended by 0A
    blobs     `blobs_bytes` bytes: each 4 bytes of length, then the bytes; no blob twice

and nothing after. The manifest states counts, sizes and a Merkle root (RFC 9162) for each section:
leaves are the record lines without 0A, and the blobs' bytes. A blob is called by its SHA-256.

Receiving writes what it reads into an encrypted staging file, verifies the signature before it looks
at any record, and reports success only when the seal's end, counts, sizes, both roots and every
record's form are verified; anything else removes the staging file and raises Invalid:

    package-truncated           the file ends too early
    package-seal-broken         something was changed after sealing
    package-wrong-recipient     sealed for, or addressed to, somebody else
    package-format              not a package, or of a later version
    package-manifest-too-large, package-manifest-malformed
    package-signature           the manifest is not signed by the sender's key
    package-too-large           more is promised than this node accepts
    package-bomb                more comes out than was promised, or unpacking wants too much memory
    package-compression         the compressed stream is damaged
    package-counts              fewer or other records, blobs or bytes than promised
    package-root                records or blobs are not those the manifest was signed for
    package-record-malformed    a record is not a canonical JSON object with a kind (or too long)
    package-blob-malformed      a blob is too long or comes twice
"""

from gada.engine.formats.package_manifest import MANIFEST_TYP, Address, Contents, Limits, Manifest
from gada.engine.formats.package_reader import PackageReader, StagedRecord
from gada.engine.formats.package_receiving import read_manifest, receive_package
from gada.engine.formats.package_writer import FinishedPackage, PackageWriter

__all__ = [
    "MANIFEST_TYP",
    "Address",
    "Contents",
    "FinishedPackage",
    "Limits",
    "Manifest",
    "PackageReader",
    "PackageWriter",
    "StagedRecord",
    "read_manifest",
    "receive_package",
]
