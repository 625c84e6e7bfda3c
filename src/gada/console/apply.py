"""Facts about checks become rows."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gada.console.models import FamilyCheck
from gada.journal import Entry, applies

REBUILT = (FamilyCheck,)


@applies("household.checked", schema=1)
def households_checked(entries: Sequence[Entry]) -> list[FamilyCheck]:
    """The newest check of a family counts, in any order of arrival."""
    made = []
    for entry in entries:
        household = UUID(entry.facts["household"])
        held = FamilyCheck.objects.filter(household=household).first()
        if held is None or entry.version > held.version:
            held, _ = FamilyCheck.objects.update_or_create(household_id=household, defaults={
                **{name: entry.facts[name] for name in ("people", "sites", "with_prints", "cases")},
                "site_names": entry.facts.get("site_names", []),  # entries of the first release do not name them
                "at": entry.happened_at, "version": entry.version,
            })
        made.append(held)
    return made
