"""Agreements: prepared, signed by two named people on each side, exchanged, in force (exchange.md §1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.ids import new_id
from gada.engine.proof.key_cards import KeyCard
from gada.engine.proof.signing import to_base64url
from gada.engine.refusal import Invalid, NotPermitted, Refusal
from gada.exchange.models import Agreement, Peer
from gada.exchange.rules.gate import FORCES, STATES
from gada.exchange.rules.terms import Terms, decision_digests, read_terms
from gada.exchange.services.calling import call
from gada.exchange.services.peers import peer_called
from gada.exchange.services.standing import agreement_called, own_id
from gada.exchange.services.words import node_reference, read_words, sign_words, when
from gada.vault.cards import own_card

SIGNATURE, RECEIPT = "agreement", "agreement-receipt"
BUNDLE_BYTES = 1 << 20


def party_of(card: KeyCard, *, contact: str) -> dict[str, str]:
    """One party as the agreement names it."""
    return {
        "node_id": str(card.node_id),
        "name": card.name,
        "country": card.country,
        "kind": card.kind,
        "root": to_base64url(card.root),
        "contact": contact,
    }


@transaction.atomic
def draft_agreement(
    *,
    operator: Operator,
    peer_id: UUID,
    clauses: Mapping[str, Any],
    at: datetime,
    supersedes: str | None = None,
    contact: str = "",
    their_contact: str = "",
) -> Agreement:
    """Prepare an agreement with a partner. `clauses` are the fields of the document that people decide
    (purpose, legal_basis, people, fields, biometrics, modes, tokens, limits, dates …); the rest is filled in.

    In `people` the keys "ours" and "theirs", and in directions and authorities the words "ours" and "theirs",
    stand for the node ids.
    """
    authorize(operator, "agreement.draft")
    peer = peer_called(peer_id)
    before = agreement_called(supersedes) if supersedes else None
    parties = sorted(
        (party_of(own_card(), contact=contact), party_of(peer.keys, contact=their_contact)),
        key=lambda p: p["node_id"],
    )
    document = {
        "format": "gada-agreement",
        "v": 1,
        "agreement_id": str(before.agreement_id if before else new_id()),
        "version": before.version + 1 if before else 1,
        "supersedes": before.digest if before else None,
        "parties": parties,
        "decision": decision_digests(),
        "onward_transfer": False,
        **_named(clauses, {"ours": str(own_id()), "theirs": str(peer.id)}),
    }
    terms = read_terms(canonical_bytes(document))
    _check_wall(terms)
    return _keep(canonical_bytes(document), peer, by=operator, drafted_here=True, at=at)


@transaction.atomic
def sign_agreement(*, operator: Operator, digest: str, at: datetime) -> Agreement:
    """The exchange officer puts their name under it; it counts once the data-protection officer has countersigned."""
    authorize(operator, "agreement.sign")
    agreement = agreement_called(digest)
    _check_signable(agreement, at)
    signed: Agreement = journal.record(
        "agreement.signed",
        by=operator,
        about=("agreement", agreement.agreement_id),
        purpose="exchange",
        at=at,
        facts={"digest": digest, "signed_by": operator.name, "signer": str(operator.id)},
    )
    return signed


@transaction.atomic
def countersign_agreement(*, operator: Operator, digest: str, at: datetime) -> Agreement:
    """The data-protection officer countersigns, and the node signs for both. Never the same person twice."""
    authorize(operator, "agreement.countersign")
    agreement = agreement_called(digest)
    _check_signable(agreement, at)
    if not agreement.signed_by:
        raise Refusal("agreement-unsigned-yet", _("The exchange officer signs first."))
    if agreement.signer == operator.id:
        raise NotPermitted(
            "two-people-sign", _("Two people sign: the exchange officer and the data-protection officer.")
        )
    signature = sign_words(
        SIGNATURE,
        {
            "agreement": digest,
            "party": str(own_id()),
            "signed_by": agreement.signed_by,
            "countersigned_by": operator.name,
            "at": when(at),
        },
    )
    journal.record(
        "agreement.countersigned",
        by=operator,
        about=("agreement", agreement.agreement_id),
        purpose="exchange",
        at=at,
        facts={"digest": digest, "signature": signature},
    )
    _advance(digest, at=at)
    return agreement_called(digest)


def bundle_of(digest: str) -> bytes:
    """Everything we hold of an agreement, as a file or a message: text, our signature, our receipt."""
    agreement = agreement_called(digest)
    if not agreement.our_signature:
        raise Refusal("agreement-unsigned-yet", _("Sign and countersign the agreement before sending it."))
    return canonical_bytes(
        {
            "format": "gada-agreement-file",
            "document": agreement.document,
            "signature": agreement.our_signature,
            "receipt": agreement.our_receipt or None,
        }
    )


def send_agreement(*, operator: Operator, digest: str, at: datetime) -> Agreement:
    """Bring what we hold of an agreement to the partner, and take in what they hold of it. Raises Refusal."""
    authorize(operator, "agreement.exchange")
    agreement = agreement_called(digest)
    answer = call(agreement.peer, "POST", "agreements", body=bundle_of(digest), at=at).json()
    if answer.get("bundle"):
        receive_bundle(str(answer["bundle"]).encode(), at=at, sender=agreement.peer)
        if not agreement.their_receipt and agreement_called(digest).our_receipt:
            # Now that we hold both signatures, our receipt lets it come into force there too.
            answer = call(agreement.peer, "POST", "agreements", body=bundle_of(digest), at=at).json()
            if answer.get("bundle"):
                receive_bundle(str(answer["bundle"]).encode(), at=at, sender=agreement.peer)
    return agreement_called(digest)


def receive_bundle(
    data: bytes, *, at: datetime, sender: Peer | None = None, operator: Operator | None = None
) -> Agreement:
    """Take in a partner's text, signature and receipt, whatever of it is new. Raises Refusal, Invalid."""
    if operator is not None:
        authorize(operator, "agreement.exchange")
    body = _read_bundle(data)
    document = body["document"].encode()
    terms = read_terms(document)
    peer = _partner_in(terms, sender)
    _check_wall(terms)
    with transaction.atomic():
        # Their signature first: nobody else's text is ever kept.
        signature = read_words(body["signature"], typ=SIGNATURE, card=peer.keys)
        if signature["agreement"] != terms.digest or signature["party"] != str(peer.id):
            raise Invalid(
                "agreement-signature", _("The signature belongs to another agreement or another partner.")
            )
        agreement = _keep(document, peer, by=operator or peer.reference, drafted_here=False, at=at)
        if not agreement.their_signature:
            _record(
                agreement,
                "agreement.partner_signed",
                {"signature": body["signature"]},
                by=peer.reference,
                at=at,
            )
        if body["receipt"] is not None and agreement_called(terms.digest).active_since is None:
            _check_receipt(body["receipt"], agreement_called(terms.digest))
            _record(agreement, "agreement.activated", {"receipt": body["receipt"]}, by=peer.reference, at=at)
        _advance(terms.digest, at=at)
    return agreement_called(terms.digest)


