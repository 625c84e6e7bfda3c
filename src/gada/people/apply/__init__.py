"""Facts about people become rows. Total, idempotent by the ids in the facts, the same in any order of arrival."""

from gada.people.apply.happening import (
    deaths_noted,
    happenings_kept,
    happenings_undone,
    memberships_ended,
    memberships_started,
)
from gada.people.apply.registering import (
    households_enrolled,
    people_corrected,
    people_enrolled,
    people_erased,
    purposes_answered,
)
from gada.people.models import (
    Change,
    Conflict,
    Consent,
    Correction,
    Death,
    Document,
    Happening,
    Household,
    Membership,
    Person,
)

REBUILT = (Household, Person, Membership, Happening, Change, Death, Document, Consent, Correction, Conflict)
__all__ = [
    "REBUILT", "deaths_noted", "happenings_kept", "happenings_undone", "households_enrolled", "memberships_ended",
    "memberships_started", "people_corrected", "people_enrolled", "people_erased", "purposes_answered",
]
