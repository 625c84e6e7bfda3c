"""What follows from changes elsewhere (project/reactions.py)."""

from __future__ import annotations

from gada.credentials.models import Card, Copy, Step
from gada.journal import Entry


def forget_cards(entry: Entry) -> None:
    """`person.erased`: their cards go with them, as they would be absent if this node were rebuilt."""
    cards = Card.objects.filter(person=entry.about[1])
    Step.objects.filter(card__in=cards).delete()
    Copy.objects.filter(card__in=cards).delete()
    cards.delete()
