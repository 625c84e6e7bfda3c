"""Signed words between nodes: a canonical body and its signature, bound to one kind of word."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.proof.key_cards import KeyCard
from gada.engine.proof.signing import sign, verify
from gada.engine.refusal import Invalid
from gada.journal.entry import stamp
from gada.vault.working_keys import working_key


def sign_words(typ: str, body: dict[str, Any]) -> str:
    """Canonical JSON of {body, signature}, signed with this node's signing key as a `typ`."""
    key = working_key("signing")
    signature = sign(bytes.fromhex(key.private), typ=typ, payload=canonical_bytes(body), key_id=key.key_id)
    return canonical_bytes({"body": body, "signature": signature}).decode()


def read_words(text: str, *, typ: str, card: KeyCard) -> dict[str, Any]:
    """The body, once the signature is known to be this partner's. Raises Invalid `signature-…`, `words-malformed`."""
    try:
        whole = parse_canonical(text.encode())
        body, signature = whole["body"], whole["signature"]
    except (Invalid, KeyError, TypeError):
        raise Invalid("words-malformed", _("This message cannot be read.")) from None
    verify(card.signing, signature, typ=typ, payload=canonical_bytes(body))
    assert isinstance(body, dict)
    return body


def node_reference() -> tuple[str, Any]:
    """Who acts when nobody is at the desk: the node itself."""
    return ("node", vault.identity().node_id)


def when(at: datetime) -> str:
    """A moment as it is signed."""
    return stamp(at)
