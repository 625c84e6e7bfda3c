"""The second, wider look by the worker: who shares no key with anybody is still found; it is quick and told."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from gada.engine.linkage import search_keys
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.matching.models import Case, WideCheck
from gada.matching.queries import open_cases_for
from gada.matching.queries.features import weighed_people
from gada.matching.queries.wide import wide_candidates
from gada.matching.services import check_person
from gada.matching.services.looking_again import look_again
from gada.matching.tasks import look_for_family_again
from gada.people.models import Household, Person
from gada.people.rules import birth_of
from tests.console.builders import HEAD, registered_by
from tests.people.builders import a_household, a_member
from tests.world import AT, Role, a_browser, a_site, an_agency, an_operator

pytestmark = pytest.mark.django_db
ONCE = {
    "given": "Zeinabou", "surname": "Abdoulaye", "father": "Moussa Garba", "mother": "Halima Issaka", "sex": "F",
    "birth": birth_of(year=1984, month=5, day=17),
}
# Names one field further along, an estimated year: no composite key in common.
AGAIN = {
    "given": "Zenabu", "surname": "Garba", "father": "Abdoulaye", "mother": "Issaka", "sex": "F",
    "birth": birth_of(year=1986),
}


def alone(**values: object) -> tuple[Household, Person]:
    home = a_household(members=(a_member(head=True, **values),))
    return home, home.memberships.get().person


def test_who_shares_no_key_is_found_by_the_wider_look() -> None:
    _home, first = alone(**ONCE)
    home, second = alone(**AGAIN)
    weighed = weighed_people([first.id, second.id])
    assert not search_keys(weighed[first.id].features) & search_keys(weighed[second.id].features)
    assert check_person(person=second, at=AT).findings == ()
    amina = an_operator(Role.CLERK, name="Amina")
    made = look_again(household_id=home.id, operator_id=amina.id, at=AT)
    assert made is not None and (made.people, made.cases) == (2, 1) and made.candidates == 1
    assert Case.objects.get().left_id == first.id
    again = look_again(household_id=home.id, operator_id=amina.id, at=AT)
    assert again is not None and again.cases == 0 and Case.objects.count() == 1
    assert LogEntry.objects.filter(action="household.looked_again").count() == 2
    chen = an_operator(Role.ADJUDICATOR, name="Chen", agency=an_agency())
    assert not open_cases_for(chen).exists() and open_cases_for(an_operator(Role.ADJUDICATOR)).exists()


def test_a_telephone_and_a_document_lead_to_anybody() -> None:
    _home, first = alone(given="Balkissa", phone="+227 90 11 22 33")
    _home, second = alone(given="Rakia", phone="90112233", birth=birth_of(year=1930))
    features = weighed_people([second.id])[second.id].features
    assert first.id in wide_candidates(features, people=2)


def test_one_word_needs_a_birth_within_five_years_and_two_need_none() -> None:
    no_parents = {"father": "", "mother": ""}
    near, far, both = (
        alone(given="Mariama", surname=surname, birth=birth_of(year=year), **no_parents)[1]
        for surname, year in (("Tandja", 1983), ("Kountché", 1950), ("Salou", 1951))
    )
    _home, person = alone(given="Mariama", surname="Salou", birth=birth_of(year=1987), **no_parents)
    found = wide_candidates(weighed_people([person.id])[person.id].features, people=4)
    assert near.id in found and both.id in found and far.id not in found and found.index(both.id) < found.index(near.id)


def test_candidates_are_bounded() -> None:
    for _ in range(6):
        alone(given="Mariama", surname="Salou")
    _home, person = alone(given="Mariama", surname="Salou")
    assert len(wide_candidates(weighed_people([person.id])[person.id].features, people=7, most=4)) == 4


def test_the_edges_of_the_calendar_hold() -> None:
    _home, person = alone(birth=birth_of(year=1900))
    features = weighed_people([person.id])[person.id].features
    assert features.birth is not None and features.birth.first == date(1900, 1, 1)
    assert person.id in wide_candidates(features, people=1)


def test_a_registration_asks_the_worker_and_the_pages_say_that_it_looked() -> None:
    amina = an_operator(Role.CLERK, name="Amina")
    home = registered_by(amina, HEAD)
    browser = a_browser(amina)
    pages = [reverse("console:registered", args=[home.id]), reverse("console:household", args=[home.id])]
    assert "cherchera encore" in browser.get(pages[0]).content.decode()
    (task,) = [task for task in DBTaskResult.objects.all() if task.task_path.endswith("look_for_family_again")]
    look_for_family_again.func(*task.args_kwargs["args"])
    assert WideCheck.objects.get().household_id == home.id
    person = home.memberships.first().person_id
    for page in (*pages, reverse("console:person", args=[person])):
        said = browser.get(page, {"why": "registration"}).content.decode()
        assert "Cherché une seconde fois" in said, page
    assert [str(each) for each in compare_state().differences] == []


def test_who_waits_in_a_case_is_not_looked_for_again() -> None:
    alone(**ONCE)
    home, second = alone(**{**ONCE, "given": "Zenabou"})
    check_person(person=second, at=AT)
    made = look_again(household_id=home.id, operator_id=an_operator(Role.CLERK).id, at=AT)
    assert made is not None and made.candidates == 0
    assert a_site()
