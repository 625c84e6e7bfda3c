"""Partners: exchange key cards, read the fingerprint aloud, write down both names (exchange.md §0)."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.key_cards import KeyCard, check_succession, fingerprint, read_key_card
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.exchange.models import Peer
from gada.vault.cards import own_card


def card_file() -> bytes:
    """Our key card as handed to a partner."""
    return own_card().to_bytes()


def own_fingerprint() -> str:
    """What we read aloud to the partner."""
    return fingerprint(own_card())


@transaction.atomic
def meet_peer(
    *, operator: Operator, card: bytes, heard: str, their_operator: str, at: datetime, address: str = ""
) -> Peer:
    """Accept a partner's card. `heard` is the fingerprint as their operator read it aloud, not as the file says.

    Raises Invalid `fingerprint-differs` when what was heard is not what the card has.
    """
    authorize(operator, "peer.meet")
    read = read_key_card(card)
    _check_fit(read)
    if "".join(heard.split()) != fingerprint(read).replace(" ", ""):
        raise Invalid(
            "fingerprint-differs",
            _(
                "The digits read aloud are not those of this card. "
                "Do not accept it: ask the partner for their card again."
            ),
        )
    if not their_operator.strip():
        raise Invalid("name-missing", _("Write down the name of the person who read the digits to you."))
    known = Peer.objects.filter(id=read.node_id).first()
    if (
        known is not None
        and known.state == "active"
        and known.keys.serial >= read.serial
        and known.card != card.decode()
    ):
        raise Invalid("key-card-older", "A newer key card of this partner is already known.")
    met: Peer = journal.record(
        "peer.met",
        by=operator,
        about=("peer", read.node_id),
        purpose="exchange",
        at=at,
        facts={
            "id": str(read.node_id),
            "card": card.decode(),
            "fingerprint": fingerprint(read),
            "address": check_address(address),
            "our_operator": operator.name,
            "their_operator": normalise_text(" ".join(their_operator.split())),
        },
    )
    return met


@transaction.atomic
def renew_card(*, peer: Peer, card: bytes, at: datetime, by: object = None) -> Peer:
    """Take a partner's newer card, certified by the same root: no need to meet again."""
    read = read_key_card(card)
    check_succession(old=peer.keys, new=read)
    renewed: Peer = journal.record(
        "peer.card_renewed",
        by=by or peer.reference,
        about=("peer", peer.id),
        facts={"card": card.decode()},
        purpose="exchange",
        at=at,
    )
    return renewed


@transaction.atomic
def renew_from_file(*, operator: Operator, card: bytes, at: datetime) -> Peer:
    """Take a newer card that came by file. It belongs to whom it says: the root we once heard certifies it."""
    authorize(operator, "peer.renew")
    return renew_card(peer=peer_called(read_key_card(card).node_id), card=card, at=at, by=operator)


@transaction.atomic
def move_peer(*, operator: Operator, peer_id: UUID, address: str, at: datetime) -> Peer:
    """Set where a partner answers (empty: only by file)."""
    authorize(operator, "peer.move")
    peer = peer_called(peer_id)
    moved: Peer = journal.record(
        "peer.moved",
        by=operator,
        about=("peer", peer.id),
        facts={"address": check_address(address)},
        purpose="exchange",
        at=at,
    )
    return moved


@transaction.atomic
def revoke_peer(*, operator: Operator, peer_id: UUID, reason: str, at: datetime) -> Peer:
    """Withdraw the trust in a partner: nothing flows to or from them until two people meet again."""
    authorize(operator, "peer.revoke")
    peer = peer_called(peer_id)
    revoked: Peer = journal.record(
        "peer.revoked",
        by=operator,
        about=("peer", peer.id),
        facts={"reason": normalise_text(reason)},
        purpose="exchange",
        at=at,
    )
    return revoked


def peer_called(peer_id: UUID) -> Peer:
    """The partner. Raises NotFound `partner-unknown`."""
    peer = Peer.objects.filter(id=peer_id).first()
    if peer is None:
        raise NotFound("partner-unknown", _("This partner is not known here. Exchange key cards first."))
    return peer


def check_address(address: str) -> str:
    """`https://host[:port]`, or plain http where the network is our own. Raises Invalid `address-malformed`."""
    plain = address.strip().rstrip("/")
    parts = urlsplit(plain)
    if plain and (
        parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username
    ):
        raise Invalid("address-malformed", _("Give the partner’s address like https://node.example.org"))
    return plain


def _check_fit(card: KeyCard) -> None:
    own = vault.identity()
    if card.node_id == own.node_id:
        raise Invalid("card-our-own", _("This is our own card. Ask the partner for theirs."))
    if card.training != own.training:
        raise Refusal(
            "training-never-mixes",
            _("One of the two nodes is for training. Training never mixes with real data."),
        )
