"""A person's page: sources, readers, answers, corrections, the report, protection, erasure."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.urls import reverse

from gada import journal
from gada.agencies.models import Assignment, Operator
from gada.agencies.rules import Role
from gada.agencies.services import assign_role, end_assignment
from gada.biometrics.queries import usable_people
from gada.console import queries
from gada.credentials.queries import cards_of
from gada.engine.proof.ids import new_id
from gada.journal.models import LogEntry
from gada.people.models import Person
from tests.console.builders import CHILD, HEAD, SPOUSE, a_file, a_scan, amina, registered_by
from tests.world import AT, a_browser, a_node, a_site, an_agency, an_operator

pytestmark = pytest.mark.django_db


def zeinabou(clerk: Operator, *, images: bool = False) -> Person:
    fingers = {2: a_file(81), 7: a_file(82)} if images else {2: a_scan(2, 81), 7: a_scan(7, 82)}
    registered_by(clerk, HEAD, CHILD, **{f"members-0-finger_{position}": file for position, file in fingers.items()})
    return Person.objects.get(given="Zeinabou")


def address(name: str, person: Person, **query: str) -> str:
    link = reverse(f"console:{name}", args=[person.id])
    return f"{link}?{'&'.join(f'{k}={v}' for k, v in query.items())}" if query else link


def test_chen_sees_nothing_and_changes_nothing() -> None:
    person = zeinabou(amina())
    chen = a_browser(an_operator(Role.CLERK, Role.DPO, Role.SUPERVISOR, name="Chen", agency=an_agency()))
    for name in ("person", "photo", "correct", "erase", "verify", "disclosure", "take-prints"):
        answer = chen.get(address(name, person, why="registration"), follow=True)
        assert answer.status_code == 404 and "Zeinabou" not in answer.content.decode(), name
    for name in ("answer", "protect"):
        data = {"purpose": "sharing", "answer": "no", "on": "1"}
        assert chen.post(address(name, person), data).status_code == 404
    person.refresh_from_db()
    assert not person.needs_protection


def test_an_auditor_reads_and_may_change_nothing() -> None:
    person = zeinabou(amina())
    auditor = a_browser(an_operator(Role.AUDITOR))
    assert auditor.get(address("person", person, why="audit")).status_code == 200
    for name in ("correct", "erase", "verify", "take-prints"):
        assert auditor.get(address(name, person)).status_code == 403
    assert auditor.post(address("protect", person), {"on": "1"}).status_code == 403


def test_why_is_asked_before_anything_is_shown() -> None:
    clerk = amina()
    person = zeinabou(clerk)
    reads = LogEntry.objects.filter(action="person.read").count()
    page = a_browser(clerk).get(address("person", person)).content.decode()
    assert "Pourquoi regardez-vous" in page and "Zeinabou" not in page
    assert LogEntry.objects.filter(action="person.read").count() == reads


def test_the_page_says_where_from_and_who_read_it() -> None:
    clerk = amina()
    person = zeinabou(clerk, images=True)
    bakr = a_browser(an_operator(Role.SUPERVISOR, name="Bakr Très Secret"))
    bakr.get(address("person", person, why="complaint"))
    page = a_browser(clerk).get(address("person", person, why="registration")).content.decode()
    assert "vers 1985" in page and "déclaré, Diffa" in page and "Issoufou Garba" in page
    assert "Plainte ou recours" in page and "Superviseur" in page and "Bakr" not in page
    assert page.count("qualité") == 2 and "voir l’empreinte" not in page  # a clerk sees no picture of a print
    assert "voir l’empreinte" in bakr.get(address("person", person, why="complaint")).content.decode()
    readings = queries.readings_of(clerk, person.id)
    assert readings[0].purpose == "complaint" and readings[1].purpose == "registration"


def test_a_reading_keeps_the_office_and_the_role_of_its_moment() -> None:
    """Who changes their role or their agency afterwards does not change what the person is told."""
    clerk = amina()
    person = zeinabou(clerk)
    bakr, admin = an_operator(Role.SUPERVISOR, Role.ADJUDICATOR), a_node().admin
    a_browser(bakr).get(address("person", person, why="complaint"))
    elsewhere = an_operator(Role.DPO, site=a_site("Zinder"))
    with transaction.atomic():
        journal.record_read(by=elsewhere, people=[person.id], purpose="request", page="person", at=AT)
    for each in Assignment.objects.filter(operator=bakr):
        end_assignment(assignment=each, by=admin, at=AT)
    assign_role(operator=bakr, role=Role.CLERK, by=admin, at=AT)
    Operator.objects.filter(id=bakr.id).update(agency=an_agency())
    here, there = (
        next(each for each in queries.readings_of(clerk, person.id) if each.purpose == purpose)
        for purpose in ("complaint", "request")
    )
    assert (here.role, here.role_is_todays) == ("Superviseur, Vérificateur de doublons", False)
    assert here.office.startswith(person.site.agency.name) and there.role == str(Role.DPO.label)
    page = a_browser(clerk).get(address("person", person, why="registration")).content.decode()
    assert "Superviseur, Vérificateur de doublons" in page and "rôle d’aujourd’hui" not in page


def test_a_reading_older_than_that_is_shown_with_the_role_of_today_and_says_so() -> None:
    clerk = amina()
    person = zeinabou(clerk)
    bakr = an_operator(Role.SUPERVISOR)
    with transaction.atomic():
        journal.record(
            "person.read", by=bakr, about=("person", person.id), mentions=[person.id], purpose="complaint", at=AT,
            facts={"page": "person", "people": [str(person.id)], "criteria": {}},
        )
    old = next(each for each in queries.readings_of(clerk, person.id) if each.purpose == "complaint")
    assert (old.role, old.role_is_todays) == ("Superviseur", True)
    page = a_browser(clerk).get(address("person", person, why="registration")).content.decode()
    assert "Superviseur (rôle d’aujourd’hui)" in page


def test_pictures_of_prints_are_not_for_clerks() -> None:
    clerk = amina()
    person = zeinabou(clerk, images=True)
    sample = person.captures.exclude(sample=None).first().sample
    link = reverse("console:print", args=[person.id, sample])
    assert a_browser(clerk).get(link).status_code == 404
    answer = a_browser(an_operator(Role.ADJUDICATOR)).get(link)
    assert answer.status_code == 200 and answer.content.startswith(b"\x89PNG")


def test_a_withdrawal_takes_effect_at_once() -> None:
    clerk = amina()
    person = zeinabou(clerk)
    browser = a_browser(clerk)
    assert usable_people([person.id]) == {person.id}
    browser.post(address("answer", person), {"purpose": "prints", "answer": "withdrawn", "why": "request"})
    assert usable_people([person.id]) == set()
    page = browser.get(address("person", person, why="request")).content.decode()
    assert "Reprendre" not in page and reverse("console:take-prints", args=[person.id]) not in page


def test_the_page_shows_cards_and_issues_reports_and_replaces_them() -> None:
    clerk = amina()
    person, browser = zeinabou(clerk), a_browser(clerk)
    here = address("person", person, why="registration")
    assert "Aucune n’a été émise" in browser.get(here).content.decode()
    act = reverse("credentials:act")
    assert browser.post(act, {"ids": str(person.id), "paper": "card", "act": "now"}).status_code == 302
    (card,) = cards_of(clerk, person.id)
    page = browser.get(here).content.decode()
    assert card.number in page and "Réimprimer" in page and "Émettre une carte" not in page
    browser.post(act, {"ids": str(card.id), "act": "lose"})
    page = browser.get(here).content.decode()
    assert "perdue" in page and "Émettre une carte" in page and "Réimprimer" not in page
    assert cards_of(an_operator(Role.CLERK, name="Chen", agency=an_agency()), person.id) == []


def test_a_correction_names_what_it_saw() -> None:
    clerk = amina()
    person = zeinabou(clerk)
    browser = a_browser(clerk)
    fields = browser.get(address("correct", person)).context["form"]
    data = {name: bound.value() or "" for name, bound in ((name, fields[name]) for name in fields.fields)}
    data.pop("phone_unsafe")
    first = browser.post(address("correct", person), {**data, "father": "Issoufou Maïga"})
    assert first.status_code == 302
    person.refresh_from_db()
    assert person.father == "Issoufou Maïga" and set(person.versions) == {"father"}
    late = browser.post(address("correct", person), {**data, "father": "Issa"})
    assert late.status_code == 422 and "entre-temps" in late.content.decode()
    page = browser.get(address("person", person, why="registration")).content.decode()
    assert "corrigé, Diffa" in page
    born = browser.get(address("correct", person)).context["form"]
    data = {name: born[name].value() or "" for name in born.fields if name != "phone_unsafe"}
    refused = browser.post(address("correct", person), {**data, "birth": "1/1/2090"})
    assert refused.status_code == 422 and "à venir" in refused.content.decode()
    browser.post(address("correct", person), {**data, "birth": "5 juin 1984"})
    person.refresh_from_db()
    assert (person.birth_from.isoformat(), person.birth_precision) == ("1984-06-05", "day")


def test_the_report_opens_only_for_the_verified_person() -> None:
    clerk = amina()
    person = zeinabou(clerk)
    browser = a_browser(clerk)
    assert browser.get(address("disclosure", person))["Location"] == address("verify", person)
    wrong = browser.post(address("verify", person), {"finger": a_scan(2, 99), "position": "2"})
    assert wrong.status_code == 422 and "reconnue" in wrong.content.decode()
    assert (
        browser.post(address("verify", person), {"reason": "je la connais"}).status_code == 403
    )  # a clerk's word is not enough
    right = browser.post(address("verify", person), {"finger": a_scan(2, 81, 2), "position": "2"})
    assert right["Location"] == address("disclosure", person)
    paper = browser.get(address("disclosure", person)).content.decode()
    assert (
        "Ce que nous détenons sur vous" in paper and "Zeinabou" in paper and "Amina" not in paper.split("<article")[1]
    )
    other = a_browser(an_operator(Role.CLERK))
    assert other.get(address("disclosure", person)).status_code == 302  # opened for one operator only


def test_a_supervisor_may_vouch_with_a_reason() -> None:
    person = zeinabou(amina())
    bakr = a_browser(an_operator(Role.SUPERVISOR, name="Bakr"))
    assert bakr.post(address("verify", person), {"reason": " "}).status_code == 422
    assert bakr.post(address("verify", person), {"reason": "Le chef du village l’accompagne"}).status_code == 302
    assert bakr.get(address("disclosure", person)).status_code == 200
    opened = LogEntry.objects.get(action="disclosure.opened")
    assert (opened.about_id, opened.purpose) == (person.id, "request")


def test_who_received_is_on_the_report() -> None:
    from django.db import transaction

    from gada import journal
    from tests.world import AT

    clerk = amina()
    person = zeinabou(clerk)
    with transaction.atomic():
        journal.record(
            "person.disclosed",
            by=clerk,
            about=("agreement", new_id()),
            purpose="exchange",
            at=AT,
            mentions=[person.id],
            facts={"partner_name": "Programme alimentaire", "fields": ["given", "surname"], "people": 1},
        )
    line = next(each for each in queries.readings_of(clerk, person.id) if each.kind == "disclosed")
    assert (line.partner, line.fields) == ("Programme alimentaire", ("given", "surname"))
    page = a_browser(clerk).get(address("person", person, why="request")).content.decode()
    assert "Parti vers Programme alimentaire" in page


def test_protection_and_erasure_are_for_those_who_answer_for_it() -> None:
    clerk = amina()
    person = zeinabou(clerk)
    assert a_browser(clerk).post(address("protect", person), {"on": "1"}).status_code == 403
    dpo = a_browser(an_operator(Role.DPO))
    dpo.post(address("protect", person), {"on": "1"})
    person.refresh_from_db()
    assert person.needs_protection
    once = {"ground": "Demande du 3 mars", "number": person.number}
    assert dpo.post(address("erase", person), once).status_code == 422  # the box is not ticked
    assert dpo.post(address("erase", person), {**once, "number": "0000-0000-0", "sure": "on"}).status_code == 422
    assert dpo.post(address("erase", person), {**once, "sure": "on"}).status_code == 302
    person.refresh_from_db()
    assert (person.given, person.status) == ("", "erased")
    assert dpo.get(address("person", person, why="request")).status_code == 404


def test_prints_may_be_taken_later() -> None:
    clerk = amina()
    registered_by(clerk, HEAD)
    person = Person.objects.get()
    answer = a_browser(clerk).post(address("take-prints", person), {"finger_2": a_scan(2, 83), "outcome_7": "unable"})
    assert answer.status_code == 302 and person.templates.count() == 1 and person.captures.count() == 2


def test_the_page_costs_the_same_for_a_large_family(django_assert_max_num_queries) -> None:
    clerk = amina()
    registered_by(clerk, HEAD, SPOUSE, *({**CHILD, "given": f"Enfant {n}"} for n in range(6)))
    browser = a_browser(clerk)
    link = address("person", Person.objects.get(given="Zeinabou"), why="registration")
    for _ in range(5):
        browser.get(link)
    with django_assert_max_num_queries(40):
        assert browser.get(link).status_code == 200


def test_nobody_is_registered_under_this_number() -> None:
    a_node()
    assert a_browser(amina()).get(reverse("console:person", args=[new_id()]) + "?why=audit").status_code == 404
