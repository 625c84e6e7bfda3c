"""What others say they gave a family: told by those who know (`tell_served`, installed by project/reactions.py).

It informs the desk. It never holds, shortens or ends what a family is owed here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from gada.assistance.rules import quantity_text


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One word of a partner about one family. `thousandths` of the unit that the partner counts in."""

    partner: str
    what: str
    served: bool
    on: date | None
    thousandths: int | None = None
    reason: str = ""
    said_at: datetime | None = None

    @property
    def quantity(self) -> str:
        return quantity_text(self.thousandths) if self.thousandths is not None else ""


class Teller(Protocol):
    def __call__(self, households: Collection[UUID], *, since: date | None = None) -> list[Elsewhere]: ...


_tellers: list[Teller] = []


def tell_served(tellers: Iterable[Teller]) -> None:
    """Install those who tell (called once, from project/reactions.py)."""
    _tellers[:] = tellers


def served_elsewhere(households: Collection[UUID], *, since: date) -> list[Elsewhere]:
    """What partners gave one of these households since that day."""
    return [each for teller in _tellers for each in teller(households, since=since)]
