"""What can be done with cards. Each service authorizes, decides and records, in one transaction."""

from gada.credentials.services.cards import (
    cancel_cards,
    confirm_copies,
    issue_cards,
    lose_cards,
    print_at_once,
    print_cards,
    replace_cards,
)
from gada.credentials.services.following import forget_cards

__all__ = [
    "cancel_cards", "confirm_copies", "forget_cards", "issue_cards", "lose_cards", "print_at_once", "print_cards",
    "replace_cards",
]
