"""The pages: publish, say what answers mean, let a phone in, look into the tray, put answers right."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gada.agencies.rules import Role
from gada.journal.models import LogEntry
from gada.people.models import Person
from gada.surveys import tasks
from gada.surveys.models import PhoneKey, Submission, SurveyForm
from tests.surveys.builders import Phone, a_form, a_workbook, an_instance, answers, bakr
from tests.world import a_browser, a_programme, an_agency, an_operator

pytestmark = pytest.mark.django_db
PAGES = ("forms", "publish", "tray", "phones")


def test_outsiders_see_nothing() -> None:
    form = a_form().form
    Phone().send(answers(an_instance()))
    submission = Submission.objects.get()
    clerk = a_browser(an_operator(Role.CLERK))
    assert {clerk.get(reverse(f"surveys:{name}")).status_code for name in PAGES} == {403}
    chen = a_browser(an_operator(Role.SUPERVISOR, name="Chen", agency=an_agency()))
    for name, id_ in (("form", form.id), ("mapping", form.id), ("submission", submission.id)):
        assert chen.get(reverse(f"surveys:{name}", args=[id_])).status_code in (403, 404)
    assert "Intikane" not in chen.get(reverse("surveys:forms")).content.decode()
    auditor = a_browser(an_operator(Role.AUDITOR))
    page = auditor.get(reverse("surveys:submission", args=[submission.id])).content.decode()
    assert "Moussa" not in page and "pas ce qu’elles disent" in page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_published_mapped_and_listed(language: str) -> None:
    browser = a_browser(an_operator(Role.SUPERVISOR, language=language))
    a_programme("Vivres")
    workbook = SimpleUploadedFile("famille.xlsx", a_workbook())
    made = browser.post(reverse("surveys:publish"), {"workbook": workbook})
    form = SurveyForm.objects.get()
    assert made.status_code == 302 and made["Location"] == reverse("surveys:mapping", args=[form.id])
    page = browser.get(made["Location"]).content.decode()
    assert {"fr": "Chef de ménage", "en": "Relationship to the head"}[language] in page
    fields = dict(
        re.findall(
            r'<select name="([\w-]+)"[^>]*>(?:(?!</select>).)*?<option value="([^"]*)" selected', page, re.S
        )
    )
    assert fields["member-given"] == "members/given" and fields["choice-member-relationship-0"] == "spouse"
    said = {**dict(fields.items()), "use": "families", "head-phone": "place"}
    assert browser.post(made["Location"], said).status_code == 302
    form.refresh_from_db()
    assert (
        form.mapping["head"]["phone"] == "place" and form.mapping["choices"]["members/lien"]["enfant"] == "child"
    )
    again = browser.post(reverse("surveys:publish"), {"workbook": SimpleUploadedFile("f.xlsx", a_workbook())})
    assert again.status_code == 422 and "settings" in again.content.decode()
    for address in (reverse("surveys:forms"), reverse("surveys:form", args=[form.id])):
        assert "Familles d" in browser.get(address).content.decode()
    browser.post(reverse("surveys:close", args=[form.id]))
    form.refresh_from_db()
    assert not form.is_open


def test_a_phone_is_let_in_by_its_square_and_shut_out() -> None:
    a_form()
    browser, amina = a_browser(bakr()), an_operator(Role.CLERK, name="Amina")
    page = browser.post(
        reverse("surveys:phones"), {"whose": str(amina.id), "name": "Téléphone d’Amina"}
    ).content.decode()
    server = re.search(r"<code>(.*?)</code>", page)
    assert server and "<svg" in page
    listed = browser.get(f"{server[1].removeprefix('http://testserver')}/formList")
    assert listed.status_code == 200 and b"famille" in listed.content
    assert server[1].rpartition("/")[2] not in browser.get(reverse("surveys:phones")).content.decode()
    browser.post(reverse("surveys:shut-out", args=[PhoneKey.objects.get(name="Téléphone d’Amina").id]))
    assert browser.get(f"{server[1].removeprefix('http://testserver')}/formList").status_code == 401


def test_the_tray_says_why_and_a_correction_registers_the_family() -> None:
    a_form()
    Phone().send(answers(an_instance(), dob="2999-01-05"))
    row = Submission.objects.get()
    tasks.settle.func(str(row.id))
    browser = a_browser(bakr())
    assert "avenir" in browser.get(reverse("surveys:tray")).content.decode()
    address = reverse("surveys:submission", args=[row.id])
    page = browser.get(address).content.decode()
    assert "Moussa" in page and "Date de naissance" in page
    assert LogEntry.objects.filter(action="submission.read", about_id=row.id).count() == 1
    done = browser.post(reverse("surveys:correct", args=[row.id]), {"answer-chef/dob": "1979-01-05"}, follow=True)
    assert "inscrit" in done.content.decode() and Person.objects.count() == 3
    assert browser.post(reverse("surveys:again", args=[row.id])).status_code == 409  # registered: no second family


def test_a_locked_or_wrong_door_answers_phones_in_plain_words() -> None:
    a_form()
    phone = Phone()
    assert phone.browser.get(f"{phone.way}submission").status_code == 405
    assert phone.browser.post(f"{phone.way}submission", {"a": "b"}).status_code == 422
    cut = phone.browser.post(
        f"{phone.way}submission",
        data=b"--x\r\nContent-Disposition: form-data",
        content_type="multipart/form-data; boundary=",
    )
    assert cut.status_code in (400, 422) and b"submit_error" in cut.content
