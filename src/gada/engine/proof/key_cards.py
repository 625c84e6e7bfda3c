"""Key cards: what a node hands to a partner so that both know whom they talk to.

A root key, kept offline, certifies three working keys: signing (Ed25519), sealing (age X25519) and
HTTP (Ed25519). Two people read the fingerprint aloud to each other; it depends on the node and its
root only, so that it stays the same when the working keys rotate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.proof.digests import sha256
from gada.engine.proof.sealing import check_recipient
from gada.engine.proof.signing import (
    from_base64url,
    is_weak,
    key_id_of,
    public_key_of,
    sign,
    to_base64url,
    verify,
)
from gada.engine.refusal import Invalid

TYP = "key-card"
KINDS = frozenset({"humanitarian", "civil", "border", "security"})
_FIELDS = {"format", "version", "node_id", "name", "kind", "country", "training", "root", "keys", "serial",
           "valid_from", "certificate"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyCard:
    """Public keys are raw 32 bytes; `sealing` is an age recipient; `serial` grows with each rotation."""

    node_id: UUID
    name: str
    kind: str
    country: str
    training: bool
    root: bytes
    signing: bytes
    sealing: str
    http: bytes
    serial: int
    valid_from: datetime
    certificate: str

    def to_bytes(self) -> bytes:
        """The card as a file: canonical JSON."""
        return canonical_bytes(_document(self) | {"certificate": self.certificate})

    @property
    def signing_key_id(self) -> str:
        return key_id_of(self.signing)

    @property
    def http_key_id(self) -> str:
        return key_id_of(self.http)


def issue_key_card(
    root_private: bytes,
    *,
    node_id: UUID,
    name: str,
    kind: str,
    country: str,
    training: bool,
    signing: bytes,
    sealing: str,
    http: bytes,
    serial: int,
    valid_from: datetime,
) -> KeyCard:
    """Certify three public working keys under the root key. `country` is ISO 3166-1 alpha-3."""
    root = public_key_of(root_private)
    card = KeyCard(node_id, name, kind, country, training, root, signing, sealing, http, serial,
                   valid_from.astimezone(UTC).replace(microsecond=0), certificate="")  # fmt: skip
    certificate = sign(
        root_private, typ=TYP, payload=canonical_bytes(_document(card)), key_id=key_id_of(root)
    )
    return read_key_card(canonical_bytes(_document(card) | {"certificate": certificate}))


def read_key_card(data: bytes) -> KeyCard:
    """The card, its certificate verified under the root it names — trust in that root is for two people.

    Raises Invalid `key-card-malformed` or `signature-…`.
    """
    try:
        document = parse_canonical(data, largest_bytes=16 * 1024)
        card = _card(document)
    except (KeyError, TypeError, ValueError, AttributeError, Invalid):
        raise Invalid("key-card-malformed", "This is not a key card that can be read.") from None
    verify(card.root, card.certificate, typ=TYP, payload=canonical_bytes(_document(card)),
           key_id=key_id_of(card.root))  # fmt: skip
    return card


def check_succession(*, old: KeyCard, new: KeyCard) -> None:
    """Raises Invalid unless `new` may replace `old` without two people meeting again."""
    if (new.node_id, new.root, new.kind, new.training) != (old.node_id, old.root, old.kind, old.training):
        raise Invalid(
            "key-card-other-root", "This card comes from another node or root key: peer again, in person."
        )
    if new.serial <= old.serial:
        raise Invalid("key-card-older", "A newer key card of this partner is already known.")


def fingerprint(card: KeyCard) -> str:
    """Forty digits in eight groups of five, to be read aloud: 132 bits of node and root key."""
    identity = canonical_bytes({"node_id": str(card.node_id), "root": to_base64url(card.root)})
    number = int.from_bytes(sha256(b"gada/fingerprint/1\x00" + identity), "big") % 10**40
    digits = f"{number:040d}"
    return " ".join(digits[at : at + 5] for at in range(0, 40, 5))


def _document(card: KeyCard) -> dict[str, Any]:
    return {
        "format": "gada-key-card",
        "version": 1,
        "node_id": str(card.node_id),
        "name": card.name,
        "kind": card.kind,
        "country": card.country,
        "training": card.training,
        "root": to_base64url(card.root),
        "keys": {
            "signing": to_base64url(card.signing),
            "sealing": card.sealing,
            "http": to_base64url(card.http),
        },
        "serial": card.serial,
        "valid_from": card.valid_from.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _card(document: dict[str, Any]) -> KeyCard:
    keys = document["keys"]
    if set(document) != _FIELDS or set(keys) != {"signing", "sealing", "http"}:
        raise ValueError("unknown fields")
    card = KeyCard(
        node_id=UUID(document["node_id"]),
        name=document["name"],
        kind=document["kind"],
        country=document["country"],
        training=document["training"],
        root=from_base64url(document["root"]),
        signing=from_base64url(keys["signing"]),
        sealing=keys["sealing"],
        http=from_base64url(keys["http"]),
        serial=document["serial"],
        valid_from=datetime.strptime(document["valid_from"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
        certificate=document["certificate"],
    )
    check_recipient(card.sealing)
    well_formed = (
        isinstance(card.name, str)
        and 0 < len(card.name) <= 200
        and card.kind in KINDS
        and len(card.country) == 3
        and card.country.isascii()
        and card.country.isupper()
        and isinstance(card.training, bool)
        and type(card.serial) is int
        and card.serial > 0
        and {len(card.root), len(card.signing), len(card.http)} == {32}
        and not any(map(is_weak, (card.root, card.signing, card.http)))
        and len({card.root, card.signing, card.http}) == 3  # one key, one use
        and _document(card) | {"certificate": card.certificate} == document
    )
    if not well_formed:
        raise ValueError("malformed card")
    return card
