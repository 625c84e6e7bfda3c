"""Readers: sweeps at the viewer's sites, where their tokens stand, and the key that makes their signs."""

from gada.fixing.queries.ledgers import (
    families_not_asked,
    family_numbers,
    how_many_wait_for,
    ledger_of_sweep,
    ledger_of_token,
    lines_for,
    token_lines,
)
from gada.fixing.queries.sweeps import key_of, open_sweeps, printing_for, sweep_for, sweeps_for

__all__ = [
    "families_not_asked", "family_numbers", "how_many_wait_for", "key_of", "ledger_of_sweep", "ledger_of_token",
    "lines_for", "open_sweeps", "printing_for", "sweep_for", "sweeps_for", "token_lines",
]
