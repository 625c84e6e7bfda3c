"""Cards, made by the real services: `a_card()`, `a_printed_card()`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gada.credentials import queries, services
from gada.credentials.models import Card, Copy
from gada.people.models import Person
from tests.people.builders import a_person
from tests.world import AT, Role, an_operator


def a_card(person: Person | None = None) -> Card:
    person = person or a_person()
    clerk = an_operator(Role.CLERK, site=person.site)
    return services.issue_cards(operator=clerk, people=[person.id], at=AT)[0]


def printed(card: Card, *, paper: str = "card") -> Copy:
    """A fresh copy of the card."""
    clerk = an_operator(Role.CLERK, site=card.person.site)
    batch = services.print_cards(operator=clerk, cards=[card.id], paper=paper, at=AT)
    return queries.copies_of_batch(clerk, batch)[0]


def seen(card_id: UUID, person: Person) -> Any:
    """The card as its site's clerk sees it."""
    return queries.cards_called(an_operator(Role.CLERK, site=person.site), [card_id])[0]
