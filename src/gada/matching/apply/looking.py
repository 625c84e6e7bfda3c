"""That the worker looked again for a family becomes a row."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gada.journal import Entry, applies
from gada.matching.models import WideCheck


@applies("household.looked_again", schema=1)
def households_looked_again(entries: Sequence[Entry]) -> list[WideCheck]:
    """The newest look counts, in any order of arrival."""
    made = []
    for entry in entries:
        household = UUID(entry.facts["household"])
        held = WideCheck.objects.filter(household=household).first()
        if held is None or entry.version > held.version:
            held, _fresh = WideCheck.objects.update_or_create(household_id=household, defaults={
                **{name: entry.facts[name] for name in ("people", "candidates", "cases")},
                "at": entry.happened_at, "version": entry.version,
            })
        made.append(held)
    return made
