"""A check of everybody: estimated, begun, held, killed, steered; nobody is missed, nothing is opened twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse

from gada.agencies.models import Operator, Site
from gada.journal.models import LogEntry
from gada.journal.reading import open_entries
from gada.matching import population
from gada.matching.models import Case, PopulationPair, PopulationRun, RunState
from gada.matching.population import Reason
from gada.matching.services import check_person, finding, judge_case, opening, populating
from gada.matching.services.continuing import WORKING, continue_population
from gada.matching.tasks import check_population
from gada.people.models import Person
from gada.people.rules import birth_of
from tests.biometrics.builders import household, take_prints
from tests.matching.builders import MOUSSA, MOUSSA_AGAIN, first_moussa, second_moussa
from tests.people.builders import a_household, a_member
from tests.people.drafts import word
from tests.world import AT, Role, a_browser, a_site, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(finding, "CHUNK", 3)
    monkeypatch.setattr(finding, "SAMPLE_CHUNK", 4)
    monkeypatch.setattr(opening, "CHUNK", 2)
    yield


@pytest.fixture
def bakr() -> Operator:
    return an_operator(Role.SUPERVISOR, name="Bakr")


def work(run: PopulationRun) -> PopulationRun:
    """What the worker does with the tasks of this run, turn after turn."""
    run.refresh_from_db()
    while run.state in WORKING:
        check_population.func(str(run.id), run.turn)
        run.refresh_from_db()
    return run


def estimated(operator: Operator) -> PopulationRun:
    return work(populating.estimate_population(operator=operator, at=AT))


def begun(operator: Operator) -> PopulationRun:
    return populating.begin_population(operator=operator, run_id=estimated(operator).id, at=AT)


def three_pairs() -> list[Person]:
    """One pair by words, one by fingers alone, one decided before to be two people."""
    by_words = [first_moussa(prints=False), second_moussa(prints=False)]
    names = ({"given": "Fatouma", "sex": "F"}, {"given": "Rakia", "sex": "F"})
    by_fingers = [household(members=(a_member(head=True, **each),)).memberships.get().person for each in names]
    for touch, person in enumerate(by_fingers, start=1):
        take_prints(person, {2: 900, 7: 901}, touch=touch)
    woman = {"given": "Hadizatou", "surname": "Ousmane", "father": "Ousmane Bello", "mother": "Zara Kaka", "sex": "F"}
    twins = [
        household(members=(a_member(head=True, **woman, birth=birth_of(year=1990)),)).memberships.get().person
        for _ in range(2)
    ]
    check_person(person=twins[1], at=AT)
    case = Case.objects.get()
    judge_case(operator=an_operator(Role.ADJUDICATOR), case_id=case.id, verdict="different", reason="", at=AT)
    return [*by_words, *by_fingers, *twins]


def test_outsiders_begin_nothing_and_see_nothing(bakr: Operator) -> None:
    first_moussa()
    run = estimated(bakr)
    amina = an_operator(Role.CLERK, name="Amina")
    here_only = an_operator(Role.SUPERVISOR, site=a_site())
    chen = an_operator(Role.SUPERVISOR, name="Chen", agency=an_agency())
    for operator in (amina, here_only):
        with refused("not-permitted"):
            populating.estimate_population(operator=operator, at=AT)
        with refused("not-permitted"):
            populating.begin_population(operator=operator, run_id=run.id, at=AT)
        assert a_browser(operator).get(reverse("matching:population")).status_code == 403
    with refused("check-unknown"):
        populating.begin_population(operator=chen, run_id=run.id, at=AT)
    assert a_browser(chen).get(reverse("matching:population-run", args=[run.id])).status_code == 404


def test_the_sample_opens_nothing_and_says_what_to_expect(bakr: Operator) -> None:
    three_pairs()
    run = estimated(bakr)
    assert run.state == RunState.ESTIMATED and Case.objects.count() == 1
    people = Person.objects.count()
    assert run.estimate["people"] == run.estimate["sample"] == people
    assert run.estimate["cases"][1] == 2  # the pair decided before is no work
    assert run.estimate["seconds_per_case"] == 60 and not PopulationPair.objects.exists()
    assert not LogEntry.objects.filter(action__startswith="population.").exists()


def test_everybody_is_found_once_and_what_was_decided_is_honoured(bakr: Operator) -> None:
    three_pairs()
    run = work(begun(bakr))
    assert run.state == RunState.DONE and not run.unfinished
    assert Case.objects.count() == 3 and Case.objects.filter(status="open").count() == 2
    report = run.report
    assert report["found"] == 3 and report["kinds"] == {"text": 2, "fingers": 1}
    assert report["fates"]["opened"] == 2 and report["fates"]["different"] == 1
    assert sum(count for _start, count in report["histogram"]) == 3
    assert report["sites"] == [[str(Site.objects.get().id), 3, 2]]
    assert not PopulationPair.objects.exists(), "what was compared is forgotten when it is over"
    entries = {row.action: row for row in LogEntry.objects.filter(action__startswith="population.")}
    assert set(entries) == {"population.check_begun", "population.check_ended"}
    (ended,) = open_entries([entries["population.check_ended"]])
    assert ended.facts is not None and ended.facts["found"] == 3 and ended.facts["filter"] == "everybody"
    again = work(begun(bakr))
    assert again.report["fates"]["opened"] == 0 and again.report["fates"]["known"] == 2 and Case.objects.count() == 3


def test_one_at_a_time(bakr: Operator) -> None:
    first_moussa()
    run = estimated(bakr)
    with refused("population-running"):
        populating.estimate_population(operator=bakr, at=AT)
    populating.stop_population(operator=bakr, run_id=run.id, at=AT)
    assert not LogEntry.objects.filter(action="population.check_ended").exists()  # it never began
    estimated(bakr)


def test_nobody_registered_nothing_to_check(bakr: Operator) -> None:
    with refused("population-empty"):
        populating.estimate_population(operator=bakr, at=AT)


def test_it_can_be_paused_taken_up_and_stopped(bakr: Operator) -> None:
    three_pairs()
    run = begun(bakr)
    assert continue_population(run_id=run.id, turn=run.turn, at=AT)
    populating.pause_population(operator=bakr, run_id=run.id)
    assert not continue_population(run_id=run.id, turn=run.turn, at=AT)
    before = run.turn
    run = populating.resume_population(operator=bakr, run_id=run.id, at=AT)
    assert not continue_population(run_id=run.id, turn=before, at=AT), "an earlier task does not work beside it"
    assert work(run).state == RunState.DONE
    with refused("population-not-so"):
        populating.pause_population(operator=bakr, run_id=run.id)
    run = begun(bakr)
    populating.stop_population(operator=bakr, run_id=run.id, at=AT)
    assert work(run).state == RunState.STOPPED and run.finished_at == AT


def test_another_worker_does_not_do_a_chunk_twice(bakr: Operator) -> None:
    three_pairs()
    run = begun(bakr)
    stale = PopulationRun.objects.get(id=run.id)
    assert continue_population(run_id=run.id, turn=run.turn, at=AT)
    done = PopulationRun.objects.get(id=run.id).done
    finding.find_by_text(stale, AT)
    assert PopulationRun.objects.get(id=run.id).done == done


def registered_twice(pairs: int, *, one_date: bool) -> None:
    """So many people twice, each by another name; all born on one day, or each on their own."""
    for number in range(pairs):
        born = birth_of(year=1990 - (0 if one_date else number), month=5, day=17)
        for _ in range(2):
            a_household(members=(a_member(
                head=True, given=word(number * 137, first="ze"), surname=word(number * 731, first="ga"),
                father=word(number * 313, first="i"), mother=word(number * 171, first="ra"), sex="F", birth=born,
            ),))


def test_one_value_everywhere_holds_it_before_anything_is_opened(
    bakr: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population, "FEWEST_TO_JUDGE_BY", 4)
    monkeypatch.setattr(population, "ABSURD_SHARE", 101)
    registered_twice(4, one_date=True)
    run = work(begun(bakr))
    assert (run.state, run.hold["reason"], run.hold["field"]) == (RunState.HELD, Reason.VALUE, "birth")
    assert not Case.objects.exists()
    with refused("hold-answer-unknown"):
        populating.accept_hold(operator=bakr, run_id=run.id, how="perhaps", at=AT)
    run = work(populating.accept_hold(operator=bakr, run_id=run.id, how="without", at=AT))
    assert run.state == RunState.DONE and not Case.objects.exists()
    assert run.report["fates"]["left-out"] == run.report["found"] == 4
    assert "1990" not in str(run.accepted) and run.report["held"] == [["value:birth", "without"]]


def test_absurdly_many_hold_it_and_somebody_may_let_it_go_on(bakr: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population, "FEWEST_TO_JUDGE_BY", 6)
    registered_twice(3, one_date=False)
    run = work(begun(bakr))
    assert (run.state, run.hold["reason"]) == (RunState.HELD, Reason.SHARE) and not Case.objects.exists()
    with refused("hold-answer-unknown"):
        populating.accept_hold(operator=bakr, run_id=run.id, how="without", at=AT)
    run = work(populating.accept_hold(operator=bakr, run_id=run.id, how="all", at=AT))
    assert run.state == RunState.DONE and Case.objects.count() == 3


def test_somebody_in_too_many_pairs_is_left_out(bakr: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population, "MOST_PAIRS_OF_ONE", 2)
    for name in ("Mohamed", "Mamadou", "Mahamadou", "Mouhamadou"):
        second_moussa(given=name, prints=False)
    woman = {"given": "Hadizatou", "surname": "Ousmane", "father": "Ousmane Bello", "mother": "Zara Kaka", "sex": "F"}
    for _ in range(2):
        a_household(members=(a_member(head=True, **woman, birth=birth_of(year=1990)),))
    run = work(begun(bakr))
    assert run.hold["reason"] == Reason.ONE_PERSON
    run = work(populating.accept_hold(operator=bakr, run_id=run.id, how="without", at=AT))
    assert run.report["fates"]["left-out"] == 6 and Case.objects.count() == 1


def test_two_members_of_one_household_are_two_people(bakr: Operator) -> None:
    household(members=(a_member(head=True, **MOUSSA), a_member(**MOUSSA_AGAIN)))
    assert work(begun(bakr)).report["found"] == 0 and not Case.objects.exists()


def test_the_pages_tell_each_state_and_nobodys_name(bakr: Operator) -> None:
    three_pairs()
    browser = a_browser(bakr)
    assert "Estimer" in browser.get(reverse("matching:population")).content.decode()
    to_run = browser.post(reverse("matching:population-estimate"))["Location"]
    run = PopulationRun.objects.get()
    pages = [browser.get(to_run).content.decode()]
    assert 'hx-trigger="every 2s"' in pages[0]
    work(run)
    pages.append(browser.get(to_run).content.decode())
    assert "hx-trigger" not in pages[1] and "entre" in pages[1]
    steer = reverse("matching:population-steer", args=[run.id])
    assert browser.post(steer, {"do": "begin"})["Location"] == to_run
    part = browser.get(to_run, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="population"') and "<html" not in part
    browser.post(steer, {"do": "pause"})
    pages.append(browser.get(to_run).content.decode())
    browser.post(steer, {"do": "resume"})
    work(run)
    pages.append(browser.get(to_run).content.decode())
    assert "Règles de décision" in pages[-1]
    pages.append(browser.get(reverse("matching:population")).content.decode())
    values = [v for v in (*MOUSSA.values(), *MOUSSA_AGAIN.values()) if isinstance(v, str) and len(v) > 2]
    for page in pages:
        assert not any(value in page for value in values) and not re.search(r'style="|<script>', page)
    assert not LogEntry.objects.filter(action="person.read").exists()
    assert browser.post(steer, {"do": "begin"}).status_code == 409


def test_why_it_holds_is_said_in_words(bakr: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population, "FEWEST_TO_JUDGE_BY", 4)
    monkeypatch.setattr(population, "ABSURD_SHARE", 101)
    registered_twice(4, one_date=True)
    run = work(begun(bakr))
    page = a_browser(bakr).get(reverse("matching:population-run", args=[run.id])).content.decode()
    assert "date de naissance" in page and 'value="without"' in page and "1990" not in page
    assert a_browser(bakr).post(reverse("matching:population-steer", args=[run.id]), {"do": "?"}).status_code == 422


def test_the_queue_leads_to_the_report_and_that_to_the_check_for_those_who_may(bakr: Operator) -> None:
    to_check, to_report = reverse("matching:population"), reverse("matching:report")
    for operator, may in ((bakr, True), (an_operator(Role.ADJUDICATOR), False)):
        browser = a_browser(operator)
        assert to_report in browser.get(reverse("matching:cases")).content.decode()
        assert (to_check in browser.get(to_report).content.decode()) is may