def _advance(digest: str, *, at: datetime) -> None:
    """Once both signatures are here, say so to the partner in a signed receipt."""
    agreement = agreement_called(digest)
    if agreement.our_signature and agreement.their_signature and not agreement.our_receipt:
        receipt = sign_words(RECEIPT, {**_receipted(agreement), "party": str(own_id()), "at": when(at)})
        _record(agreement, "agreement.receipted", {"receipt": receipt}, by=node_reference(), at=at)


def _receipted(agreement: Agreement) -> dict[str, Any]:
    digests = sorted(
        digest_hex(text.encode()) for text in (agreement.our_signature, agreement.their_signature)
    )
    return {"agreement": agreement.digest, "signatures": digests}


def _check_receipt(receipt: str, agreement: Agreement) -> None:
    if not agreement.our_signature:
        raise Refusal(
            "agreement-receipt-early", _("The partner confirms a signature that we have not given.")
        )
    body = read_words(receipt, typ=RECEIPT, card=agreement.peer.keys)
    if {name: body.get(name) for name in ("agreement", "signatures")} != _receipted(agreement) or body.get(
        "party"
    ) != str(agreement.peer_id):
        raise Invalid(
            "agreement-receipt", _("The partner’s receipt does not name the signatures that we hold.")
        )


def _keep(document: bytes, peer: Peer, *, by: Any, drafted_here: bool, at: datetime) -> Agreement:
    terms = read_terms(document)
    known = Agreement.objects.select_related("peer").filter(digest=terms.digest).first()
    if known is not None:
        return known
    if Agreement.objects.filter(agreement_id=terms.agreement_id, version=terms.version).exists():
        raise Refusal(
            "agreement-other-text", _("There is already another text of this version. Prepare a new version.")
        )
    if terms.supersedes is not None:
        before = agreement_called(terms.supersedes)
        if before.agreement_id != terms.agreement_id or before.version + 1 != terms.version:
            raise Invalid(
                "agreement-malformed",
                _("This agreement cannot be read: look at the clause “%(clause)s”."),
                clause="supersedes",
            )
    kept: Agreement = journal.record(
        "agreement.drafted",
        by=by,
        about=("agreement", terms.agreement_id),
        purpose="exchange",
        at=at,
        facts={
            "digest": terms.digest,
            "version": terms.version,
            "peer": str(peer.id),
            "document": document.decode(),
            "drafted_here": drafted_here,
        },
    )
    return kept


