"""Witnesses: we countersign a partner's head only if it continues the one we countersigned before.

An accusation needs evidence: two heads of one size, or a proof from the very size we countersigned that does not hold.
Answers get lost and contacts overtake each other, so a proof from another size, or an older head, is only asked again.
Which partner may ask, and how, is the exchange room's business.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.merkle import Tree, verify_consistency
from gada.engine.proof.signing import sign, verify
from gada.engine.refusal import Refusal
from gada.journal.entry import stamp
from gada.journal.models import Countersignature, Head, LogEntry, WitnessedHead
from gada.vault.working_keys import working_key

WITNESS_TYPE = "countersignature"


def consistency_from(head: Head, *, old_size: int) -> list[bytes]:
    """The RFC 9162 proof that our head continues our own tree of `old_size` entries."""
    if old_size == 0:
        return []
    leaves = LogEntry.objects.filter(log=head.log, position__lt=head.size).order_by("position")
    return Tree(bytes(leaf) for leaf in leaves.values_list("leaf", flat=True)).consistency_proof(old_size, head.size)


def last_witnessed(node_id: UUID, log_id: UUID) -> WitnessedHead | None:
    """The newest head of that log that we countersigned."""
    return WitnessedHead.objects.filter(node_id=node_id, log_id=log_id).order_by("-size").first()


def countersign(
    *, document: bytes, signature: str, signer_public: bytes, node_id: UUID, proof_from: int, proof: Sequence[bytes],
    at: datetime,
) -> WitnessedHead:
    """Countersign a partner's head. Raises Refusal `head-rewritten` when it contradicts what we witnessed, and
    `head-proof` (with the `size` to prove it from) when it only does not show that it continues it."""
    verify(signer_public, signature, typ="head", payload=document)
    head = json.loads(document)
    if UUID(head["node_id"]) != node_id:
        raise Refusal("head-of-another", "This head belongs to another node.")
    size, root, log_id = int(head["size"]), bytes.fromhex(head["root"]), UUID(head["log"])
    before = last_witnessed(node_id, log_id)
    if before and size > before.size:
        if proof_from != before.size:
            raise _proof_wanted(before)
        if not verify_consistency(
            old_size=before.size, old_root=bytes(before.root), size=size, root=root, proof=proof
        ):
            raise _rewritten(before)
    if before and size < before.size:
        raise _proof_wanted(before)
    key = working_key("signing")
    witnessed, _ = WitnessedHead.objects.get_or_create(
        node_id=node_id, log_id=log_id, size=size,
        defaults={
            "root": root, "document": document, "signature": signature, "witnessed_at": at,
            "countersignature": sign(
                bytes.fromhex(key.private), typ=WITNESS_TYPE, payload=witness_document(document), key_id=key.key_id
            ),
        },
    )
    if bytes(witnessed.root) != root:
        raise _rewritten(witnessed)
    return witnessed


def _proof_wanted(before: WitnessedHead) -> Refusal:
    return Refusal(
        "head-proof", "Show that this journal continues the one we countersigned at %(size)s entries.", size=before.size
    )


def _rewritten(before: WitnessedHead) -> Refusal:
    return Refusal(
        "head-rewritten",
        "This journal does not continue the one we countersigned at %(size)s entries. Somebody rewrote it.",
        size=before.size,
    )


def witness_document(head_document: bytes) -> bytes:
    """What a witness signs: the head's digest under its own words, so no other signature can pass for it."""
    return canonical_bytes({"v": 1, "head": digest_hex(head_document)})


def keep_countersignature(
    *, head: Head, witness: UUID, witness_name: str, public_key: bytes, signature: str, at: datetime
) -> Countersignature:
    """Keep a partner's countersignature of our head, after checking it."""
    verify(public_key, signature, typ=WITNESS_TYPE, payload=witness_document(bytes(head.document)))
    kept, _ = Countersignature.objects.get_or_create(
        head=head, witness=witness,
        defaults={
            "witness_name": witness_name, "public_key": public_key, "signature": signature, "signed_at": at,
        },
    )
    return kept


def describe_head(head: Head) -> dict[str, object]:
    """A head as it is sent to a witness."""
    return {"document": bytes(head.document).decode(), "signature": head.signature, "sealed_at": stamp(head.sealed_at)}
