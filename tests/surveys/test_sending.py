"""What phones send: kept once, whole or in parts, never lost, opened, and made into families."""

from __future__ import annotations

import base64

import pytest
from django.test import Client

from gada import vault
from gada.agencies.rules import Role
from gada.engine.refusal import NotFound
from gada.journal.comparing import compare_state
from gada.people.models import Household, Person
from gada.people.services import erase_person
from gada.surveys import queries, services, tasks
from gada.surveys.models import Attachment, Submission, SurveyForm
from gada.surveys.services.opening import open_submission
from tests.surveys.builders import Phone, a_form, a_photo, an_instance, answers, bakr
from tests.surveys.phone import sealed_submission
from tests.world import AT, PASSWORD, a_node, a_site, an_agency, an_operator

pytestmark = pytest.mark.django_db


def settled(instance: str, edition: int = 1) -> Submission:
    row = Submission.objects.get(instance_id=instance, edition=edition)
    tasks.settle.func(str(row.id))
    row.refresh_from_db()
    return row


def test_a_family_sealed_on_the_phone_is_registered_with_its_photo_once() -> None:
    a_form()
    phone, instance = Phone(), an_instance()
    done = phone.send_sealed(answers(instance, photo="12.jpg"), {"12.jpg": a_photo()}, instance=instance)
    assert done.status_code == 201 and b"submit_success" in done.content
    assert done["X-OpenRosa-Version"] == "1.0" and int(done["X-OpenRosa-Accept-Content-Length"]) > 10**7
    row = settled(instance)
    assert (row.state, row.reason, row.sealed) == ("registered", "", True)
    household = Household.objects.get(id=row.household)
    assert (household.source_key, household.place, household.programme.name) == (instance, "NE001", "Vivres")
    head = Person.objects.get(given="Moussa")
    assert (head.surname, head.sex, str(head.birth_from), head.source_key) == (
        "Garba",
        "M",
        "1980-05-02",
        f"{instance}#1",
    )
    assert vault.get_blob(head.id, head.photo)[:3] == b"\xff\xd8\xff"
    assert set(Person.objects.values_list("given", "memberships__relationship", "sex", "birth_precision")) == {
        ("Moussa", "head", "M", "day"),
        ("Hadiza", "spouse", "F", "around"),
        ("Fati", "child", "F", "around"),
    }
    tasks.settle.func(str(row.id))  # taken up again after a kill
    assert Household.objects.count() == 1


def test_the_same_again_is_202_and_files_may_come_later() -> None:
    a_form()
    phone, instance = Phone(), an_instance()
    xml, photo = answers(instance, photo="p.jpg"), a_photo()
    assert phone.send(xml).status_code == 201
    row = Submission.objects.get()
    assert row.state == "arriving" and "p.jpg" in queries.reason_of(row)
    assert phone.send(xml).status_code == 202
    assert phone.send(xml, {"p.jpg": photo}).status_code == 201
    assert phone.send(xml, {"p.jpg": photo}).status_code == 202
    assert (Submission.objects.count(), Attachment.objects.count()) == (1, 1)
    assert settled(instance).state == "registered"


def test_other_answers_under_the_same_identifier_are_kept_and_shown() -> None:
    a_form()
    phone, instance = Phone(), an_instance()
    phone.send(answers(instance))
    assert settled(instance).state == "registered"
    assert phone.send(answers(instance, given="Moussa Garba")).status_code == 201
    second = settled(instance, edition=2)
    assert (second.state, second.reason, second.household) == ("waiting", "submission-differs", None)
    supervisor = bakr()
    again = services.take_up_submission(operator=supervisor, submission=second, at=AT)
    assert (again.state, again.reason) == ("waiting", "submission-registered-before")
    services.set_aside_submission(operator=supervisor, submission=again, why="Corrigé sur la fiche", at=AT)
    assert Household.objects.count() == 1
    assert open_submission(second).answers["chef/given"] == "Moussa Garba"
    assert compare_state().differences == ()


def test_what_cannot_be_used_waits_with_its_reason_is_corrected_and_registered() -> None:
    a_form()
    phone, instance = Phone(), an_instance()
    phone.send(answers(instance, dob="2999-01-05"))
    row = settled(instance)
    assert (row.state, row.reason) == ("waiting", "birth-date-future")
    assert "avenir" in queries.reason_of(row) or "future" in queries.reason_of(row)
    done = services.correct_submission(operator=bakr(), submission=row, changes={"chef/dob": "1979-01-05"}, at=AT)
    assert done.state == "registered" and str(Person.objects.get(given="Moussa").birth_from) == "1979-01-05"
    row.corrected = None
    assert open_submission(row).answers["chef/dob"] == "2999-01-05"  # what came stays as it came


