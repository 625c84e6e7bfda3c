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
from gada.people.apply.retaining import (
    classes_erased,
    ends_said,
    holds_lifted,
    holds_placed,
    requests_answered,
    requests_received,
    rules_set,
)
from gada.people.models import (
    Change,
    Conflict,
    Consent,
    Correction,
    Death,
    Document,
    ErasedClass,
    Happening,
    Household,
    LegalHold,
    Membership,
    Person,
    PersonRequest,
    ProgrammeEnd,
    RetentionRule,
)

REBUILT = (
    Household, Person, Membership, Happening, Change, Death, Document, Consent, Correction, Conflict, RetentionRule,
    ProgrammeEnd, LegalHold, ErasedClass, PersonRequest,
)
__all__ = [
    "REBUILT", "classes_erased", "deaths_noted", "ends_said", "happenings_kept", "happenings_undone", "holds_lifted",
    "holds_placed", "households_enrolled", "memberships_ended", "memberships_started", "people_corrected",
    "people_enrolled", "people_erased", "purposes_answered", "requests_answered", "requests_received", "rules_set",
]
