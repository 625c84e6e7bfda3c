"""Two registrations of one person: other spellings, an estimated year, other impressions of the same fingers."""

from __future__ import annotations

from gada.agencies.models import Site
from gada.matching.models import Case
from gada.matching.services import CheckResult, check_person
from gada.people.models import Person
from gada.people.rules import birth_of
from tests.biometrics.builders import household, take_prints
from tests.people.builders import a_member
from tests.world import AT

MOUSSA = {
    "given": "Mahamadou", "surname": "Ag Alhousseini", "father": "Alhousseini Ag Intalla", "mother": "Tin Hinan",
    "sex": "M", "birth": birth_of(year=1971, estimated=True), "phone": "+227 90 11 22 33",
}
MOUSSA_AGAIN = {
    "given": "Mohamed", "surname": "Alhusseini", "father": "Alhousseyni Intalla", "mother": "Tinhinane", "sex": "M",
    "birth": birth_of(year=1973), "phone": "+227 90 11 22 33",
}


def first_moussa(*, prints: bool = True, site: Site | None = None, others: int = 2, **changes: object) -> Person:
    return _registered(MOUSSA | changes, prints=prints, touch=1, site=site, others=others)


def second_moussa(*, prints: bool = True, site: Site | None = None, others: int = 0, **changes: object) -> Person:
    return _registered(MOUSSA_AGAIN | changes, prints=prints, touch=2, site=site, others=others)


def moussa_twice(*, prints: bool = True) -> tuple[Person, Person, CheckResult]:
    """Both, and what the check at the second registration said."""
    first, second = first_moussa(prints=prints), second_moussa(prints=prints)
    return first, second, check_person(person=second, at=AT)


def the_case() -> Case:
    return Case.objects.get()


def _registered(values: dict[str, object], *, prints: bool, touch: int, site: Site | None, others: int) -> Person:
    members = (a_member(head=True, **values), *(a_member(father="", mother="") for _ in range(others)))
    person: Person = household(members=members, site=site).memberships.get(relationship="head").person
    if prints:
        take_prints(person, {2: 7, 7: 8}, touch=touch)
    return person
