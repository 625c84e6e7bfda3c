"""Live figures: counted without names, of the viewer's sites only, and an alarm when prints fail some more."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from gada.agencies.models import Operator, Programme, Site
from gada.agencies.rules import Role
from gada.biometrics.models import CaptureOutcome
from gada.biometrics.rules import Came, CaptureDraft, fails_more
from gada.biometrics.services import take_captures
from gada.console import queries, rules
from gada.people.drafts import AnswerDraft, HouseholdDraft
from gada.people.models import Household, Person
from gada.people.rules import birth_of
from gada.people.services import enrol_households
from tests.biometrics.builders import a_record
from tests.people.builders import a_member
from tests.world import a_browser, a_node, a_programme, a_site, an_agency, an_operator, refused

NOW = timezone.now()


def families(clerk: Operator, site: Site, programme: Programme, *, count: int, born: int, sex: str, no: bool = False,
             days_ago: int = 0) -> list[Person]:
    """So many people alone in their families, registered at this site."""
    answers = (AnswerDraft("registration", "yes"), AnswerDraft("prints", "no" if no else "yes"))
    made = enrol_households(
        operator=clerk, site=site, programme=programme, at=NOW - timedelta(days=days_ago, seconds=1),
        households=[
            HouseholdDraft(members=(a_member(head=True, birth=birth_of(year=born), sex=sex, answers=answers),))
            for _ in range(count)
        ],
    )
    return list(Person.objects.filter(memberships__household__in=made))


def asked(clerk: Operator, people: list[Person], *, unable: int = 0) -> None:
    for index, person in enumerate(people):
        draft = (
            CaptureDraft(position=2, outcome=CaptureOutcome.UNABLE) if index < unable
            else CaptureDraft(position=2, record=a_record({2: 7}))
        )
        take_captures(operator=clerk, person=person, captures=[draft], at=NOW)


def test_a_group_is_judged_against_the_rest_and_never_when_it_is_small() -> None:
    everybody = Came(taken=950, unable=50)
    assert fails_more(Came(taken=80, unable=20), everybody, groups=10)
    assert not fails_more(Came(taken=10, unable=9), everybody, groups=10)  # 19 people
    assert not fails_more(Came(taken=90, unable=10), everybody, groups=10)  # twice as often: chance would do it
    many = Came(taken=95_000, unable=5_000)
    assert not fails_more(Came(taken=18_850, unable=1_150), many, groups=10)  # sure, and a trifle
    assert not fails_more(everybody, everybody, groups=1)  # no rest to compare with
    assert Came(taken=10, unable=9).failing is None


def test_figures_by_site_desk_hour_and_group(db) -> None:
    node, other = a_node(), a_site("Maradi")
    programme = a_programme()
    amina, moussa = an_operator(Role.CLERK, name="Amina"), an_operator(Role.CLERK, name="Moussa")
    asked(amina, families(amina, node.site, programme, count=22, born=1950, sex="F"), unable=12)
    asked(moussa, families(moussa, other, programme, count=30, born=1990, sex="M"), unable=1)
    families(moussa, other, programme, count=3, born=1990, sex="M", no=True)
    families(amina, node.site, programme, count=4, born=1990, sex="F", days_ago=20)
    chief = an_operator(Role.SUPERVISOR)
    found = queries.figures(chief, at=NOW)
    assert {line.name: (line.today.families, line.month.people) for line in found.sites} == {
        "Diffa": (22, 26), "Maradi": (33, 33),
    }
    assert [(line.name, line.site, line.today.people, line.month.families) for line in found.desks] == [
        ("Moussa", "Maradi", 33, 33), ("Amina", "Diffa", 22, 26),
    ]
    assert found.days[-1][1] == 55 and found.days[-21][1] == 4 and sum(each.families for each in found.hours) == 55
    assert (found.asked.tried, found.asked.unable, found.asked.declined) == (52, 13, 3)
    assert {(each.dimension, each.key) for each in found.alarms} == {("age", "60"), ("sex", "F"), ("site", "Diffa")}
    assert queries.figures(chief, at=NOW, prints_today=True).asked.tried == 52
    page = a_browser(chief).get(reverse("console:figures")).content.decode()
    assert "60 ans et plus : impossibles pour 54,5" in page and "Maradi" in page
    assert "Zeinabou" not in page


def test_nobody_sees_figures_of_another_site_or_agency(db) -> None:
    node, other = a_node(), a_site("Maradi")
    clerk = an_operator(Role.CLERK)
    families(clerk, node.site, a_programme(), count=2, born=1990, sex="F")
    there = queries.figures(an_operator(Role.SUPERVISOR, site=other), at=NOW)
    assert (there.today.families, [line.name for line in there.sites], there.desks) == (0, ["Maradi"], ())
    chen = an_operator(Role.SUPERVISOR, name="Chen", agency=an_agency())
    assert "Diffa" not in a_browser(chen).get(reverse("console:figures")).content.decode()
    with refused("not-permitted"):
        queries.figures(clerk, at=NOW)


def test_thirty_days_are_counted_again_after_some_minutes(db, django_assert_max_num_queries) -> None:
    node, clerk, chief = a_node(), an_operator(Role.CLERK), an_operator(Role.SUPERVISOR)
    programme = a_programme()
    families(clerk, node.site, programme, count=1, born=1990, sex="F")
    assert queries.figures(chief, at=NOW).month.families == 1
    families(clerk, node.site, programme, count=1, born=1990, sex="F")
    with django_assert_max_num_queries(12):
        again = queries.figures(chief, at=NOW)
    assert (again.today.families, again.month.families) == (2, 1)
    assert queries.figures(chief, at=NOW + timedelta(minutes=6)).month.families == 2
    assert Household.objects.count() == 2


def test_the_title_of_the_days_states_the_finding() -> None:
    today = NOW.date()

    def days(before: int, last: int) -> list:
        counts = [0] * 15 + [before] * 7 + [last] * 7 + [1]
        return [(today - timedelta(days=29 - n), count) for n, count in enumerate(counts)]

    assert len({rules.finding_of_days(days(*pair)) for pair in ((10, 10), (10, 20), (20, 10), (0, 0))}) == 4
