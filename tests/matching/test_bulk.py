"""Many cases decided "two people" in one go: previewed, one judgement each, undone as one, never "the same"."""

from __future__ import annotations

import pytest
from django.urls import reverse

from gada.matching.models import BulkRun, Case, Judgement
from gada.matching.queries.bulk import bulk_run_for, cases_matching, preview_of
from gada.matching.rules import Filters, clean_filters
from gada.matching.services import begin_bulk, begin_bulk_undo, continue_bulk, judge_case
from gada.matching.tasks import decide_in_bulk, undo_in_bulk
from tests.matching.builders import moussa_twice, second_moussa
from tests.world import AT, Role, a_browser, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
LOW = Filters(-5)


@pytest.fixture
def cases() -> list[Case]:
    """Six cases; of five the sum is below the bar."""
    from gada.matching.services import check_person

    moussa_twice()
    for name in ("Mamadou", "Mahamane"):
        check_person(person=second_moussa(given=name), at=AT)
    found = list(Case.objects.order_by("id"))
    Case.objects.exclude(id=found[0].id).update(total=-12)
    Case.objects.filter(id=found[1].id).update(sexes_differ=True, best_finger=None)
    return found


def test_outsiders_decide_nothing_in_bulk(cases: list[Case]) -> None:
    chen = an_operator(Role.ADJUDICATOR, name="Chen", agency=an_agency())
    amina, bakr = an_operator(Role.CLERK), an_operator(Role.SUPERVISOR)
    for outsider in (amina, bakr):
        with refused("not-permitted"):
            begin_bulk(operator=outsider, filters=LOW, seen=5, at=AT)
        assert a_browser(outsider).get(reverse("matching:together")).status_code == 403
    with refused("bulk-empty"):
        begin_bulk(operator=chen, filters=LOW, seen=0, at=AT)
    run = begin_bulk(operator=an_operator(Role.ADJUDICATOR), filters=LOW, seen=len(cases) - 1, at=AT)
    with refused("bulk-unknown"):
        bulk_run_for(chen, run.id)
    with refused("bulk-unknown"):
        begin_bulk_undo(operator=chen, run_id=run.id, at=AT)
    assert a_browser(chen).get(reverse("matching:bulk", args=[run.id])).status_code == 404


def test_what_matches(cases: list[Case]) -> None:
    judge = an_operator(Role.ADJUDICATOR)
    assert cases_matching(judge, LOW).count() == len(cases) - 1
    assert cases_matching(judge, Filters(-20)).count() == 0
    assert cases_matching(judge, Filters(-5, "none", True)).get() == cases[1]
    assert cases[1] not in cases_matching(judge, Filters(-5, "disagree"))
    judge_case(operator=an_operator(Role.ADJUDICATOR), case_id=cases[2].id, verdict="unsure", reason="", at=AT)
    judge_case(operator=an_operator(Role.ADJUDICATOR), case_id=cases[3].id, verdict="same", reason="", at=AT)
    Case.objects.update(total=-12)
    assert set(cases_matching(judge, LOW)) == {cases[n] for n in range(len(cases)) if n not in (2, 3)}
    shown = preview_of(judge, LOW)
    assert len(shown.cases) == len(cases) - 2 == len(shown.sample) and shown.people >= 3
    assert [case.id for case in preview_of(judge, LOW).sample] == [case.id for case in shown.sample]


def test_a_bar_is_needed_and_not_where_the_evidence_says_the_same() -> None:
    for most in (None, 20, 50):
        with refused("bulk-bar"):
            clean_filters(most_total=most, fingers="", sexes_differ=False)
    assert clean_filters(most_total=19, fingers="x", sexes_differ=True) == Filters(19, "", True)


def test_decided_and_undone_as_one(cases: list[Case]) -> None:
    judge = an_operator(Role.ADJUDICATOR)
    with refused("bulk-changed"):
        begin_bulk(operator=judge, filters=LOW, seen=3, at=AT)
    run = begin_bulk(operator=judge, filters=LOW, seen=len(cases) - 1, at=AT)
    judge_case(operator=an_operator(Role.ADJUDICATOR), case_id=cases[1].id, verdict="different", reason="", at=AT)
    assert decide_in_bulk.func(str(run.id)) == len(cases) - 1
    run.refresh_from_db()
    assert (run.refused, run.finished_at is not None) == (1, True)
    made = Judgement.objects.filter(batch=run.id)
    assert {one.verdict for one in made} == {"different"} and made.count() == len(cases) - 2
    assert Case.objects.filter(status="open").get() == cases[0]
    assert continue_bulk(run_id=run.id, at=AT) is None
    bakr = an_operator(Role.ADJUDICATOR)
    begin_bulk_undo(operator=bakr, run_id=run.id, at=AT)
    with refused("bulk-undone"):
        begin_bulk_undo(operator=bakr, run_id=run.id, at=AT)
    undo_in_bulk.func(str(run.id))
    assert not Judgement.objects.filter(batch=run.id, undone_at=None).exists()
    assert set(Case.objects.filter(status="decided")) == {cases[1]}  # what somebody decided alone stays


def test_killed_and_taken_up_again(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gada.matching.services.bulk.CHUNK", 2)
    run = begin_bulk(operator=an_operator(Role.ADJUDICATOR), filters=LOW, seen=len(cases) - 1, at=AT)
    first = continue_bulk(run_id=run.id, at=AT)
    assert first is not None and first.done == 2 and first.finished_at is None
    assert decide_in_bulk.func(str(run.id)) == len(cases) - 1
    assert Judgement.objects.count() == len(cases) - 1


def test_the_pages(cases: list[Case]) -> None:
    browser = a_browser(an_operator(Role.ADJUDICATOR))
    address = reverse("matching:together")
    assert "name=\"seen\"" not in browser.get(address).content.decode()
    page = browser.get(address, {"most": "-0.5", "fingers": "", "sexes": ""}).content.decode()
    assert f'name="seen" value="{len(cases) - 1}"' in page and "Moussa" not in page
    for nonsense in ("4", "", "x", "NaN", "Infinity", "1e999"):
        assert 'name="seen"' not in browser.get(address, {"most": nonsense}).content.decode()
    stale = browser.post(address, {"most": "-0.5", "seen": "1"})
    assert stale.status_code == 409 and not BulkRun.objects.exists()
    begun = browser.post(address, {"most": "-0.5", "seen": str(len(cases) - 1)})
    run = BulkRun.objects.get()
    assert begun["Location"] == reverse("matching:bulk", args=[run.id])
    assert "progress" in browser.get(begun["Location"]).content.decode()
    decide_in_bulk.func(str(run.id))
    assert reverse("matching:undo-bulk", args=[run.id]) in browser.get(begun["Location"]).content.decode()
    assert begun["Location"] in browser.get(address).content.decode()
    browser.post(reverse("matching:undo-bulk", args=[run.id]))
    undo_in_bulk.func(str(run.id))
    assert "annul" in browser.get(begun["Location"]).content.decode()
    assert browser.post(reverse("matching:undo-bulk", args=[run.id])).status_code == 409
