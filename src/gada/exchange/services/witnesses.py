"""Contact with partners: newest notices, signed heads, countersignatures (exchange.md §1 and §8)."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.models import Peer
from gada.exchange.rules.fields import is_uuid
from gada.exchange.services.calling import RefusedByPartner, call
from gada.exchange.services.linking import pair_answers, take_pair_answers, take_withdrawals, withdrawals_for
from gada.exchange.services.peers import renew_card
from gada.exchange.services.suspending import notices_for, receive_notice
from gada.exchange.services.words import node_reference
from gada.journal.logs import own_log
from gada.journal.models import Countersignature, Head, WitnessedHead
from gada.journal.witnessing import (
    consistency_from,
    countersign,
    describe_head,
    keep_countersignature,
    last_witnessed,
)
from gada.vault.cards import own_card, own_serial

logger = logging.getLogger("gada.exchange")
PROOF_WANTED = "head-proof"
WITNESS_EVERY_SECONDS = 600  # heads leave at fixed times: each one tells how much the journal grew


def beat_all(*, at: datetime) -> dict[str, str]:
    """Greet every partner with an address; name → "reached" or the code of what went wrong."""
    outcome: dict[str, str] = {}
    for peer in Peer.objects.filter(state="active").exclude(address=""):
        try:
            beat(peer, at=at)
            outcome[peer.name] = "reached"
        except Refusal as refusal:
            outcome[peer.name] = refusal.code
            logger.warning("partner %s: %s", peer.id, refusal.code)
    return outcome


def beat(peer: Peer, *, at: datetime, witness: bool | None = None) -> None:
    """One contact: our notices and, when it is time, our head; theirs in return, countersigned both ways."""
    due = _witness_is_due(peer, at) if witness is None else witness
    try:
        answer = call(peer, "POST", "heartbeat", body=canonical_bytes(greeting(peer, with_head=due)), at=at).json()
    except RefusedByPartner as no:
        if no.code != PROOF_WANTED:
            raise
        # An answer of theirs was lost, or another contact was quicker: they know more of our journal than we thought.
        said = greeting(peer, with_head=True, proof_from=int(no.their_facts["size"]))
        answer = call(peer, "POST", "heartbeat", body=canonical_bytes(said), at=at).json()
    Peer.objects.filter(id=peer.id).update(last_contact=at)
    peer = _exchange_cards(peer, answer, at=at)
    try:
        thanks = take_greeting(peer, answer, at=at)
    except Refusal as refusal:
        if refusal.code != PROOF_WANTED:
            raise
        return  # their head was countersigned in another contact meanwhile; the next one goes on from there
    if thanks.get("countersignature"):
        call(peer, "POST", "countersignature", body=canonical_bytes(thanks["countersignature"]), at=at)


def greeting(peer: Peer, *, with_head: bool, proof_from: int | None = None) -> dict[str, Any]:
    """What we say at each contact. Our head is proven from the size that they hold, as far as we know.

    Raises Refusal `journal-behind` when they hold more of our journal than we do.
    """
    head = Head.objects.filter(log=own_log()).order_by("-size").first() if with_head else None
    theirs = _newest_witnessed(peer)
    said: dict[str, Any] = {
        "v": 1,
        "notices": notices_for(peer),
        "head": None,
        "answers": pair_answers(peer),
        "withdrawn": withdrawals_for(peer),
        "cards": {"mine": own_serial(), "yours": peer.keys.serial},
        "witnessed": {"log": str(theirs.log_id), "size": theirs.size} if theirs else None,
    }
    if head is not None:
        if proof_from is None:
            seen = _last_countersigned(peer.id)
            proof_from = seen.head.size if seen else 0
        if proof_from > head.size:
            raise Refusal(
                "journal-behind",
                _(
                    "The partner countersigned %(theirs)s entries of our journal, and we hold only %(ours)s. "
                    "This node was set back: restore its newest backup, which begins the journal anew."
                ),
                theirs=proof_from,
                ours=head.size,
            )
        proof = consistency_from(head, old_size=proof_from) if proof_from < head.size else []
        said["head"] = {**describe_head(head), "from": proof_from, "proof": [each.hex() for each in proof]}
    return said


def _exchange_cards(peer: Peer, answer: Any, *, at: datetime) -> Peer:
    """Bring our new card and fetch theirs, when either side holds an older one of the other."""
    serials = answer.get("cards") if isinstance(answer, dict) else None
    if not isinstance(serials, dict):
        return peer  # they run an older program, or said nothing
    mine, yours = serials.get("mine"), serials.get("yours")
    they_lack_ours = type(yours) is int and yours < own_serial()
    we_lack_theirs = type(mine) is int and mine > peer.keys.serial
    if not (they_lack_ours or we_lack_theirs):
        return peer
    theirs = str(call(peer, "POST", "card", body=own_card().to_bytes(), at=at).json()["card"]).encode()
    return peer if theirs == peer.card.encode() else renew_card(peer=peer, card=theirs, at=at)


def answer_greeting(peer: Peer, said: Any, *, at: datetime) -> dict[str, Any]:
    """Take in a partner's greeting; our own greeting in return, with our head when they sent theirs."""
    thanks = take_greeting(peer, said, at=at)
    held = said.get("witnessed")
    try:
        from_size = int(held["size"]) if held and held["log"] == str(own_log().id) else 0
    except (KeyError, TypeError, ValueError):
        raise Invalid("words-malformed", _("This message cannot be read.")) from None
    return {**greeting(peer, with_head=bool(thanks), proof_from=max(from_size, 0)), **thanks}