def test_damaged_answers_and_those_sealed_for_another_form_wait() -> None:
    a_form()
    a_form(form_id="autre")
    phone, instance, other = Phone(), an_instance(), an_instance()
    public = SurveyForm.objects.get(xml_id="autre").public_key
    sent = sealed_submission(
        public, form_id="famille", version="1", instance_id=instance, answers=answers(instance), media={}
    )
    phone.send(*sent)
    assert settled(instance).reason == "form-seal-broken"
    mine = SurveyForm.objects.get(xml_id="famille").public_key
    manifest, files = sealed_submission(
        mine, form_id="famille", version="1", instance_id=other, answers=answers(instance), media={}
    )
    phone.send(manifest, files)  # answers of another submission inside
    assert settled(other).reason == "submission-damaged"
    assert Household.objects.count() == 0


def test_a_household_of_forty_and_one_with_nobody() -> None:
    a_form()
    phone, large, empty = Phone(), an_instance(), an_instance()
    forty = "".join(f"<members><given>Enfant {n}</given><lien>enfant</lien></members>" for n in range(39))
    phone.send(answers(large, members=forty))
    assert settled(large).state == "registered" and Person.objects.count() == 40
    phone.send(answers(empty, given="", members="<members><given/></members>"))
    assert settled(empty).reason == "name-missing"


@pytest.mark.parametrize(
    "xml, status, words",
    [
        (b"<data id='famille'/>", 422, "identifi"),
        (b"not xml", 422, "XML"),
        (
            b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><data id='famille'>&b;</data>",
            422,
            "XML",
        ),
        (b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><data/>", 422, "XML"),
        (b"<a>" * 200 + b"</a>" * 200, 422, "XML"),
        (b"<data id='inconnu'><meta><instanceID>uuid:12345678</instanceID></meta></data>", 404, "formulaire"),
        (b"<data id='famille'><meta><instanceID>../../x y</instanceID></meta></data>", 422, "identifi"),
    ],
)
def test_hostile_and_broken_answers_are_refused_in_words(xml: bytes, status: int, words: str) -> None:
    a_form()
    done = Phone().send(xml)
    assert done.status_code == status and words in done.content.decode()
    assert b"submit_error" in done.content and Submission.objects.count() == 0


def test_only_a_phone_that_is_let_in_is_answered(client: Client) -> None:
    a_form()
    phone, site = Phone(), a_node().site
    assert phone.get("formList").status_code == 200
    services.shut_out_phone(operator=bakr(), phone=phone.row, at=AT)
    shut = phone.get("formList")
    assert shut.status_code == 401 and shut["WWW-Authenticate"].startswith("Basic")
    assert phone.send(answers(an_instance())).status_code == 401
    assert client.get(f"/openrosa/key/{'x' * 48}/formList").status_code in (401, 429)
    assert client.get(f"/openrosa/site/{site.id}/formList").status_code == 401
    assert client.get(f"/openrosa/site/{site.id}/formList", REMOTE_ADDR="10.0.0.7").status_code == 403
    waits = [client.get(f"/openrosa/key/{n}/formList").status_code for n in range(8)]
    assert waits[-1] == 429


def test_by_name_and_password_and_only_at_ones_own_site(client: Client) -> None:
    a_form()
    amina = an_operator(Role.CLERK, name="Amina", site=a_node().site)
    chen = an_operator(Role.CLERK, name="Chen", agency=an_agency())

    def ask(username: str, password: str, site: object) -> int:
        said = base64.b64encode(f"{username}:{password}".encode()).decode()
        return client.get(
            f"/openrosa/site/{site}/formList", headers={"authorization": f"Basic {said}"}
        ).status_code

    site = a_node().site.id
    assert ask(amina.username, PASSWORD, site) == 200
    assert ask(amina.username, PASSWORD, a_site().id) == 403
    assert ask(chen.username, PASSWORD, site) == 403
    assert ask(amina.username, "autre chose", site) == 401
    assert [ask(chen.username, "x", site) for _ in range(8)][-1] == 429


def test_erasing_somebody_destroys_what_the_phone_sent() -> None:
    a_form()
    phone, instance = Phone(), an_instance()
    phone.send_sealed(answers(instance, photo="1.jpg"), {"1.jpg": a_photo()}, instance=instance)
    row = settled(instance)
    held = Attachment.objects.values_list("blob", flat=True)
    erase_person(
        operator=an_operator(Role.DPO), person_id=Person.objects.get(given="Fati").id, ground="demande", at=AT
    )
    tasks.forget.func(str(row.id))
    row.refresh_from_db()
    assert row.content is None and not vault.data_keys([row.id])
    with pytest.raises(NotFound):
        vault.get_blob(row.id, held[0])
    assert (
        phone.send_sealed(answers(instance), {}, instance=instance).status_code == 201
    )  # comes anew: kept, not used
