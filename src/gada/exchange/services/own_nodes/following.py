"""What follows here from what was registered at another node of ours: headquarters looks for the same people."""

from __future__ import annotations

from collections.abc import Sequence

from gada.exchange.services.own_nodes.entitling import headquarters_id, own_id
from gada.journal import Entry
from gada.matching.services.running import check_arrived


def look_after_arrival(entries: Sequence[Entry]) -> None:
    """People or their prints arrived: the worker looks for them among everybody, as after an import."""
    if own_id() == headquarters_id():
        check_arrived(entries)
