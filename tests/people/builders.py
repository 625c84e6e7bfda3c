"""Households and people, made by the real services: `a_household(of=4)`, `a_person()`."""

from __future__ import annotations

from itertools import count

from gada.agencies.models import Programme, Site
from gada.people.drafts import AnswerDraft, HouseholdDraft, PersonDraft
from gada.people.models import Household, Person
from gada.people.rules import birth_of
from gada.people.services import enrol_household
from tests.world import AT, Role, a_node, an_operator

GIVEN = ("Amina", "Moussa", "Hadiza", "Ibrahim", "Zeinabou", "Oumarou", "Mariama", "Issa")
SURNAMES = ("Diallo", "Maïga", "Issoufou", "Garba", "Traoré")
_number = count()


def a_member(*, head: bool = False, **changes: object) -> PersonDraft:
    """One member's draft; every one is somebody else unless told otherwise."""
    number = next(_number)
    values: dict[str, object] = {
        "given": f"{GIVEN[number % 8]} {chr(65 + number // 8 % 26)}ali{number}", "surname": SURNAMES[number % 5],
        "father": f"Père {number}", "mother": f"Mère {number}", "sex": "FM"[number % 2],
        "birth": birth_of(year=1950 + number % 60, month=1 + number % 12, day=2 + number % 26),
        "birth_source": "declared", "relationship": "head" if head else "child",
        "recipient": "principal" if head else "",
        "answers": tuple(AnswerDraft(purpose, "yes") for purpose in ("registration", "prints", "sharing")),
    }
    return PersonDraft(**{**values, **changes})  # type: ignore[arg-type]


def a_household(
    *, of: int = 3, site: Site | None = None, programme: Programme | None = None, members: tuple[PersonDraft, ...] = (),
    source_key: str = "",
) -> Household:
    """A household of `of` people at the first site."""
    site = site or a_node().site
    people = members or (a_member(head=True), *(a_member() for _ in range(of - 1)))
    draft = HouseholdDraft(
        members=people,
        place="NE003",
        origin="NE001",
        source="test" if source_key else "",
        source_key=source_key,
    )
    clerk = an_operator(Role.CLERK, site=site)
    return enrol_household(operator=clerk, site=site, household=draft, programme=programme, at=AT)


def a_person(**changes: object) -> Person:
    """A person alone in a household."""
    household = a_household(members=(a_member(head=True, **changes),))
    return household.memberships.get().person
