"""A household: what can be noted about it, by whom, and the way back."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from gada.agencies.rules import Role
from gada.console.views.life import VERBS
from gada.people.models import Happening, Household, Person
from gada.people.services import choose_head
from tests.console.builders import CHILD, HEAD, SPOUSE, amina, registered_by
from tests.world import AT, a_browser, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db


def link(name: str, household: Household, *more: object) -> str:
    return reverse(f"console:{name}", args=[household.id, *more])


def test_chen_sees_nothing_and_changes_nothing() -> None:
    household = registered_by(amina(), HEAD, SPOUSE)
    operator = an_operator(Role.CLERK, name="Chen", agency=an_agency())
    chen = a_browser(operator)
    member = household.memberships.get(relationship="spouse")
    assert chen.get(link("household", household) + "?why=registration").status_code == 404
    assert chen.post(link("add-member", household), CHILD).status_code == 404
    assert chen.post(link("happened", household, "leaving"), {"who": member.id}).status_code == 404
    assert chen.get(link("slip", household)).status_code == 404
    with refused("not-permitted"):
        choose_head(
            operator=operator, household_id=household.id, membership_id=member.id, former_becomes="spouse", at=AT
        )


def deed(browser: Client, household: Household, name: str, **said: object) -> HttpResponse:
    return browser.post(link("happened", household, name), said)


def test_a_newborn_joins_and_somebody_leaves() -> None:
    clerk = amina()
    household = registered_by(clerk, HEAD, SPOUSE)
    browser = a_browser(clerk)
    mother = household.memberships.get(relationship="head")
    assert deed(browser, household, "birth", given="Nana", sex="F", year="2026", mother=mother.id).status_code == 302
    child = household.memberships.get(person__given="Nana", until=None)
    assert (child.relationship, child.person.mother) == ("child", "Zeinabou Issoufou")
    spouse = household.memberships.get(relationship="spouse")
    assert deed(browser, household, "leaving", who=spouse.id, reason="moved").status_code == 302
    page = browser.get(link("household", household) + "?why=registration").content.decode()
    assert "Ont quitté le ménage" in page and "Oumarou" in page and "Nana" in page and "Historique" in page


def test_a_head_who_dies_is_followed_on_the_same_page_and_it_can_be_undone() -> None:
    clerk = amina()
    household = registered_by(clerk, HEAD, SPOUSE, CHILD)
    browser = a_browser(clerk)
    head, spouse = (household.memberships.get(relationship=part) for part in ("head", "spouse"))
    died = {"who": head.id, "year": "2026", "month": "2", "said_by": "Sa sœur Rakia"}
    answer = deed(browser, household, "death", **died)
    assert answer.status_code == 422 and "Dites qui dirige" in answer.content.decode()
    assert deed(browser, household, "death", **died, next_head=spouse.id).status_code == 302
    spouse.refresh_from_db()
    assert (spouse.relationship, spouse.recipient) == ("head", "principal")
    page = browser.get(link("household", household) + "?why=registration").content.decode()
    assert "Sa sœur Rakia" in page and "février 2026" in page
    chen = a_browser(an_operator(Role.CLERK, Role.SUPERVISOR, agency=an_agency()))
    happening = Happening.objects.get()
    assert chen.post(link("undo", household, happening.id)).status_code == 404
    assert browser.get(link("undo", household, happening.id)).status_code == 405
    assert browser.post(link("undo", household, happening.id)).status_code == 302
    assert household.memberships.get(until=None, relationship="head").id == head.id
    assert Person.objects.count() == 3  # nothing is deleted


def test_every_verb_opens_for_whoever_may_and_for_nobody_else() -> None:
    household = registered_by(amina(), HEAD, SPOUSE, CHILD)
    clerk, supervisor = a_browser(an_operator(Role.CLERK)), a_browser(an_operator(Role.SUPERVISOR))
    chen = a_browser(an_operator(Role.SUPERVISOR, agency=an_agency()))
    for name, verb in VERBS.items():
        assert chen.get(link("happened", household, name)).status_code == 404
        assert supervisor.get(link("happened", household, name)).status_code == 200
        allowed = clerk.get(link("happened", household, name)).status_code
        assert allowed == (403 if verb.action == "household.restructure" else 200)
    assert supervisor.get(link("happened", household, "nonsense")).status_code == 404


def test_a_supervisor_splits_joins_moves_and_lets_come_back() -> None:
    household = registered_by(amina(), HEAD, SPOUSE, CHILD)
    browser = a_browser(an_operator(Role.SUPERVISOR))
    spouse, child = (household.memberships.get(relationship=part) for part in ("spouse", "child"))
    moved = {"place": "Diffa", "site": household.site_id}
    assert deed(browser, household, "move", **moved).status_code == 302
    collector = {"given": "Issa", "phone": "90112233", "sex": "M"}
    assert deed(browser, household, "collector", **collector).status_code == 302
    who = household.memberships.get(relationship="collector")
    chosen = {"principal": spouse.id, "alternates": [who.id]}
    assert deed(browser, household, "recipients", **chosen).status_code == 302
    head = household.memberships.get(relationship="head", until=None)
    split = {f"to-{head.id}": "stays", f"to-{spouse.id}": "head", f"to-{child.id}": "child"}
    assert deed(browser, household, "split", **split).status_code == 302
    made = Household.objects.exclude(id=household.id).get()
    assert household.memberships.get(until=None, recipient="principal").relationship == "head"
    assert deed(browser, household, "merge", number=made.number, becomes="spouse").status_code == 302
    assert f"{household.number}" in browser.get(link("household", made) + "?why=registration").content.decode()
    assert deed(browser, household, "merge", number="XXXX", becomes="spouse").status_code == 422
    assert deed(browser, household, "withdrawal", who="", reason="wish").status_code == 302
    assert "s’est retiré" in browser.get(link("household", household) + "?why=registration").content.decode()
    assert deed(browser, household, "returned").status_code == 302
    person = reverse("console:person", args=[child.person_id]) + "?why=registration"
    assert "Ce qui s’est passé" in browser.get(person).content.decode()


def test_a_child_cannot_become_what_there_is_not() -> None:
    clerk = amina()
    household = registered_by(clerk, HEAD, SPOUSE)
    spouse = household.memberships.get(relationship="spouse")
    with refused("relationship-unknown"):
        choose_head(operator=clerk, household_id=household.id, membership_id=spouse.id, former_becomes="head", at=AT)


def test_the_page_costs_the_same_for_a_large_family(django_assert_max_num_queries) -> None:
    clerk = amina()
    household = registered_by(clerk, HEAD, SPOUSE, *({**CHILD, "given": f"Enfant {n}"} for n in range(8)))
    browser = a_browser(clerk)
    browser.get(link("household", household) + "?why=registration")
    with django_assert_max_num_queries(33):
        browser.get(link("household", household) + "?why=registration")
