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
    ending_of,
    has_successor,
    live,
    people_with_two_cards,
    people_without_card,
    person_of_number,
    with_states,
)
from gada.credentials.queries.checking import (
    Finding,
    Signer,
    check_code,
    check_number,
    known_signers,
    lend_signers,
    read_picture,
)
from gada.credentials.queries.faces import faces_of

__all__ = [
    "COLLECTORS", "EVERYBODY", "Finding", "Signer", "batches_for", "cards_called", "cards_for", "cards_of",
    "check_code", "check_number", "confirmed_copies", "copies_of_batch", "counts_for", "ending_of", "faces_of",
    "has_successor", "known_signers", "lend_signers", "live", "people_with_two_cards", "people_without_card",
    "person_of_number", "read_picture", "with_states",
]
