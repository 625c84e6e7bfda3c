"""The check at registration: who is noticed, among whom, and what is never linked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gada.engine.linkage import Outcome
from gada.journal.models import LogEntry
from gada.matching import services
from gada.matching.models import Case, CheckRun
from gada.matching.queries import (
    cases,
    how_many_wait_for,
    open_cases_for,
    people_in_open_cases,
    run_for,
    runs_for,
)
from gada.matching.queries.showing import prints_compared
from gada.matching.services import begin_check, check_people, check_person, continue_check
from gada.matching.tasks import check_people as task
from gada.people.drafts import AnswerDraft
from gada.people.models import Person
from tests.biometrics.builders import household, take_prints
from tests.matching.builders import MOUSSA, MOUSSA_AGAIN, first_moussa, moussa_twice, second_moussa, the_case
from tests.people.builders import a_member
from tests.world import AT, Role, a_node, a_site, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db


def test_somebody_registered_again_is_noticed_at_once() -> None:
    first, second, result = moussa_twice()
    assert result.outcome == Outcome.ADJUDICATE
    (finding,) = result.findings
    assert (finding.other, finding.is_new, finding.status) == (first.id, True, "open")
    assert (result.searched.people, result.searched.sites, result.searched.with_prints) == (4, 1, 2)
    assert result.as_of == AT
    case = the_case()
    assert (case.left_id, case.right_id, case.id) == (first.id, second.id, finding.case)
    kinds = {line["kind"] for line in case.lines}
    assert {"prior", "given", "finger"} <= kinds and sum(line["weight"] for line in case.lines) == case.total
    assert people_in_open_cases([first.id, second.id]) == {first.id, second.id}


def test_a_family_is_looked_for_in_as_many_queries_as_one_person(django_assert_max_num_queries) -> None:
    family = household(members=(a_member(head=True), *(a_member(given=f"Sani {n}", sex="M") for n in range(5))))
    people = [membership.person_id for membership in family.memberships.all()]
    check_people(people=people[:1], at=AT)
    with django_assert_max_num_queries(20):
        assert len(check_people(people=people, at=AT)) == 6


def test_cases_are_counted_alike_whether_few_or_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    moussa_twice()
    here, elsewhere = an_operator(Role.ADJUDICATOR), an_operator(Role.ADJUDICATOR, site=a_site("Maradi"), name="Bala")
    assert (how_many_wait_for(here), how_many_wait_for(elsewhere)) == (1, 0)
    monkeypatch.setattr(cases, "FEW", 0)
    assert (how_many_wait_for(here), how_many_wait_for(elsewhere)) == (1, 0)


def test_a_case_holds_whole_numbers_and_codes_and_no_value() -> None:
    moussa_twice()
    case = the_case()
    text = str(case.lines)
    for value in (*MOUSSA.values(), *MOUSSA_AGAIN.values()):
        assert not isinstance(value, str) or len(value) < 2 or value not in text
    assert all(isinstance(line["weight"], int) for line in case.lines)


def test_text_alone_and_fingers_alone_are_enough() -> None:
    _first, _second, by_text = moussa_twice(prints=False)
    assert by_text.outcome == Outcome.ADJUDICATE
    stranger = household(members=(a_member(head=True, given="Fatouma", sex="F"),)).memberships.get().person
    take_prints(stranger, {2: 900, 7: 901})
    again = household(members=(a_member(head=True, given="Rakia", sex="F"),)).memberships.get().person
    take_prints(again, {2: 900, 7: 901}, touch=2)
    (finding,) = check_person(person=again, at=AT).findings
    assert finding.other == stranger.id


def test_checking_again_opens_nothing_twice() -> None:
    first, second, result = moussa_twice()
    again = check_person(person=second, at=AT)
    assert not again.findings[0].is_new and again.findings[0].case == result.findings[0].case
    assert check_person(person=first, at=AT).findings[0].case == result.findings[0].case
    assert Case.objects.count() == 1 and LogEntry.objects.filter(action="case.opened").count() == 1


def test_two_members_of_one_household_are_never_linked() -> None:
    twins = (a_member(head=True, **MOUSSA), a_member(**MOUSSA_AGAIN))
    home = household(members=twins)
    people = [membership.person for membership in home.memberships.order_by("id")]
    for person in people:
        take_prints(person, {2: 7})
    assert [result.outcome for result in check_people(people=[p.id for p in people], at=AT)] == [Outcome.UNIQUE] * 2
    assert not Case.objects.exists()


def test_refused_prints_are_not_compared() -> None:
    first = first_moussa(prints=True)
    second = second_moussa(prints=False, answers=(AnswerDraft("prints", "no"),))
    check_person(person=second, at=AT)
    assert all(line["kind"] != "finger" for case in Case.objects.all() for line in case.lines)
    assert first


def test_a_stranger_is_nobody_else() -> None:
    first_moussa()
    stranger = household(members=(a_member(head=True, given="Zouera", sex="F"),)).memberships.get().person
    take_prints(stranger, {2: 55, 7: 56})
    result = check_person(person=stranger, at=AT)
    assert (result.outcome, result.findings) == (Outcome.UNIQUE, ())


def test_who_is_not_registered_is_not_checked() -> None:
    with refused("person-unknown"):
        check_person(person=a_node().site.id, at=AT)


def test_a_search_looks_at_every_site_and_shows_only_ones_own() -> None:
    first_moussa(site=a_site())
    second = second_moussa(site=a_site())
    result = check_person(person=second, at=AT)
    assert result.searched.sites == 2 and len(result.findings) == 1
    assert open_cases_for(an_operator(Role.ADJUDICATOR, site=second.site)).count() == 1
    assert open_cases_for(an_operator(Role.ADJUDICATOR, site=a_site())).count() == 0
    assert open_cases_for(an_operator(Role.CLERK)).count() == 0
    assert open_cases_for(an_operator(Role.ADJUDICATOR, name="Chen", agency=an_agency())).count() == 0


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(services.running, "CHUNK", 2)
    yield


def test_chen_begins_no_check_of_ours() -> None:
    person = first_moussa()
    chen = an_operator(Role.SUPERVISOR, name="Chen", agency=an_agency())
    with refused("not-permitted"):
        begin_check(operator=chen, site=person.site, people=[person.id], at=AT)
    run = begin_check(operator=an_operator(Role.SUPERVISOR), site=person.site, people=[person.id], at=AT)
    assert not runs_for(chen).exists()
    with refused("check-unknown"):
        run_for(chen, run.id)


def test_a_batch_goes_on_where_it_stood_when_killed(small_chunks: None) -> None:
    first_moussa()
    second_moussa()
    people = list(Person.objects.order_by("id").values_list("id", flat=True))
    bakr = an_operator(Role.SUPERVISOR)
    run = begin_check(operator=bakr, site=a_node().site, people=people, at=AT)
    assert continue_check(run_id=run.id, at=AT).done == 2
    # Killed here: what was checked is checked, the rest waits; the task is started again.
    assert task.func(str(run.id)) == {"done": 4, "cases": 1}
    run = run_for(bakr, run.id)
    assert (run.done, run.cases, run.stopped, run.finished_at is not None) == (4, 1, False, True)
    assert task.func(str(run.id)) == {"done": 0, "cases": 0}
    assert Case.objects.count() == 1


def test_a_batch_stops_when_too_many_look_alike(small_chunks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gada.matching.rules.FEWEST_TO_JUDGE_BY", 2)
    first, second = first_moussa(), second_moussa()
    third = first_moussa(given="Mamadou")
    people = [first.id, second.id, third.id]
    run = begin_check(operator=an_operator(Role.SUPERVISOR), site=first.site, people=people, at=AT)
    task.func(str(run.id))
    run = CheckRun.objects.get(id=run.id)
    assert run.stopped and run.finished_at is None and run.done == 2


def test_a_case_that_waits_is_weighed_anew_when_prints_come() -> None:
    first, second, _result = moussa_twice(prints=False)
    case = the_case()
    assert not any(line["kind"] == "finger" for line in case.lines)
    for touch, person in enumerate((first, second), start=1):
        take_prints(person, {2: 7}, touch=touch)
    result = check_person(person=second, at=AT)
    assert not result.findings[0].is_new
    weighed = the_case()
    assert any(line["kind"] == "finger" for line in weighed.lines) and weighed.total > case.total
    assert LogEntry.objects.filter(action="case.weighed").count() == 1
    check_person(person=second, at=AT)
    assert LogEntry.objects.filter(action="case.weighed").count() == 1  # nothing new


def test_swapped_hands_are_noticed_and_shown() -> None:
    first, second = first_moussa(prints=False), second_moussa(prints=False)
    take_prints(first, {2: 7, 7: 8})
    take_prints(second, {2: 8, 7: 7}, touch=2)
    check_person(person=second, at=AT)
    case = the_case()
    assert any(line["reason"] == "finger-matches" for line in case.lines)
    best = prints_compared(case)[0]
    assert {best.left_position, best.right_position} == {2, 7} and best.comparison.score >= 30
