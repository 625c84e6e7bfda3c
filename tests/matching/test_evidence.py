"""The evidence report: what is counted, who may see it, and a sheet of paper checked against the journal."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gada import journal
from gada.journal.models import LogEntry
from gada.journal.reading import open_entries
from gada.matching.models import Case
from gada.matching.queries.evidence import figures_for, kept_report, seconds_per_case
from gada.matching.reports.figures import Answer, Kind, Time
from gada.matching.services import check_person, judge_case, undo_judgement
from gada.matching.services.reporting import make_report
from gada.people.drafts import AnswerDraft
from gada.people.models import Person
from tests.biometrics.builders import household, take_prints
from tests.matching.builders import MOUSSA, MOUSSA_AGAIN, first_moussa, moussa_twice, second_moussa, the_case
from tests.people.builders import a_member
from tests.world import AT, Role, a_browser, a_site, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
PERIOD = {"since": AT - timedelta(days=1), "until": AT + timedelta(days=1)}


def found_by_fingers_alone() -> Case:
    names = ({"given": "Fatouma", "sex": "F"}, {"given": "Rakia", "sex": "F"})
    people = [household(members=(a_member(head=True, **values),)).memberships.get().person for values in names]
    for touch, person in enumerate(people, start=1):
        take_prints(person, {2: 900, 7: 901}, touch=touch)
    return Case.objects.get(id=check_person(person=people[1], at=AT).findings[0].case)


def decided_same(case: Case) -> None:
    """By one adjudicator, and by a second one where the first decision waits for it."""
    while Case.objects.get(id=case.id).status == "open":
        judge_case(operator=an_operator(Role.ADJUDICATOR), case_id=case.id, verdict="same", reason="", at=AT)


def test_outsiders_get_no_report() -> None:
    moussa_twice()
    amina = an_operator(Role.CLERK, name="Amina")
    with refused("not-permitted"):
        make_report(operator=amina, at=AT, **PERIOD)
    for address in (reverse("matching:report"), reverse("matching:report-check")):
        assert a_browser(amina).get(address).status_code == 403
    assert a_browser(amina).post(reverse("matching:report-paper")).status_code == 403
    chen = an_operator(Role.SUPERVISOR, name="Chen", agency=an_agency())
    assert figures_for(chen, **PERIOD).opened == 0
    made = make_report(operator=an_operator(Role.SUPERVISOR, name="Bakr"), at=AT, **PERIOD)
    assert kept_report(chen, made.serial) is None


def test_cases_count_by_what_found_them_and_what_became_of_them() -> None:
    first, second, _result = moussa_twice()
    fingers = found_by_fingers_alone()
    judge = an_operator(Role.ADJUDICATOR)
    decided_same(fingers)
    bakr = an_operator(Role.SUPERVISOR)
    figures = figures_for(bakr, **PERIOD)
    assert figures.table[Kind.FINGERS] == {Answer.SAME: 1, Answer.DIFFERENT: 0, Answer.UNSURE: 0, Answer.OPEN: 0}
    assert figures.table[Kind.BOTH][Answer.OPEN] == 1 and figures.opened == 2
    assert (figures.families, figures.another_head) == (1, 0)  # the same person leads both
    wrong = judge_case(
        operator=judge, case_id=Case.objects.get(left=first, right=second).id, verdict="different", reason="", at=AT
    )
    figures = figures_for(bakr, **PERIOD)
    assert figures.false_alarms().count == 1 and figures.false_alarms().of == 2
    undo_judgement(operator=judge, judgement_id=wrong.id, reason="", at=AT)
    figures = figures_for(bakr, **PERIOD)
    assert (figures.judged, figures.undone, figures.false_alarms().count) == (2, 1, 0)
    later = {"since": AT + timedelta(days=1), "until": AT + timedelta(days=2)}
    assert figures_for(bakr, **later).judged == 0 and figures_for(bakr, **later).count() == 1  # what waits, waits


def test_words_alone_count_where_there_are_no_prints() -> None:
    moussa_twice(prints=False)
    assert figures_for(an_operator(Role.SUPERVISOR), **PERIOD).table[Kind.TEXT][Answer.OPEN] == 1


def test_a_few_refusals_are_hidden_and_many_are_counted() -> None:
    no = (AnswerDraft("prints", "no"),)
    for _ in range(4):
        household(members=(a_member(head=True, answers=no), a_member()))
    bakr = an_operator(Role.SUPERVISOR)
    since = {"since": AT - timedelta(days=1), "until": timezone.now() + timedelta(days=1)}
    assert figures_for(bakr, **since).prints_refused is None
    household(members=(a_member(head=True, answers=no), a_member()))
    assert (figures_for(bakr, **since).prints_refused, figures_for(bakr, **since).prints_asked) == (5, 10)


def test_small_counts_of_a_site_are_hidden() -> None:
    first_moussa(site=a_site())
    second = second_moussa(site=a_site())
    check_person(person=second, at=AT)
    figures = figures_for(an_operator(Role.SUPERVISOR), **PERIOD)
    assert figures.count() == 1 and {site.open for site in figures.by_site} == {0, None}


def test_a_family_registered_again_under_another_head_is_counted() -> None:
    """Two children, once with their mother, once with their aunt: one is not enough, two make it one family."""
    names = ("Adamou", "Balkissa")
    homes = [
        household(members=(
            a_member(head=True, given=head, sex="F"), *(a_member(given=name, mother="Rabi") for name in names)
        ))
        for head in ("Zeinabou", "Hadjara")
    ]
    judge = an_operator(Role.ADJUDICATOR)
    for finger, name in enumerate(names, start=31):
        pair = [home.memberships.get(person__given=name).person for home in homes]
        for touch, person in enumerate(pair, start=1):
            take_prints(person, {2: finger}, touch=touch)
        check_person(person=pair[1], at=AT)
        case = Case.objects.get(left=pair[0], right=pair[1])
        decided_same(case)
        figures = figures_for(judge, **PERIOD)
        assert (figures.families, figures.another_head) == ((0, 0) if finger == 31 else (1, 1))


def test_minutes_come_from_the_journal() -> None:
    moussa_twice()
    judge = an_operator(Role.ADJUDICATOR)
    case = the_case()
    with_page = a_browser(judge)
    with_page.get(reverse("matching:case", args=[case.id]))
    read = LogEntry.objects.get(action="person.read")
    judge_case(operator=judge, case_id=case.id, verdict="same", reason="", at=read.happened_at + timedelta(seconds=42))
    assert seconds_per_case() == Time(1, 42, 42)


def test_a_sheet_of_paper_can_be_checked() -> None:
    moussa_twice()
    bakr = an_operator(Role.SUPERVISOR, name="Bakr Moussa")
    journal.seal(at=AT)
    browser = a_browser(bakr)
    answer = browser.post(reverse("matching:report-paper"), {"first": "2026-03-01", "last": "2026-03-31"})
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
    entry = LogEntry.objects.get(action="report.made")
    (opened,) = open_entries([entry])
    assert opened.facts is not None and opened.intact
    assert opened.facts["filter"]["since"].startswith("2026-02-28T23:00") and opened.facts["position"] > 0
    assert opened.facts["figures"]["cases"]["both"]["open"] == 1 and opened.facts["reader"]["roles"] == ["supervisor"]
    serial = re.search(r"-([0-9A-F-]{19})\.pdf", answer["Content-Disposition"])
    assert serial is not None
    page = browser.get(reverse("matching:report-check"), {"number": serial[1]}).content.decode()
    assert "Bakr Moussa" in page and "a été fait ici" in page
    unknown = browser.get(reverse("matching:report-check"), {"number": "0000-0000-0000-0000"})
    assert unknown.status_code == 404 and "Bakr Moussa" not in unknown.content.decode().split("<main")[1]


def test_looking_names_nobody_and_leaves_no_line() -> None:
    moussa_twice()
    page = a_browser(an_operator(Role.SUPERVISOR)).get(
        reverse("matching:report"), {"first": "2026-03-01", "last": "2026-03-31"}
    ).content.decode()
    values = [v for v in (*MOUSSA.values(), *MOUSSA_AGAIN.values()) if isinstance(v, str) and len(v) > 2]
    assert not any(value in page for value in values) and not re.search(r'style="|<script>', page)
    assert not LogEntry.objects.filter(action__in=["person.read", "report.made"]).exists()
    assert Person.objects.count() == 4


def test_a_period_that_ends_before_it_begins_is_said_so() -> None:
    bakr = an_operator(Role.SUPERVISOR)
    with refused("period-empty"):
        make_report(operator=bakr, since=AT, until=AT, at=AT)
    page = a_browser(bakr).get(reverse("matching:report"), {"first": "2026-03-31", "last": "2026-03-01"})
    assert "avant le premier" in page.content.decode()
