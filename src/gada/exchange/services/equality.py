"""Proving that all settled values are equal, and finding who differs when they are not (exchange.md §5).

Both sides order their links by pair, leave out the fields that wait for a person on either side, and build one
leaf per pair. Equal roots end it; unequal ones are walked down, sixteen ranges a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.merkle import leaf_hash, root
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.models import Agreement, Link, Peer, Proposal
from gada.exchange.rules.fields import FIELDS
from gada.exchange.rules.terms import Terms
from gada.exchange.services.calling import call
from gada.exchange.services.overlap.messages import open_message, seal_message
from gada.exchange.services.standing import agreement_called, current_agreement, must_send, own_id
from gada.exchange.services.values import values_of
from gada.exchange.services.words import read_words, sign_words, when

SETTLED = "settled"
FAN_OUT = 16
MOST_DIFFERING = 500
Waiting = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Equality:
    """What was proven: how many people, how many fields wait, whether all else is equal, who differs."""

    people: int
    waiting: int
    equal: bool
    differing: tuple[UUID, ...]
    at: datetime
    our_statement: str
    their_statement: str


def prove_equality(*, operator: Operator, agreement_id: UUID, at: datetime) -> Equality:
    """Compare our settled values with the partner's, without sending any."""
    authorize(operator, "package.send")
    agreement = current_agreement(agreement_id)
    must_send(agreement, at=at)
    ours = waiting_fields(agreement)
    opened = _ask(agreement, {"ask": "waiting", "waiting": ours}, at=at)
    both = merge_waiting(ours, opened["waiting"])
    leaves = settled_leaves(agreement, both)
    statement = _state(agreement, leaves, both, at=at)
    closed = _ask(agreement, {"ask": "root", "waiting": both, "statement": statement}, at=at)
    theirs = read_words(closed["statement"], typ=SETTLED, card=agreement.peer.keys)
    equal = theirs["root"] == root(leaf for _pair, leaf in leaves).hex()
    differing: tuple[UUID, ...] = ()
    if not equal:
        pairs = _walk(agreement, leaves, both, at=at)
        found = Link.objects.filter(agreement_id=agreement_id, pair__in=pairs, withdrawn_at=None)
        differing = tuple(found.values_list("person_id", flat=True))
    result = Equality(
        len(leaves), sum(map(len, both.values())), equal, differing, at, statement, closed["statement"]
    )
    _record(agreement, result, by=operator, at=at)
    return result


def answer_equality(*, peer: Peer, sealed: bytes, at: datetime) -> bytes:
    """The partner's question about settled values: what waits here, our root, the hashes of some ranges."""
    said = open_message(sealed)
    try:
        agreement, ask = agreement_called(str(said["agreement"])), str(said["ask"])
        if agreement.peer_id != peer.id:
            raise KeyError
        must_send(agreement, at=at)
        if ask == "waiting":
            _waiting(said["waiting"])
            return seal_message(peer, {"waiting": waiting_fields(agreement)})
        leaves = settled_leaves(agreement, _waiting(said["waiting"]))
        if ask == "root":
            read_words(said["statement"], typ=SETTLED, card=peer.keys)
            return seal_message(peer, {"statement": _state(agreement, leaves, said["waiting"], at=at)})
        return seal_message(peer, {"hashes": _hashes(leaves, str(said["prefix"]))})
    except (KeyError, TypeError, ValueError):
        raise Invalid("words-malformed", _("This message cannot be read.")) from None


def waiting_fields(agreement: Agreement) -> dict[str, list[str]]:
    """pair → fields that wait for a person here."""
    rows = Proposal.objects.filter(
        link__agreement_id=agreement.agreement_id, link__withdrawn_at=None, state="open"
    )
    found: dict[str, list[str]] = {}
    for pair, field in rows.order_by("link__pair", "field").values_list("link__pair", "field").distinct():
        found.setdefault(pair, []).append(field)
    return found


def merge_waiting(ours: Waiting, theirs: Any) -> dict[str, list[str]]:
    """Fields that wait on either side."""
    said = _waiting(theirs)
    return {
        pair: sorted(set(ours.get(pair, ())) | set(said.get(pair, ()))) for pair in sorted({*ours, *said})
    }