def _record(agreement: Agreement, action: str, facts: dict[str, Any], *, by: Any, at: datetime) -> None:
    journal.record(
        action,
        by=by,
        about=("agreement", agreement.agreement_id),
        facts={"digest": agreement.digest, **facts},
        purpose="exchange",
        at=at,
    )


def _partner_in(terms: Terms, sender: Peer | None) -> Peer:
    """The other party, known here under the very root key that the agreement names."""
    own = own_card()
    try:
        ours = terms.party(own.node_id)
    except KeyError:
        raise Invalid("agreement-not-ours", _("This agreement is between others.")) from None
    theirs = terms.other(own.node_id)
    peer = peer_called(theirs.node_id)
    if sender is not None and sender.id != peer.id:
        raise Invalid("agreement-not-theirs", _("This agreement is not with the partner who sends it."))
    for party, card in ((ours, own), (theirs, peer.keys)):
        if (party.root, party.kind, party.country) != (to_base64url(card.root), card.kind, card.country):
            raise Invalid(
                "agreement-party", _("The agreement does not name the parties as their key cards do.")
            )
    return peer


def _check_signable(agreement: Agreement, at: datetime) -> None:
    if agreement.our_signature:
        raise Refusal("agreement-signed-already", _("This agreement already bears our signature."))
    if at >= agreement.terms.ends:
        raise Refusal(
            "agreement-expired",
            _("This agreement has ended. Sign a new version before anything flows again."),
        )
    if dict(agreement.terms.decision) != decision_digests():
        raise Refusal(
            "agreement-decision",
            _(
                "The agreement names another version of the comparison than this program has. "
                "Both sides must run the same."
            ),
        )


def _check_wall(terms: Terms) -> None:
    """What the wall would stop anyway is refused when it is written, too; the gate does not rely on it."""
    one, two = terms.parties
    kinds = {one.kind, two.kind}
    if "humanitarian" in kinds and kinds & FORCES:
        raise Refusal(
            "wall-forces",
            _("Data of aid and of refugees never go to border or security services, whatever is signed."),
        )
    if terms.biometrics.form != "none":
        sender = terms.other(UUID(terms.biometrics.to))
        if sender.kind == "humanitarian" and terms.party(UUID(terms.biometrics.to)).kind in STATES:
            raise Refusal(
                "wall-prints", _("Fingerprints taken for aid never go to a State, whatever is signed.")
            )


def _read_bundle(data: bytes) -> dict[str, Any]:
    try:
        body = parse_canonical(data, largest_bytes=BUNDLE_BYTES)
        if (
            set(body) != {"format", "document", "signature", "receipt"}
            or body["format"] != "gada-agreement-file"
        ):
            raise ValueError
        if not all(isinstance(body[name], str) for name in ("document", "signature")):
            raise ValueError
        if not isinstance(body["receipt"], str | None):
            raise ValueError
    except (Invalid, TypeError, ValueError):
        raise Invalid(
            "agreement-file-malformed", _("This is not an agreement file that can be read.")
        ) from None
    assert isinstance(body, dict)
    return body


def _named(clause: Any, names: Mapping[str, str]) -> Any:
    """The clause with "ours" and "theirs" replaced by node ids, wherever they stand alone."""
    if isinstance(clause, Mapping):
        return {names.get(key, key): _named(value, names) for key, value in clause.items()}
    if isinstance(clause, list | tuple):
        return [_named(value, names) for value in clause]
    return names.get(clause, clause) if isinstance(clause, str) else clause
