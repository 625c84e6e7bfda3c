"""What a package says about itself before anything in it is read: sender, order, sizes, roots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.proof.digests import digest_hex
from gada.engine.refusal import Invalid

MANIFEST_TYP = "manifest"
MANIFEST_BYTES = 1 << 20
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Limits:
    """What this node accepts at most, whatever a manifest promises."""

    sealed_bytes: int = 8 << 30
    content_bytes: int = 16 << 30
    record_bytes: int = 256 << 10
    blob_bytes: int = 4 << 20
    records: int = 5_000_000
    blobs: int = 1_000_000  # a receiver needs about 200 bytes of memory per blob


@dataclass(frozen=True, slots=True)
class Contents:
    """Promised and checked: counts, exact sizes of the two sections, Merkle roots (hexadecimal)."""

    records: int
    records_bytes: int
    records_root: str
    kinds: Mapping[str, int]
    blobs: int
    blobs_bytes: int
    blobs_root: str


@dataclass(frozen=True, slots=True)
class Address:
    """What the sender decides: under which agreement, from whom to whom, in which order.

    `agreement` is the agreement's digest, `previous` the digest of the manifest before (None for the
    first, sequence 1), `journal_head` and `about` any canonical JSON the two sides agreed on.
    """

    package_id: UUID
    agreement: str
    agreement_version: int
    sender: UUID
    recipient: UUID
    sequence: int
    previous: str | None
    made_at: datetime
    journal_head: Mapping[str, Any]
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Address and contents; `digest` names the package, since the roots in it cover everything."""

    address: Address
    contents: Contents

    def to_bytes(self) -> bytes:
        return canonical_bytes(_document(self))

    @property
    def digest(self) -> str:
        return digest_hex(self.to_bytes())


def read_manifest_bytes(data: bytes) -> Manifest:
    """Raises Invalid `package-manifest-malformed`. Says nothing about who wrote it."""
    try:
        document = parse_canonical(data, largest_bytes=MANIFEST_BYTES)
        manifest = Manifest(_address(document), _contents(document["contents"]))
        if _document(manifest) != document or not _sensible(manifest):
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError, Invalid):
        raise Invalid(
            "package-manifest-malformed", "The package's list of contents cannot be read."
        ) from None
    return manifest


def _document(manifest: Manifest) -> dict[str, Any]:
    address, contents = manifest.address, manifest.contents
    return {
        "format": "gada-package",
        "version": 1,
        "package_id": str(address.package_id),
        "agreement": address.agreement,
        "agreement_version": address.agreement_version,
        "sender": str(address.sender),
        "recipient": str(address.recipient),
        "sequence": address.sequence,
        "previous": address.previous,
        "made_at": address.made_at.astimezone(UTC).strftime(_INSTANT),
        "journal_head": dict(address.journal_head),
        "about": dict(address.about),
        "contents": {
            "records": contents.records,
            "records_bytes": contents.records_bytes,
            "records_root": contents.records_root,
            "kinds": dict(contents.kinds),
            "blobs": contents.blobs,
            "blobs_bytes": contents.blobs_bytes,
            "blobs_root": contents.blobs_root,
        },
    }


def _address(document: dict[str, Any]) -> Address:
    return Address(
        package_id=UUID(document["package_id"]),
        agreement=document["agreement"],
        agreement_version=document["agreement_version"],
        sender=UUID(document["sender"]),
        recipient=UUID(document["recipient"]),
        sequence=document["sequence"],
        previous=document["previous"],
        made_at=datetime.strptime(document["made_at"], _INSTANT).replace(tzinfo=UTC),
        journal_head=dict(document["journal_head"]),
        about=dict(document["about"]),
    )


def _contents(document: dict[str, Any]) -> Contents:
    return Contents(**{name: document[name] for name in Contents.__dataclass_fields__})


def _sensible(manifest: Manifest) -> bool:
    address, contents = manifest.address, manifest.contents
    counts = (
        contents.records,
        contents.records_bytes,
        contents.blobs,
        contents.blobs_bytes,
        *contents.kinds.values(),
    )
    digests = (address.agreement, contents.records_root, contents.blobs_root, address.previous or "0" * 64)
    return (
        all(type(count) is int and count >= 0 for count in counts)
        and sum(contents.kinds.values()) == contents.records
        and all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in digests)
        and all(
            type(number) is int and number >= 1 for number in (address.sequence, address.agreement_version)
        )
        and (address.sequence == 1) == (address.previous is None)
    )