def settled_leaves(agreement: Agreement, waiting: Waiting) -> list[tuple[str, bytes]]:
    """(pair, leaf) in the order of pairs: a digest of each person's settled agreed values."""
    fields = settled_fields(agreement.terms)
    links = list(Link.objects.filter(agreement_id=agreement.agreement_id, withdrawn_at=None).order_by("pair"))
    values = values_of([link.person_id for link in links], fields)
    leaves = []
    for link in links:
        left_out = set(waiting.get(link.pair, ()))
        settled = {
            name: _plain(name, values[link.person_id].get(name)) for name in fields if name not in left_out
        }
        leaves.append((link.pair, leaf_hash(bytes.fromhex(link.pair) + canonical_bytes(settled))))
    return leaves


def settled_fields(terms: Terms) -> list[str]:
    """Fields whose differences can be settled, in order."""
    return sorted(name for name in terms.fields if FIELDS[name].settled)


def _plain(field: str, value: Any) -> Any:
    """What `same_value` calls the same has one form here."""
    if field == "birth" and value:
        return [value["from"], value["to"]]
    return " ".join(value.split()).casefold() if isinstance(value, str) else value


def _state(
    agreement: Agreement, leaves: Sequence[tuple[str, bytes]], waiting: Waiting, *, at: datetime
) -> str:
    return sign_words(
        SETTLED,
        {
            "agreement": agreement.digest,
            "party": str(own_id()),
            "people": len(leaves),
            "waiting": sum(map(len, waiting.values())),
            "waiting_digest": digest_hex(canonical_bytes(dict(waiting))),
            "root": root(leaf for _pair, leaf in leaves).hex(),
            "at": when(at),
        },
    )


def _walk(
    agreement: Agreement, leaves: Sequence[tuple[str, bytes]], waiting: Waiting, *, at: datetime
) -> list[str]:
    """Pairs that differ: descend by the hexadecimal digits of the pair, sixteen ranges a message."""
    found: list[str] = []
    prefixes = [""]
    while prefixes and len(found) < MOST_DIFFERING:
        prefix = prefixes.pop()
        theirs = _ask(agreement, {"ask": "hashes", "waiting": waiting, "prefix": prefix}, at=at)["hashes"]
        ours = _hashes(leaves, prefix)
        for digit in sorted(set(ours) | set(theirs)):
            mine, other = ours.get(digit), theirs.get(digit)
            if mine == other:
                continue
            if mine and other and (mine[0] > 1 or other[0] > 1):
                prefixes.append(prefix + digit)
            else:
                found.extend(pair for pair, _leaf in leaves if pair.startswith(prefix + digit))
    return found


def _hashes(leaves: Sequence[tuple[str, bytes]], prefix: str) -> dict[str, list[Any]]:
    """next digit → [how many pairs, root over them], for the pairs that begin with this prefix."""
    ranges: dict[str, list[bytes]] = {}
    for pair, leaf in leaves:
        if pair.startswith(prefix) and len(pair) > len(prefix):
            ranges.setdefault(pair[len(prefix)], []).append(leaf)
    return {digit: [len(part), root(part).hex()] for digit, part in ranges.items()}


def _ask(agreement: Agreement, question: dict[str, Any], *, at: datetime) -> Any:
    sealed = seal_message(agreement.peer, {"agreement": agreement.digest, **question})
    return open_message(
        call(agreement.peer, "POST", "equality", body=sealed, content_type="application/age", at=at).body
    )


def _waiting(said: Any) -> Waiting:
    try:
        found = {str(pair): [str(field) for field in fields] for pair, fields in dict(said).items()}
    except (TypeError, ValueError):
        raise Invalid("words-malformed", _("This message cannot be read.")) from None
    if not all(field in FIELDS for fields in found.values() for field in fields):
        raise Refusal("field-not-agreed", _("The agreement does not cover this field: %(field)s."), field="?")
    return found


@transaction.atomic
def _record(agreement: Agreement, result: Equality, *, by: Any, at: datetime) -> None:
    journal.record(
        "agreement.compared",
        by=by,
        about=("agreement", agreement.agreement_id),
        purpose="exchange",
        at=at,
        facts={
            "people": result.people,
            "waiting": result.waiting,
            "equal": result.equal,
            "differing": len(result.differing),
            "ours": result.our_statement,
            "theirs": result.their_statement,
        },
    )
