"""A household: a newborn, somebody who leaves, another head."""

from __future__ import annotations

import pytest
from django.urls import reverse

from gada.agencies.rules import Role
from gada.people.models import Household, Membership, Person
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
    assert chen.post(link("leave", household, member.id), {"reason": "moved"}).status_code == 404
    assert chen.get(link("slip", household)).status_code == 404
    with refused("not-permitted"):
        choose_head(
            operator=operator, household_id=household.id, membership_id=member.id, former_becomes="spouse", at=AT
        )


def test_a_newborn_joins_and_somebody_leaves() -> None:
    clerk = amina()
    household = registered_by(clerk, HEAD, SPOUSE)
    browser = a_browser(clerk)
    assert browser.post(link("add-member", household), {**CHILD, "given": "Nouveau-né", "age": "0"}).status_code == 302
    assert household.memberships.filter(until=None).count() == 3
    spouse = household.memberships.get(relationship="spouse")
    browser.post(link("leave", household, spouse.id), {"reason": "moved"})
    page = browser.get(link("household", household) + "?why=registration").content.decode()
    assert "Ont quitté le ménage" in page and "Oumarou" in page and "Nouveau-né" in page


def test_a_head_is_followed_before_leaving() -> None:
    clerk = amina()
    household = registered_by(clerk, HEAD, SPOUSE, CHILD)
    browser = a_browser(clerk)
    head, spouse = (household.memberships.get(relationship=part) for part in ("head", "spouse"))
    assert browser.post(link("leave", household, head.id), {"reason": "died"}).status_code == 409
    browser.post(link("new-head", household), {"membership": str(spouse.id), "former_becomes": "spouse"})
    now = {m.person.given: (m.relationship, m.recipient) for m in household.memberships.filter(until=None)}
    assert now["Oumarou"] == ("head", "principal") and now["Zeinabou"] == ("spouse", "alternate")
    former = household.memberships.get(until=None, relationship="spouse")
    assert browser.post(link("leave", household, former.id), {"reason": "died"}).status_code == 302
    assert Membership.objects.filter(household=household, until=None).count() == 2
    assert Person.objects.count() == 3  # nothing is deleted


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
