"""What follows in other rooms, and from them (project/reactions.py)."""

from __future__ import annotations

from uuid import UUID

from gada.assistance.services import entitle_again
from gada.journal import Entry
from gada.matching.queries import canonical_household_of
from gada.people.models import Household
from gada.presence.models import Sighting, Step, What
from gada.presence.queries import suspended_among
from gada.presence.queries.families import registrations_of


def entitle_returned(entry: Entry) -> None:
    """Whoever was suspended and is so no more is due what was opened meanwhile, in the same transaction."""
    household = UUID(entry.facts["household"]) if entry.action == "presence.seen" else entry.about[1]
    whole = registrations_of([household])[household]
    suspended = list(Step.objects.filter(household__in=whole, what=What.SUSPENDED).values_list("household", "at"))
    if not suspended or suspended_among(whole):
        return
    family = canonical_household_of([household])[household]
    home = Household.objects.filter(id__in=[household, family]).order_by("id").first()
    if home is not None:
        entitle_again(household=home, since=min(at for _id, at in suspended), entry=entry)


def forget_sightings(entry: Entry) -> None:
    """`person.erased`: where they were seen goes with them, as it would be absent if this node were rebuilt."""
    Sighting.objects.filter(person=entry.about[1]).delete()
