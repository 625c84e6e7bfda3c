"""What falls due, on its pages: decided by one person, confirmed by another, erased by the worker, never by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from gada import vault
from gada.agencies.models import Operator
from gada.console import services
from gada.console.models import DueCount, ErasureRun, ImportRun
from gada.console.queries.overdue import overdue_for
from gada.console.services.erasing import overdue
from gada.journal.models import LogEntry
from gada.people.models import Draft, Household, LegalHold, PersonRequest
from gada.people.services import answer_request, correct_person, erase_person, finish_erasures
from gada.people.words import Kept, PersonStatus
from tests.console.builders import HEAD, amina, begun
from tests.people.builders import a_person
from tests.world import AT, Role, a_browser, a_node, a_site, an_operator, refused

pytestmark = pytest.mark.django_db(transaction=True)
LATER = AT + timedelta(days=800)


def proposed(dpo: Operator, kept: str = Kept.CONTACT, *, at: datetime = LATER) -> ErasureRun:
    return services.propose_erasure(
        operator=dpo, kept=kept, seen=len(overdue(dpo, kept, at=at)), ground="Échéance", at=at
    )


def carried_out(run: ErasureRun) -> ErasureRun:
    while services.continue_erasure(run_id=run.id, at=LATER) is not None:
        pass
    run.refresh_from_db()
    return run


def test_nothing_is_erased_before_a_second_person_confirms() -> None:
    person, dpo, second = a_person(phone="+227 1"), an_operator(Role.DPO), an_operator(Role.SUPERVISOR)
    run = proposed(dpo)
    assert services.continue_erasure(run_id=run.id, at=LATER) is None
    with refused("two-people-erase"):
        services.confirm_erasure(operator=dpo, run_id=run.id, at=LATER)
    with refused("not-permitted"):
        services.confirm_erasure(operator=an_operator(Role.CLERK), run_id=run.id, at=LATER)
    with refused("erasure-waiting"):
        proposed(dpo)
    services.confirm_erasure(operator=second, run_id=run.id, at=LATER)
    carried_out(run)
    person.refresh_from_db()
    assert (person.phone, person.status) == ("", PersonStatus.ACTIVE)
    assert LogEntry.objects.filter(action="person.class_erased", about_id=person.id).count() == 1
    assert overdue(dpo, Kept.CONTACT, at=LATER) == []


def test_a_whole_person_goes_and_the_household_keeps_its_place_in_the_accounts() -> None:
    person, dpo = a_person(), an_operator(Role.DPO)
    run = proposed(dpo, Kept.IDENTITY)
    services.confirm_erasure(operator=an_operator(Role.DPO), run_id=run.id, at=LATER)
    carried_out(run)
    person.refresh_from_db()
    assert (person.given, person.status) == ("", PersonStatus.ERASED)
    assert vault.data_keys([person.id]) == {}
    assert Household.objects.get().memberships.count() == 1


def test_killed_in_the_middle_it_goes_on_and_erases_nobody_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    people, dpo = [a_person() for _ in range(5)], an_operator(Role.DPO)
    monkeypatch.setattr("gada.console.services.erasing.CHUNK", 2)
    run = proposed(dpo, Kept.IDENTITY)
    services.confirm_erasure(operator=an_operator(Role.DPO), run_id=run.id, at=LATER)

    def power_cut(_subjects: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(vault, "shred", power_cut)  # the entries are kept, the keys still there
        services.continue_erasure(run_id=run.id, at=LATER)
    assert len(vault.data_keys([each.id for each in people])) == 5
    assert finish_erasures() == 2  # the worker's first act when it starts again
    run = carried_out(run)
    assert (run.done, run.spared) == (5, 0)
    assert vault.data_keys([each.id for each in people]) == {}
    assert LogEntry.objects.filter(action="person.erased").count() == 5


def test_whoever_comes_back_meanwhile_is_spared() -> None:
    person, gone, dpo = a_person(phone="+227 1"), a_person(phone="+227 2"), an_operator(Role.DPO)
    run = proposed(dpo)
    services.confirm_erasure(operator=an_operator(Role.ADMIN), run_id=run.id, at=LATER)
    clerk = an_operator(Role.CLERK)
    correct_person(operator=clerk, person_id=person.id, changes={"given": "Aïcha"}, saw={}, at=LATER)
    erase_person(operator=dpo, person_id=gone.id, ground="À sa demande", at=LATER)
    run = carried_out(run)
    assert (run.done, run.spared) == (2, 2)
    person.refresh_from_db()
    assert person.phone


def test_an_officer_of_one_site_sees_and_erases_only_there() -> None:
    here, elsewhere = a_person(phone="+227 1"), a_site()
    dpo, other = an_operator(Role.DPO, site=a_node().site), an_operator(Role.DPO, site=elsewhere)
    assert overdue(dpo, Kept.CONTACT, at=LATER) == [here.id]
    assert overdue(other, Kept.CONTACT, at=LATER) == []
    run = proposed(dpo)
    with refused("erasure-beyond"):
        services.confirm_erasure(operator=other, run_id=run.id, at=LATER)
    services.decline_erasure(operator=dpo, run_id=run.id, at=LATER)
    assert services.continue_erasure(run_id=run.id, at=LATER) is None


def test_copies_go_by_themselves_and_registered_people_keep_their_pictures() -> None:
    clerk = amina()
    draft = Draft.objects.get(id=UUID(begun(a_browser(clerk), HEAD)))
    saved = draft.saved_at
    assert services.forget_copies(at=saved + timedelta(days=29))["drafts"] == 0
    assert services.forget_copies(at=saved + timedelta(days=31))["drafts"] == 1
    assert not Draft.objects.exists()
    run = services.open_import(
        operator=an_operator(Role.SUPERVISOR), site=a_node().site, source="liste", programme=None, records=None, at=AT,
        table="prénom;sexe\nAmina;F\n".encode(),
    )
    blob = run.table
    assert services.forget_copies(at=AT + timedelta(days=31))["imports"] == 1
    assert ImportRun.objects.get().table is None
    assert not vault.blobs.blob_path(blob).exists()
    assert vault.data_keys([run.id]) == {}


def test_the_first_page_says_in_red_what_is_overdue() -> None:
    a_person(phone="+227 1")
    dpo, clerk = an_operator(Role.DPO), an_operator(Role.CLERK)
    services.count_due(at=LATER)
    assert DueCount.objects.get(kept=Kept.CONTACT).people == 1
    assert overdue_for(dpo) == (1, 0)
    assert overdue_for(clerk) == (0, 0)
    assert "trop longtemps" in a_browser(dpo).get(reverse("console:home")).content.decode()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pages_from_the_list_to_the_erasure(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person = a_person(phone="+227 1")
    dpo, second = an_operator(Role.DPO, language=language), an_operator(Role.SUPERVISOR)
    now(monkeypatch, LATER)
    browser = a_browser(dpo, language=language)
    assert browser.get(reverse("console:retention")).status_code == 200
    page = browser.get(reverse("console:due", args=["contact"]))
    assert person.number in page.content.decode()
    read = LogEntry.objects.filter(action="person.read", about_id=person.id)
    assert read.count() == 1
    said = {"seen": "1", "ground": "Échéance", "sure": "on"}
    answer = browser.post(reverse("console:due", args=["contact"]), said, follow=True)
    run = ErasureRun.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("console:erasure", args=[run.id])
    confirmed = a_browser(second).post(reverse("console:confirm-erasure", args=[run.id]), follow=True)
    assert confirmed.status_code == 200
    days = {"after_contact": "9999", "after_end": "90", "after_leaving": "90", "reason": "x"}
    address = reverse("console:retention-days", args=["contact"])
    assert browser.post(address, days).status_code == 422
    assert browser.post(address, days | {"after_contact": "400"}).status_code == 302
    assert "400 · 90 · 90" in browser.get(reverse("console:retention")).content.decode()
    assert "400 · 90 · 90" in browser.get(address).content.decode()
    assert browser.get(reverse("console:due", args=["accounts"])).status_code == 404
    assert a_browser(an_operator(Role.CLERK)).get(reverse("console:retention")).status_code == 403


def test_a_request_has_a_day_and_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    person, dpo, clerk = a_person(), an_operator(Role.DPO), an_operator(Role.CLERK)
    now(monkeypatch, AT)
    address = reverse("console:requests-of", args=[person.id])
    assert a_browser(clerk).post(address, {"asked": "access", "words": "Tout voir"}).status_code == 302
    request = PersonRequest.objects.get()
    assert request.due_on == (AT + timedelta(days=30)).date()
    assert "Tout voir" in a_browser(clerk).get(address).content.decode()
    assert a_browser(clerk).get(reverse("console:request", args=[request.id])).status_code == 403
    now(monkeypatch, AT + timedelta(days=31))
    browser = a_browser(dpo)
    assert "en retard" in browser.get(reverse("console:requests")).content.decode()
    answer = {"outcome": "done", "answer": "Rapport remis en main propre"}
    assert browser.post(reverse("console:request", args=[request.id]), answer).status_code == 302
    assert "en retard" not in browser.get(reverse("console:requests")).content.decode()
    assert "Rapport remis" in browser.get(address).content.decode()
    with refused("request-answered"):
        answer_request(operator=dpo, request_id=request.id, outcome="done", answer="x", at=AT)


def test_a_hold_is_placed_and_ended_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    person, dpo = a_person(phone="+227 1"), an_operator(Role.DPO)
    now(monkeypatch, AT)
    browser = a_browser(dpo)
    said = {"reason": "Enquête interne", "until": (AT + timedelta(days=2000)).date().isoformat()}
    assert browser.post(reverse("console:hold", args=[person.id]), said).status_code == 422
    said["until"] = (AT + timedelta(days=900)).date().isoformat()
    page = browser.post(reverse("console:hold", args=[person.id]), said, follow=True)
    assert "Enquête interne" in page.content.decode()
    assert overdue(dpo, Kept.CONTACT, at=LATER) == []
    assert browser.post(reverse("console:end-hold", args=[LegalHold.objects.get().id])).status_code == 302
    assert overdue(dpo, Kept.CONTACT, at=LATER) == [person.id]


def now(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """What the pages take for now."""
    for page in ("retention", "requests"):
        monkeypatch.setattr(f"gada.console.views.{page}.timezone.now", lambda: at)
