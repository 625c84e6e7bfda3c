"""Writers of cards: issue, print, confirm, lose, cancel, replace. Each is an entry with its operator."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.credentials import queries, rules
from gada.credentials.models import Card, Paper, State
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.journal import Item
from gada.people.models import Household, Person
from gada.people.queries import people_in
from gada.people.rules import new_number
from gada.people.services import scope_of

PURPOSE = "registration"


@transaction.atomic
def issue_cards(*, operator: Operator, people: Collection[UUID], at: datetime) -> list[Card]:
    """A card for each who holds none that counts; whoever holds one keeps it."""
    ids = rules.check_how_many(people)
    found = {person.id: person for person in people_in(operator).select_for_update(of=("self",)).filter(id__in=ids)}
    if len(found) < len(ids):
        raise NotFound("person-unknown", "Nobody is registered under this number.")
    held = set(queries.live(Card.objects.filter(person__in=ids)).values_list("person_id", flat=True))
    wanting = [found[id_] for id_ in ids if id_ not in held]
    for person in wanting:
        authorize(operator, "card.issue", site=person.site_id)
        rules.check_may_hold(person.status)
    items = [_issued(person, number) for person, number in zip(wanting, _free_numbers(len(wanting)), strict=True)]
    return list(journal.record_all("card.issued", items=items, by=operator, purpose=PURPOSE, at=at))


@transaction.atomic
def print_cards(*, operator: Operator, cards: Collection[UUID], paper: str, at: datetime) -> UUID:
    """A fresh copy of each card, with its own serial; gives what they were printed under together."""
    if paper not in Paper.values:
        raise Invalid("paper-unknown", "Choose one of the papers of the list.")
    found, batch = _mine(operator, cards, "card.print"), new_id()
    for card in found:
        rules.check_is_live(card.state)
        rules.check_may_hold(card.person.status)
    items = [_printed(card, batch, paper) for card in found]
    journal.record_all("card.printed", items=items, by=operator, purpose=PURPOSE, at=at)
    return batch


@transaction.atomic
def print_at_once(*, operator: Operator, people: Collection[UUID], paper: str, at: datetime) -> UUID:
    """While the family waits: a card for each who holds none, and a fresh copy of everybody's."""
    issue_cards(operator=operator, people=people, at=at)
    held = queries.live(Card.objects.filter(person__in=list(people))).values_list("id", flat=True)
    return print_cards(operator=operator, cards=list(held.order_by("lamport", "id")), paper=paper, at=at)


@transaction.atomic
def confirm_copies(*, operator: Operator, batch: UUID, copies: Collection[UUID], at: datetime) -> int:
    """These copies came out well and were handed on; gives how many were not confirmed before."""
    chosen, printed = set(rules.check_how_many(copies)), queries.copies_of_batch(operator, batch)
    before = queries.confirmed_copies(printed)
    fresh = [copy for copy in printed if copy.id in chosen and copy.id not in before]
    for copy in fresh:
        authorize(operator, "card.confirm", site=copy.card.person.site_id)
    items = [_step(copy.card, copy=str(copy.id)) for copy in fresh]
    journal.record_all("card.confirmed", items=items, by=operator, purpose=PURPOSE, at=at)
    return len(fresh)


@transaction.atomic
def lose_cards(*, operator: Operator, cards: Collection[UUID], at: datetime) -> int:
    """Their holders no longer have them: from now on they count for nothing."""
    found = _mine(operator, cards, "card.lose")
    for card in found:
        rules.check_is_live(card.state)
    items = [_step(card, reason="") for card in found]
    journal.record_all("card.lost", items=items, by=operator, purpose=PURPOSE, at=at)
    return len(found)


@transaction.atomic
def cancel_cards(*, operator: Operator, cards: Collection[UUID], reason: str, at: datetime) -> int:
    """End cards, saying why."""
    found, said = _mine(operator, cards, "card.cancel"), normalise_text(rules.check_reason(reason))
    for card in found:
        rules.check_not_cancelled(card.state)
    _cancel(operator, found, said, at)
    return len(found)


@transaction.atomic
def replace_cards(*, operator: Operator, cards: Collection[UUID], at: datetime) -> list[Card]:
    """Re-issue: new cards with new numbers; the old ones are cancelled in the same breath."""
    found = _mine(operator, cards, "card.issue")
    for card in found:
        rules.check_may_hold(card.person.status)
        if queries.has_successor(card):
            raise Refusal("card-replaced-already", _("This card was replaced already. Look for its successor."))
    _cancel(operator, [card for card in found if card.state != State.CANCELLED], "replaced", at)
    numbers = _free_numbers(len(found))
    items = [_issued(card.person, number, card.id) for card, number in zip(found, numbers, strict=True)]
    return list(journal.record_all("card.issued", items=items, by=operator, purpose=PURPOSE, at=at))


def _mine(operator: Operator, ids: Collection[UUID], action: str) -> list[Any]:
    """The cards, held for this change, each at a site where the operator may do this."""
    chosen = rules.check_how_many(ids)
    people = Card.objects.filter(id__in=chosen).values("person")
    list(Person.objects.select_for_update().filter(id__in=people).order_by("id"))
    cards = queries.cards_called(operator, chosen)
    for site in {card.person.site_id for card in cards}:
        authorize(operator, action, site=site)
    return cards


def _issued(person: Person, number: str, replaces: UUID | None = None) -> Item:
    facts = {"id": str(new_id()), "number": number, "replaces": str(replaces) if replaces else None}
    return Item(about=("person", person.id), subject=person.id, facts=facts, scope=scope_of(person.site))


def _printed(card: Any, batch: UUID, paper: str) -> Item:
    copy = new_id()
    return Item(
        about=("person", card.person_id), subject=card.person_id, scope=scope_of(card.person.site),
        facts={
            "id": str(copy), "card": str(card.id), "batch": str(batch), "paper": paper,
            "serial": rules.serial_of(copy, copies_before=card.copies_made or 0),
        },
    )


def _step(card: Card, **facts: str) -> Item:
    said = {"id": str(new_id()), "card": str(card.id), **facts}
    return Item(about=("person", card.person_id), subject=card.person_id, facts=said, scope=scope_of(card.person.site))


def _cancel(operator: Operator, cards: Sequence[Card], reason: str, at: datetime) -> None:
    items = [_step(card, reason=reason) for card in cards]
    journal.record_all("card.cancelled", items=items, by=operator, purpose=PURPOSE, at=at)


def _free_numbers(count: int) -> list[str]:
    """Numbers that no card, person or household of this node bears."""
    free: list[str] = []
    while len(free) < count:
        fresh = {new_number() for _ in range(count - len(free))} - set(free)
        taken = {number for model in (Card, Person, Household) for number in _borne(model, fresh)}
        free += sorted(fresh - taken)
    return free


def _borne(model: Any, numbers: Collection[str]) -> Sequence[str]:
    return list(model.objects.filter(number__in=list(numbers)).values_list("number", flat=True))



