"""Search: by what is typed, by a finger; every search leaves one line for everybody it showed."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gada.agencies.rules import Role
from gada.journal.models import LogEntry, Mention
from gada.journal.reading import open_entries
from gada.people.models import Person
from tests.biometrics.builders import a_record
from tests.console.builders import CHILD, HEAD, a_file, amina, registered_by
from tests.world import a_browser, a_node, an_agency, an_operator

pytestmark = pytest.mark.django_db
SEARCH = "/search/"


def test_the_outsider_is_refused() -> None:
    a_node()
    assert a_browser().get(SEARCH).status_code == 302
    assert a_browser(an_operator(Role.AUDITOR)).get(SEARCH).status_code == 403


def test_chen_finds_nobody_of_ours() -> None:
    household = registered_by(amina(), HEAD, **{"members-0-finger_2": a_file(71)})
    person = Person.objects.get()
    chen = a_browser(an_operator(Role.CLERK, name="Chen", agency=an_agency()))
    for text in ("Zeinabou", household.number, person.number, "90112233"):
        page = chen.post(SEARCH, {"q": text, "why": "registration"}).content.decode()
        assert "Issoufou" not in page.split("<main")[1] and "Personne de trouvé" not in page
    by_finger = chen.post(SEARCH, {"finger": a_file(71, 2), "position": "2", "why": "registration"})
    assert by_finger.status_code == 200 and "Zeinabou" not in by_finger.content.decode()
    assert not Mention.objects.filter(entry__action="person.read", entry__by_id=chen.session["_auth_user_id"]).exists()


@pytest.mark.parametrize("text", ["zeinabu isufu", "90 11 22 33", "number"])
def test_one_line_finds_by_everything_and_leaves_a_line(text: str) -> None:
    clerk = amina()
    household = registered_by(clerk, HEAD, CHILD)
    typed = household.number if text == "number" else text
    before = LogEntry.objects.filter(action="person.read").count()
    page = a_browser(clerk).post(SEARCH, {"q": typed, "why": "complaint"})
    assert "Zeinabou Issoufou" in page.content.decode()
    line = LogEntry.objects.filter(action="person.read").order_by("-lamport").first()
    assert LogEntry.objects.filter(action="person.read").count() == before + 1 and line.purpose == "complaint"
    facts = next(open_entries([line])).facts
    assert str(Person.objects.get(given="Zeinabou").id) in facts["people"]
    assert "Zeinabou" not in json.dumps(facts) and typed not in json.dumps(facts)


def test_a_finger_finds_its_person() -> None:
    clerk = amina()
    registered_by(clerk, HEAD, CHILD, **{"members-0-finger_2": a_file(72), "members-0-finger_7": a_file(73)})
    page = (
        a_browser(clerk)
        .post(SEARCH, {"finger": a_file(72, 3), "position": "2", "why": "registration"})
        .content.decode()
    )
    assert "Zeinabou" in page and "empreinte reconnue" in page and "Fati" not in page
    nobody = SimpleUploadedFile("other.fmr", a_record({2: 900}), "application/octet-stream")
    assert (
        "Zeinabou"
        not in a_browser(clerk)
        .post(SEARCH, {"finger": nobody, "position": "2", "why": "registration"})
        .content.decode()
    )


def test_why_is_asked_outside_a_task_only() -> None:
    browser = a_browser(amina())
    page = browser.get(SEARCH).content.decode()
    assert 'name="why"' in page and "<select" in page
    assert browser.post(SEARCH, {"q": "Fati"}).status_code == 422
    in_a_task = browser.get(f"{SEARCH}?task=registration").content.decode()
    assert '<input type="hidden" name="why" value="registration">' in in_a_task
    assert browser.post(f"{SEARCH}?task=registration", {"q": "Fati"}).status_code == 200
    assert browser.post(SEARCH, {"why": "registration"}).status_code == 422


def test_a_bad_picture_is_said() -> None:
    file = SimpleUploadedFile("x.png", b"not a picture", "image/png")
    answer = a_browser(amina()).post(SEARCH, {"finger": file, "position": "2", "why": "registration"})
    assert answer.status_code == 422 and "image" in answer.content.decode()


def test_a_search_costs_the_same_for_one_and_for_many(django_assert_max_num_queries) -> None:
    clerk = amina()
    for number in range(4):
        registered_by(clerk, {**HEAD, "given": f"Zeinabou {number}", "phone": "", "father": f"Garba {number}"})
    browser = a_browser(clerk)
    browser.post(SEARCH, {"q": "Zeinabou", "why": "registration"})
    with django_assert_max_num_queries(33):
        page = browser.post(SEARCH, {"q": "Zeinabou", "why": "registration"}).content.decode()
    assert page.count("Issoufou</a>") == 4
