"""Readers: cards and where they stand; what a QR code proves; whose keys sign cards."""

from gada.credentials.queries.cards import (
    COLLECTORS,
    EVERYBODY,
    batches_for,
    cards_called,
    cards_for,
    cards_of,
    confirmed_copies,
    copies_of_batch,
    counts_for,
    live,
    people_without_card,
    person_of_number,
    with_states,
)

__all__ = [
    "COLLECTORS", "EVERYBODY", "batches_for", "cards_called", "cards_for", "cards_of", "confirmed_copies",
    "copies_of_batch", "counts_for", "live", "people_without_card", "person_of_number", "with_states",
]
