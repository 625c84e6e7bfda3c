"""A partner made of real keys and real bytes, without a node: what it signs and seals is what a node would."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from gada.agencies.models import Operator
from gada.engine.formats.package import Address, PackageWriter
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.ids import new_id
from gada.engine.proof.key_cards import KeyCard, fingerprint, issue_key_card
from gada.engine.proof.sealing import new_sealing_key
from gada.engine.proof.secrets import Cipher, new_key
from gada.engine.proof.signing import key_id_of, new_signing_key, sign
from gada.exchange import services
from gada.exchange.models import Agreement, Link, Peer
from gada.exchange.rules.pairs import pair_key
from gada.exchange.services.overlap.side import permanent_handle
from gada.exchange.services.standing import own_id
from gada.journal import record
from gada.vault.cards import own_card
from tests.exchange.world import clauses

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


@dataclass
class Partner:
    """Private keys and the card that goes with them."""

    card: KeyCard
    root: bytes
    signing: bytes
    sealing: str
    http: bytes
    sequence: int = 0
    previous: str | None = None

    @classmethod
    def of_kind(
        cls,
        kind: str = "humanitarian",
        *,
        country: str = "SSD",
        training: bool = False,
        node_id: UUID | None = None,
    ) -> Partner:
        root, signing, http = (new_signing_key() for _ in range(3))
        secret, recipient = new_sealing_key()
        card = issue_key_card(
            root[0],
            node_id=node_id or new_id(),
            name="Vivres",
            kind=kind,
            country=country,
            training=training,
            signing=signing[1],
            sealing=recipient,
            http=http[1],
            serial=1,
            valid_from=AT,
        )
        return cls(card, root[0], signing[0], secret, http[0])

    @property
    def id(self) -> UUID:
        return self.card.node_id

    def words(self, typ: str, body: dict[str, Any]) -> str:
        signature = sign(
            self.signing, typ=typ, payload=canonical_bytes(body), key_id=key_id_of(self.card.signing)
        )
        return canonical_bytes({"body": body, "signature": signature}).decode()

    def meet(self, operator: Operator, **other: Any) -> Peer:
        return services.meet_peer(
            **{
                "operator": operator,
                "card": self.card.to_bytes(),
                "heard": fingerprint(self.card),
                "their_operator": "Ayen",
                "at": AT,
                **other,
            }
        )

    def bundle(
        self, agreement: Agreement, *, document: str | None = None, with_receipt: bool = True
    ) -> bytes:
        """Their side of an agreement: signature, and the receipt of both signatures once ours is there."""
        text = document or agreement.document
        signature = self.words(
            "agreement",
            {
                "agreement": digest_hex(text.encode()),
                "party": str(self.id),
                "signed_by": "Ayen",
                "countersigned_by": "Deng",
                "at": "2026-03-14T09:00:00.000000Z",
            },
        )
        receipt = None
        if with_receipt and agreement.our_signature:
            digests = sorted(digest_hex(each.encode()) for each in (agreement.our_signature, signature))
            receipt = self.words(
                "agreement-receipt",
                {
                    "agreement": agreement.digest,
                    "signatures": digests,
                    "party": str(self.id),
                    "at": "2026-03-14T09:01:00.000000Z",
                },
            )
        return canonical_bytes(
            {"format": "gada-agreement-file", "document": text, "signature": signature, "receipt": receipt}
        )

    def package(
        self,
        agreement: Agreement,
        records: list[dict[str, Any]],
        *,
        blobs: Sequence[bytes] = (),
        folder: Path,
        **changes: Any,
    ) -> bytes:
        """The next package of theirs. `changes` go into its address; signing_key and recipient_key may be others'."""
        self.sequence += 1
        signing, recipient = (
            changes.pop("signing_key", self.signing),
            changes.pop("recipient_key", own_card().sealing),
        )
        address = Address(
            **{
                "package_id": new_id(),
                "agreement": changes.pop("named", agreement.digest),
                "agreement_version": agreement.version,
                "sender": self.id,
                "recipient": own_id(),
                "sequence": self.sequence,
                "previous": self.previous,
                "made_at": AT,
                "journal_head": {},
                "about": {},
                **changes,
            }
        )
        sink = io.BytesIO()
        with PackageWriter(folder, Cipher(new_key())) as writer:
            for blob in blobs:
                writer.add_blob(blob)
            for each in records:
                writer.add_record(each)
            made = writer.finish(
                sink,
                address=address,
                recipient_key=recipient,
                signing_key=signing,
                key_id=key_id_of(self.card.signing),
            )
        self.previous = made.manifest.digest
        return sink.getvalue()


def an_agreement(
    officer: Operator, guardian: Operator, partner: Partner, *, at: datetime = AT, **other: Any
) -> Agreement:
    """An agreement in force with this partner."""
    if not Peer.objects.filter(id=partner.id).exists():
        partner.meet(officer)
    terms = clauses(**{"valid_from": "2026-03-01", "valid_until": "2027-02-01", **other})
    digest = services.draft_agreement(operator=officer, peer_id=partner.id, clauses=terms, at=at).digest
    services.sign_agreement(operator=officer, digest=digest, at=at)
    signed = services.countersign_agreement(operator=guardian, digest=digest, at=at)
    return services.receive_bundle(partner.bundle(signed), at=at)


def a_link(agreement: Agreement, person_id: UUID) -> Link:
    """Our person, linked with somebody of the partner's."""
    ours, theirs = permanent_handle(agreement.agreement_id, person_id), digest_hex(person_id.bytes)
    link: Link = record(
        "link.made",
        by=("node", own_id()),
        about=("person", person_id),
        subject=person_id,
        mentions=(person_id,),
        at=AT,
        facts={
            "id": str(new_id()),
            "agreement": str(agreement.agreement_id),
            "peer": str(agreement.peer_id),
            "our_handle": ours,
            "their_handle": theirs,
            "pair": pair_key(ours, theirs),
            "run": None,
            "total": 0,
            "print_scores": {},
        },
    )
    return link