def take_greeting(peer: Peer, said: Any, *, at: datetime) -> dict[str, Any]:
    """Take in a partner's greeting (or their answer to ours); gives back what they should get."""
    if not isinstance(said, dict) or said.get("v") != 1 or not isinstance(said.get("notices"), list):
        raise Invalid("words-malformed", _("This message cannot be read."))
    for document in said["notices"][:1000]:
        receive_notice(str(document), peer=peer, at=at)
    take_withdrawals(said.get("withdrawn", {}), peer=peer, at=at)
    take_pair_answers(said.get("answers", {}), peer=peer, at=at)
    if said.get("countersignature") is not None:
        take_countersignature(peer, said["countersignature"], at=at)
    if said.get("head") is None:
        return {}
    return {"countersignature": witness_head(peer, said["head"], at=at)}


def witness_head(peer: Peer, head: Any, *, at: datetime) -> dict[str, Any]:
    """Countersign a partner's head. A rewritten journal is recorded, and everything with them stops."""
    try:
        document, signature = str(head["document"]).encode(), str(head["signature"])
        proof_from, proof = int(head["from"]), [bytes.fromhex(each) for each in head["proof"]]
    except (KeyError, TypeError, ValueError):
        raise Invalid("words-malformed", _("This message cannot be read.")) from None
    try:
        _check_epoch(peer, document)
        witnessed = countersign(
            document=document,
            signature=signature,
            signer_public=peer.keys.signing,
            node_id=peer.id,
            proof_from=proof_from,
            proof=proof,
            at=at,
        )
    except Refusal as refusal:
        if refusal.code in ("head-rewritten", "head-new-epoch"):
            _remember_fork(peer, head, refusal.code, at=at)
        raise
    return {"head": document.decode(), "countersignature": witnessed.countersignature}


def take_countersignature(peer: Peer, said: Any, *, at: datetime) -> Countersignature:
    """Keep a partner's countersignature of a head of ours."""
    try:
        document, signature = str(said["head"]).encode(), str(said["countersignature"])
    except (KeyError, TypeError):
        raise Invalid("words-malformed", _("This message cannot be read.")) from None
    head = next(
        (
            each
            for each in Head.objects.filter(log=own_log()).order_by("-size")[:200]
            if bytes(each.document) == document
        ),
        None,
    )
    if head is None:
        raise Invalid("head-unknown", _("This is not a head of our journal."))
    return keep_countersignature(
        head=head,
        witness=peer.id,
        witness_name=peer.name,
        public_key=peer.keys.signing,
        signature=signature,
        at=at,
    )


def witnessed_by_us(peer: Peer) -> list[dict[str, Any]]:
    """What we remember of a partner's journal: they check theirs against it."""
    seen = WitnessedHead.objects.filter(node_id=peer.id).order_by("-size")[:20]
    return [
        {
            "log": str(each.log_id),
            "size": each.size,
            "root": bytes(each.root).hex(),
            "at": each.witnessed_at.isoformat(),
        }
        for each in seen
    ]


def fetch_witnessed(peer: Peer, *, at: datetime) -> list[dict[str, Any]]:
    """What a partner remembers of our journal, asked of the partner itself."""
    found = call(peer, "POST", "witnessed", body=b"{}", at=at).json()
    return [
        {
            "witness": peer.name,
            "log_id": UUID(each["log"]),
            "size": int(each["size"]),
            "root": bytes.fromhex(each["root"]),
        }
        for each in found["heads"]
    ]


def _check_epoch(peer: Peer, document: bytes) -> None:
    """A journal begun anew is accepted only after two people met again (design §5)."""
    before, log = _newest_witnessed(peer), str(parse_canonical(document).get("log"))
    known = is_uuid(log) and last_witnessed(peer.id, UUID(log)) is not None
    if before and not known and peer.met_at <= before.witnessed_at:
        raise Refusal(
            "head-new-epoch",
            _(
                "The partner’s journal was begun anew. Two named people must meet again before anything flows."
            ),
        )


def _newest_witnessed(peer: Peer) -> WitnessedHead | None:
    """What we countersigned last of this partner, whichever of its journals it was."""
    return WitnessedHead.objects.filter(node_id=peer.id).order_by("-witnessed_at", "-size").first()


def _witness_is_due(peer: Peer, at: datetime) -> bool:
    last = _last_countersigned(peer.id)
    return last is None or (at - last.signed_at).total_seconds() >= WITNESS_EVERY_SECONDS


def _last_countersigned(peer_id: UUID) -> Countersignature | None:
    kept = Countersignature.objects.filter(witness=peer_id, head__log=own_log()).select_related("head")
    return kept.order_by("-head__size").first()


@transaction.atomic
def _remember_fork(peer: Peer, head: Any, code: str, *, at: datetime) -> None:
    journal.record(
        "peer.forked",
        by=node_reference(),
        about=("peer", peer.id),
        purpose="exchange",
        at=at,
        facts={"head": str(head["document"]), "signature": str(head["signature"]), "code": code},
    )
