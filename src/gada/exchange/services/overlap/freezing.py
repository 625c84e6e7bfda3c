"""The population that takes part, frozen: who passed the gate, their tokens, and the entry that enrolled them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from gada import vault
from gada.engine.linkage import Features, Relative, tokens
from gada.engine.proof.commitments import CommittedToken
from gada.engine.proof.digests import sha256
from gada.engine.proof.secrets import hmac_sha256
from gada.exchange.models import Agreement
from gada.exchange.rules.gate import may
from gada.exchange.services.standing import own_id, parted, person_facts, registered_people, standing_of
from gada.journal.models import LogEntry
from gada.people.features import features_of
from gada.people.models import Document, Membership, Person
from gada.people.words import Relationship
from gada.vault.node import write_whole

BATCH = 500
_ID, _LEAF, _TOKEN = 16, 32, 32


@dataclass(frozen=True, slots=True)
class FrozenPerson:
    """One person of the frozen population. `enrolment` is the leaf of the entry that enrolled them."""

    id: UUID
    enrolment: bytes
    tokens: tuple[bytes, ...]


def freeze_population(agreement: Agreement, *, at: datetime) -> list[FrozenPerson]:
    """Everybody whom the gate lets into an overlap under this agreement, in the order of their ids."""
    terms, standing = agreement.terms, standing_of(agreement)
    key = bytes.fromhex(agreement.digest)
    frozen: list[FrozenPerson] = []
    for part in parted(registered_people()):
        facts = person_facts(part)
        let_in = [
            person_id
            for person_id in part
            if person_id in facts
            and may(
                terms,
                standing,
                mode="overlap",
                sender=own_id(),
                recipient=agreement.peer_id,
                person=facts[person_id],
                at=at,
            )
            is None
        ]
        leaves = _enrolments(let_in)
        for person_id, features in features_with_household(let_in, agreement, at=at).items():
            plain = tokens(features, recipe=terms.tokens.recipe)
            # Keyed by the agreement, so that tokens of two agreements cannot be laid side by side.
            made = tuple(sorted(hmac_sha256(key, token) for token in plain))
            frozen.append(FrozenPerson(person_id, leaves[person_id], made))
    return frozen


def features_with_household(
    people: Iterable[UUID], agreement: Agreement, *, at: datetime
) -> dict[UUID, Features]:
    """Features of these people with those they live with, except who may not be shared themselves."""
    ids = list(people)
    mine = dict(
        Membership.objects.filter(person_id__in=ids, until=None)
        .order_by("-since")
        .values_list("person_id", "household_id")
    )
    rows = Membership.objects.filter(household_id__in=set(mine.values()), until=None).select_related(
        "person", "household"
    )
    members: dict[UUID, list[Membership]] = defaultdict(list)
    for row in rows:
        members[row.household_id].append(row)
    everyone = {row.person_id: row.person for rows_ in members.values() for row in rows_}
    everyone |= Person.objects.in_bulk([person_id for person_id in ids if person_id not in everyone])
    documents: dict[UUID, list[Document]] = defaultdict(list)
    for document in Document.objects.filter(person_id__in=ids):
        documents[document.person_id].append(document)
    shareable = _shareable(everyone, agreement, at=at)
    found: dict[UUID, Features] = {}
    for person_id in ids:
        own = next(
            (row for row in members.get(mine.get(person_id, person_id), []) if row.person_id == person_id),
            None,
        )
        others = (
            [
                row
                for row in members.get(own.household_id, [])
                if row.person_id != person_id and row.person_id in shareable
            ]
            if own
            else []
        )
        features = features_of(
            everyone[person_id],
            documents=documents[person_id],
            place=own.household.place if own else "",
            origin=own.household.origin if own else "",
        )
        found[person_id] = replace(
            features,
            is_head=bool(own and own.relationship == Relationship.HEAD),
            household=tuple(_relative(row) for row in sorted(others, key=lambda row: str(row.person_id))),
        )
    return found


def committed_tokens(population: Iterable[FrozenPerson]) -> list[CommittedToken]:
    """One leaf per token of each person, in an order that tells nothing about who is who."""
    pairs = sorted((token, person.enrolment) for person in population for token in person.tokens)
    return [CommittedToken(token, enrolment) for token, enrolment in pairs]


def store_population(run_id: UUID, population: Iterable[FrozenPerson]) -> None:
    """Keep the frozen population sealed in the node's folder, for going on and for an audit."""
    body = b"".join(
        person.id.bytes + person.enrolment + len(person.tokens).to_bytes(2, "big") + b"".join(person.tokens)
        for person in population
    )
    write_whole(_path(run_id), vault.seal_for_node(body))


def load_population(run_id: UUID) -> list[FrozenPerson]:
    """The population as it was frozen."""
    body = vault.open_for_node(_path(run_id).read_bytes())
    people, offset = [], 0
    while offset < len(body):
        person_id, offset = UUID(bytes=body[offset : offset + _ID]), offset + _ID
        enrolment, offset = body[offset : offset + _LEAF], offset + _LEAF
        count, offset = int.from_bytes(body[offset : offset + 2], "big"), offset + 2
        made = tuple(body[at : at + _TOKEN] for at in range(offset, offset + count * _TOKEN, _TOKEN))
        people.append(FrozenPerson(person_id, enrolment, made))
        offset += count * _TOKEN
    return people


def _path(run_id: UUID) -> Path:
    return vault.data_directory() / "overlap" / f"{run_id.hex}.sealed"


def _enrolments(people: list[UUID]) -> dict[UUID, bytes]:
    rows = LogEntry.objects.filter(action="person.enrolled", about_id__in=people).values_list(
        "about_id", "leaf"
    )
    leaves = {person_id: bytes(leaf) for person_id, leaf in rows}
    # Somebody without an entry here cannot be committed to honestly; a digest of nothing would show at the audit.
    return {person_id: leaves.get(person_id, sha256(b"no enrolment here")) for person_id in people}


def _shareable(people: dict[UUID, Person], agreement: Agreement, *, at: datetime) -> set[UUID]:
    terms, standing = agreement.terms, standing_of(agreement)
    return {
        person_id
        for person_id, facts in person_facts(people).items()
        if may(
            terms, standing, mode="overlap", sender=own_id(), recipient=agreement.peer_id, person=facts, at=at
        )
        is None
    }


def _relative(row: Membership) -> Relative:
    features = features_of(row.person, documents=[])
    return Relative(
        features.given, features.surname, features.sex, features.birth, row.relationship == Relationship.HEAD
    )
