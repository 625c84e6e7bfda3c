"""Facts become rows; who is one person follows from the judgements that stand, in any order of arrival."""

from gada.matching.apply.cases import cases_opened, cases_weighed
from gada.matching.apply.joining import households_linked_with, people_joined_with, reach
from gada.matching.apply.judgements import cases_judged, judgements_undone
from gada.matching.apply.looking import households_looked_again
from gada.matching.apply.standing import Said, Standing, said_about, standing_of
from gada.matching.models import (
    CanonicalHousehold,
    CanonicalPerson,
    Case,
    HouseholdLink,
    Judgement,
    WideCheck,
)

REBUILT = (Case, Judgement, HouseholdLink, CanonicalPerson, CanonicalHousehold, WideCheck)
__all__ = [
    "REBUILT", "Said", "Standing", "cases_judged", "cases_opened", "cases_weighed", "households_linked_with",
    "households_looked_again", "judgements_undone", "people_joined_with", "reach", "said_about", "standing_of",
]
