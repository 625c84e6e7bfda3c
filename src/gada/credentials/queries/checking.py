"""What a QR code proves, and what it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gada import vault
from gada.agencies.models import Operator
from gada.credentials.models import Card, Copy, State
from gada.credentials.queries.cards import with_states
from gada.engine.formats.claim_169 import Token, from_text, read_token
from gada.engine.proof.cose import is_signed_by, read_sign1, short_id
from gada.engine.refusal import Invalid
from gada.people.models import Person
from gada.people.queries import people_in
from gada.people.rules import read_number
from gada.vault.working_keys import all_working_keys


@dataclass(frozen=True, slots=True)
class Signer:
    """A node whose key signs cards; ours: of our own agency, so that its cards are kept here too."""

    name: str
    public: bytes
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of looking at a card.

    `signer`: whose key made the signature; None when no key this node knows did (`altered`: a key of that name is
    known, so the words were changed after signing). `card`: what this node knows of it; None when it knows nothing.
    """

    token: Token | None
    signer: Signer | None
    altered: bool = False
    key_id: str = ""
    card: Any = None
    copy: Copy | None = None
    is_newest: bool = True
    person: Person | None = None

    @property
    def ended(self) -> bool:
        """Known here as lost or cancelled."""
        return self.card is not None and self.card.state in (State.LOST, State.CANCELLED)

    @property
    def is_good(self) -> bool:
        """Signed by a key we know, and not known as ended."""
        return self.signer is not None and not self.ended


Lender = Callable[[], Iterable[Signer]]
_lenders: list[Lender] = []


def lend_signers(lenders: Iterable[Lender]) -> None:
    """Rooms above say whose keys else sign cards: partners and our own other nodes (project/reactions.py)."""
    _lenders[:] = lenders


def known_signers() -> list[Signer]:
    """This node, and every node whose key it was given."""
    name = vault.identity().name
    ours = [
        Signer(name, bytes.fromhex(key.public), is_ours=True) for key in all_working_keys() if key.use == "signing"
    ]
    return [*ours, *(signer for lender in _lenders for signer in lender())]


def check_code(viewer: Operator, text: str) -> Finding:
    """What this QR code proves to this viewer. Raises Invalid `qr-unreadable`."""
    signed = read_sign1(from_text(text))
    token = read_token(signed.payload)
    named = [signer for signer in known_signers() if short_id(signer.public) == signed.key_id]
    signer = next((each for each in named if is_signed_by(signed, each.public)), None)
    found = Finding(token, signer, altered=bool(named) and signer is None, key_id=signed.key_id.hex())
    return _with_card(viewer, found, token) if signer and signer.is_ours else found


def check_number(viewer: Operator, number: str) -> Finding:
    """What this node knows of a typed number: nothing is proven by it. Raises Invalid `number-mistyped`."""
    card = with_states(Card.objects.filter(number=read_number(number))).order_by("-lamport").first()
    return Finding(None, None, card=card, person=_person(viewer, card))


def _with_card(viewer: Operator, found: Finding, token: Token) -> Finding:
    """What this node knows of the card beyond its signature, now."""
    card: Any = with_states(Card.objects.filter(number=token.holder.number)).order_by("-lamport").first()
    copy_id = UUID(bytes=token.copy) if len(token.copy) == 16 else None
    copy = Copy.objects.filter(id=copy_id, card=card).first() if card and copy_id else None
    return Finding(
        found.token, found.signer, key_id=found.key_id, card=card, copy=copy, person=_person(viewer, card),
        is_newest=copy is None or copy.id == card.newest,
    )


def _person(viewer: Operator, card: Any) -> Person | None:
    return people_in(viewer).filter(id=card.person_id).first() if card else None


def read_picture(picture: bytes) -> str:
    """The text of the QR code on a photo or scan. Raises Invalid `qr-none`."""
    from gada.credentials.papers.reading import codes_on  # loads a library that no other page needs

    found = codes_on(picture)
    if not found:
        raise Invalid(
            "qr-none",
            "There is no readable QR code on this picture. Hold the card flat, in the light, and fill the picture.",
        )
    return found[0]
