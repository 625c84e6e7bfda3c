"""A second, wider look after a registration, by the worker: who was not found elsewhere is looked for without keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from gada import journal
from gada.agencies.models import Operator
from gada.journal import Entry
from gada.journal.logs import own_log
from gada.matching import rules
from gada.matching.models import WideCheck
from gada.matching.queries.features import people_known, weighed_people
from gada.matching.queries.joined import people_in_open_cases
from gada.matching.queries.wide import wide_candidates
from gada.matching.services.checking import MOST_BY_TEXT, open_cases
from gada.matching.services.finding import Pair, weigh_pairs
from gada.people.models import Household, Membership
from gada.people.queries import candidate_ids
from gada.people.services import scope_of


def look_again_later(entry: Entry) -> None:
    """After the check at registration: the worker looks again, in a task of its own."""
    from gada.matching.tasks import look_for_family_again

    if entry.author == own_log().node_id:
        look_for_family_again.enqueue(entry.facts["household"], str(entry.by[1]))


def look_again(*, household_id: UUID, operator_id: UUID, at: datetime) -> WideCheck | None:
    """Look widely for everybody of this family who is in no open case; cases for who convinces, one entry.

    Looking twice opens nothing twice. None when nobody of the family is registered any more.
    """
    household = Household.objects.select_related("site", "programme").get(id=household_id)
    operator = Operator.objects.get(id=operator_id)
    members = list(Membership.objects.filter(household=household, until=None).values_list("person_id", flat=True))
    checked = weighed_people(members)
    if not checked:
        return None
    people = people_known()
    pairs: set[Pair] = set()
    for id_ in set(checked) - people_in_open_cases(checked):
        weighed = {*checked, *candidate_ids(checked[id_].features, most=MOST_BY_TEXT)}  # by the first check
        others = wide_candidates(checked[id_].features, people=people, beyond=weighed)
        pairs |= {rules.pair_of(id_, other) for other in others}
    noticed = weigh_pairs(pairs, found={}, people=people)
    known = weighed_people({id_ for pair in noticed for id_ in pair})
    with transaction.atomic():
        _cases, fresh = open_cases(noticed, known, at=at, operator=operator)
        made: WideCheck = journal.record(
            "household.looked_again", by=operator, about=("household", household.id), purpose="registration", at=at,
            scope=scope_of(household.site, household.programme), facts={
                "household": str(household.id), "people": people, "candidates": len(pairs), "cases": len(fresh),
            },
        )
    return made
