"""Registering a family: pages, prints, the check, and what a kill or a second press does."""

from __future__ import annotations

import uuid
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from gada.agencies.questions import ready_groups
from gada.agencies.rules import Role
from gada.agencies.services import choose_questions
from gada.biometrics.models import Capture, Template
from gada.console import queries, services
from gada.console.models import FamilyCheck
from gada.journal.models import LogEntry
from gada.matching.models import Case
from gada.people.models import Consent, Draft, Household, Membership, Person
from gada.people.queries import search_people
from tests.console.builders import (
    AGREED,
    CHILD,
    HEAD,
    SPOUSE,
    a_file,
    amina,
    begun,
    family_fields,
    household_fields,
    registered_by,
    sheet,
    the_programme,
)
from tests.world import AT, a_browser, a_node, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db


def test_the_outsider_is_refused() -> None:
    a_node()
    assert a_browser().get(reverse("console:register")).status_code == 302
    auditor = an_operator(Role.AUDITOR)
    assert a_browser(auditor).get(reverse("console:register")).status_code == 403
    assert a_browser(auditor).post(reverse("console:register-family"), family_fields(HEAD)).status_code in (403, 422)
    assert Household.objects.count() == 0
    with refused("not-permitted"):
        services.begin_draft(operator=auditor, site=a_node().site, at=AT)


def test_a_draft_is_only_its_authors() -> None:
    draft_id = begun(a_browser(amina()), HEAD)
    other = an_operator(Role.CLERK, name="Bakr")
    chen = an_operator(Role.CLERK, name="Chen", agency=an_agency())
    for stranger in (other, chen):
        browser = a_browser(stranger)
        for page in ("household", "members", "answers", "prints", "finish"):
            assert browser.get(reverse(f"console:register-{page}", args=[draft_id])).status_code == 404
        typed = browser.post(reverse("console:register-typed", args=[draft_id, "members"]), {"members-0-given": "x"})
        assert typed.status_code == 404
        assert "Zeinabou" not in browser.get(reverse("console:register")).content.decode()


def test_a_family_goes_through_the_pages() -> None:
    browser = a_browser(amina())
    draft_id = begun(browser, HEAD, SPOUSE, CHILD)
    again = browser.post(reverse("console:register-members", args=[draft_id]), sheet(HEAD, SPOUSE, CHILD, go="next"))
    assert again["Location"].endswith("/answers/")
    page = browser.get(reverse("console:register-answers", args=[draft_id])).content.decode()
    assert "checked" not in page.split("<main")[1].split("</main>")[0]  # nothing is chosen beforehand
    assert browser.post(reverse("console:register-answers", args=[draft_id]), AGREED)["Location"].endswith("/prints/")
    prints = reverse("console:register-prints", args=[draft_id])
    measured = browser.post(f"{prints}?member=0", {"finger_2": a_file(11), "go": "measure"}).content.decode()
    assert "qualité" in measured
    to_next = browser.post(f"{prints}?member=0", {"finger_7": a_file(12), "go": "next"})
    assert to_next["Location"].endswith("?member=1")
    none = {"outcome_2": "unable", "reason_2": "main brûlée", "go": "next"}
    assert browser.post(f"{prints}?member=1", none)["Location"].endswith("/finish/")  # a child of two is not asked
    made = browser.post(reverse("console:register-finish", args=[draft_id]))
    household = Household.objects.get()
    assert made["Location"] == reverse("console:registered", args=[household.id])
    assert (household.place, household.origin, household.custom) == ("Intikane", "Ménaka", {"language": "fr"})
    people = {person.given: person for person in Person.objects.all()}
    assert set(people) == {"Zeinabou", "Oumarou", "Fati"}
    assert (people["Zeinabou"].birth_precision, people["Fati"].birth_source) == ("around", "estimated")
    assert people["Oumarou"].birth_from.isoformat() == "1980-05-02"
    assert Template.objects.filter(person=people["Zeinabou"]).count() == 2
    assert Capture.objects.get(person=people["Oumarou"]).reason == "main brûlée"
    guardian = Consent.objects.get(person=people["Fati"], purpose="sharing")
    assert guardian.given_by == people["Zeinabou"].id and guardian.answer == "yes"
    assert Draft.objects.count() == 0
    said = browser.get(made["Location"]).content.decode()
    assert "Unique parmi 3 personnes" in said and "Sites : Diffa" in said and household.number in said


def test_a_family_in_one_request_is_one_family_however_often_it_is_sent() -> None:
    browser, draft = a_browser(amina()), str(uuid.uuid4())
    first = browser.post(reverse("console:register-family"), {
        **family_fields(HEAD, SPOUSE), "draft": draft, "members-0-finger_2": a_file(21),
    })
    again = browser.post(reverse("console:register-family"), {**family_fields(HEAD, SPOUSE), "draft": draft})
    assert first.status_code == again.status_code == 302 and first["Location"] == again["Location"]
    assert (Household.objects.count(), Person.objects.count(), Template.objects.count()) == (1, 2, 1)
    assert LogEntry.objects.filter(action="household.checked").count() == 1


def test_a_kill_between_enrolment_and_prints_makes_no_second_family(monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = amina()
    browser = a_browser(clerk)
    draft_id = begun(browser, HEAD, SPOUSE)
    browser.post(reverse("console:register-answers", args=[draft_id]), AGREED)
    browser.post(reverse("console:register-prints", args=[draft_id]), {"finger_2": a_file(31), "go": "next"})
    from gada.console.services import registering

    def killed(*_args: Any, **_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(registering, "take_captures", killed)  # the machine stops here
        with pytest.raises(KeyboardInterrupt):
            services.finish_registration(operator=clerk, draft_id=uuid.UUID(draft_id), at=AT)
    assert Household.objects.count() == 1 and Template.objects.count() == 0 and Draft.objects.count() == 1
    made = services.finish_registration(operator=clerk, draft_id=uuid.UUID(draft_id), at=AT)
    assert services.finish_registration(operator=clerk, draft_id=uuid.UUID(draft_id), at=AT) == made
    assert (Household.objects.count(), Person.objects.count(), Template.objects.count(), Draft.objects.count()) == (
        1,
        2,
        1,
        0,
    )
    assert FamilyCheck.objects.filter(household=made).count() == 1


def test_what_is_typed_survives() -> None:
    the_programme()
    browser, draft_id = a_browser(amina()), str(uuid.uuid4())
    typed = browser.post(reverse("console:register-typed", args=[draft_id, "household"]), {"place": "Tillia"})
    assert typed.status_code == 204
    assert "Tillia" in browser.get(reverse("console:register")).content.decode()
    assert "Tillia" in browser.get(reverse("console:register-household", args=[draft_id])).content.decode()
    browser.post(reverse("console:register-household", args=[draft_id]), household_fields())
    browser.post(reverse("console:register-typed", args=[draft_id, "members"]), {
        "members-0-given": "Mariama", "members-0-birth": "4",
    })
    assert 'value="Mariama"' in browser.get(reverse("console:register-members", args=[draft_id])).content.decode()
    assert b"Mariama" not in bytes(Draft.objects.get().box)


def test_who_refuses_is_never_asked_again_and_registered_all_the_same() -> None:
    clerk = amina()
    browser = a_browser(clerk)
    draft_id = begun(browser, HEAD, SPOUSE)
    each = {
        "notice": "on", "answer_prints": "each", "members-0-answer_prints": "no", "members-1-answer_prints": "yes",
        "answer_photo": "no", "answer_sharing": "no", "reason_prints": "ne veut pas",
    }
    browser.post(reverse("console:register-answers", args=[draft_id]), each)
    page = browser.get(reverse("console:register-prints", args=[draft_id])).content.decode()
    assert "Oumarou" in page and "Personne 1 sur 1" in page
    browser.post(reverse("console:register-finish", args=[draft_id]))
    head = Person.objects.get(given="Zeinabou")
    declined = Capture.objects.get(person=head)
    assert (declined.outcome, declined.position, declined.reason) == ("declined", 0, "ne veut pas")
    with refused("draft-unknown"):
        queries.draft_for(clerk, uuid.UUID(draft_id))


def test_everybody_is_asked_when_it_depends() -> None:
    browser = a_browser(amina())
    draft_id = begun(browser, HEAD, SPOUSE)
    half = {**AGREED, "answer_prints": "each", "members-0-answer_prints": "no"}
    answer = browser.post(reverse("console:register-answers", args=[draft_id]), half)
    assert answer.status_code == 422 and "Demandez" in answer.content.decode()
    assert (
        browser.post(reverse("console:register-answers", args=[draft_id]), {**AGREED, "notice": ""}).status_code
        == 422
    )


@pytest.mark.parametrize(("content", "words"), [
    (b"", "vide"), (b"no picture at all", "image"), (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "image"),
    (b"FMR\0 20\0" + b"\xff" * 40, ""),
])
def test_a_bad_image_is_said_and_nothing_is_lost(content: bytes, words: str) -> None:
    browser = a_browser(amina())
    draft_id = begun(browser, HEAD)
    browser.post(reverse("console:register-answers", args=[draft_id]), AGREED)
    file = SimpleUploadedFile("finger.png", content, "image/png")
    answer = browser.post(reverse("console:register-prints", args=[draft_id]), {"finger_2": file, "go": "next"})
    assert answer.status_code == 422 and words in answer.content.decode().lower()
    assert browser.post(reverse("console:register-prints", args=[draft_id]), {"go": "next"})["Location"].endswith(
        "/finish/"
    )


def test_three_tries_and_the_best_is_kept() -> None:
    browser = a_browser(amina())
    draft_id = begun(browser, HEAD)
    browser.post(reverse("console:register-answers", args=[draft_id]), AGREED)
    prints = reverse("console:register-prints", args=[draft_id])
    for touch in (1, 2, 3):
        browser.post(prints, {"finger_2": a_file(41, touch), "go": "measure"})
    fourth = browser.post(prints, {"finger_2": a_file(41, 4), "go": "measure"})
    assert fourth.status_code == 422 and "trois" in fourth.content.decode()
    browser.post(reverse("console:register-finish", args=[draft_id]))
    assert (Capture.objects.count(), Template.objects.count()) == (3, 1)
    assert Template.objects.get().quality == max(Capture.objects.values_list("quality", flat=True))


def test_a_photo_is_made_small_and_loses_what_cameras_write() -> None:
    browser = a_browser(amina())
    draft_id = begun(browser, HEAD)
    browser.post(reverse("console:register-answers", args=[draft_id]), {**AGREED, "answer_photo": "yes"})
    buffer = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (1600, 2000), "teal").save(buffer, "JPEG", exif=exif)
    prints = reverse("console:register-prints", args=[draft_id])
    browser.post(prints, {"photo": SimpleUploadedFile("p.jpg", buffer.getvalue(), "image/jpeg"), "go": "next"})
    shown = browser.get(reverse("console:register-photo", args=[draft_id, 0])).content
    assert Image.open(BytesIO(shown)).size == (480, 600) and b"secret" not in shown
    bad = browser.post(prints, {"photo": SimpleUploadedFile("p.jpg", b"GIF89a nothing", "image/jpeg"), "go": "next"})
    assert bad.status_code == 422 and "photo" in bad.content.decode()
    browser.post(reverse("console:register-finish", args=[draft_id]))
    person = Person.objects.get()
    assert browser.get(reverse("console:photo", args=[person.id])).content == shown


def test_the_same_person_again_opens_a_case_and_refuses_nobody() -> None:
    clerk = amina()
    registered_by(clerk, HEAD, CHILD, **{"members-0-finger_2": a_file(51), "members-0-finger_7": a_file(52)})
    again = registered_by(clerk, {**HEAD, "given": "Zeynabou"}, **{
        "members-0-finger_2": a_file(51, 2), "members-0-finger_7": a_file(52, 2),
    })
    assert Case.objects.count() == 1 and Membership.objects.filter(household=again).count() == 1
    page = a_browser(clerk).get(reverse("console:registered", args=[again.id])).content.decode()
    assert "À vérifier" in page and "Unique parmi" not in page and "Comparée à 3 personnes" in page


def test_a_family_without_a_head_or_a_name_is_told_so() -> None:
    browser = a_browser(amina())
    draft_id = begun(browser)
    for wrong, words in (
        ([CHILD], "un seul chef"),
        ([HEAD, {**HEAD, "given": "Hadiza"}], "un seul chef"),
        ([], "au moins une"),
        ([HEAD, {**SPOUSE, "recipient": "principal"}], "retire l’aide en premier"),
        ([{**HEAD, "given": ""}], "obligatoire"),
        ([HEAD, {**CHILD, "age": "", "birth": "2090"}], "à venir"),
        ([HEAD, {**CHILD, "age": "", "birth": "31/2/2020"}], "n’existe pas"),
        ([HEAD, {**CHILD, "age": "", "birth": "140"}], "140 ans"),
    ):
        answer = browser.post(reverse("console:register-members", args=[draft_id]), sheet(*wrong, go="next"))
        assert answer.status_code == 422 and words in answer.content.decode(), (wrong, answer.content.decode())


def test_nothing_is_left_of_a_discarded_registration() -> None:
    from gada import vault

    browser = a_browser(amina())
    draft_id = begun(browser, HEAD)
    browser.post(reverse("console:register-answers", args=[draft_id]), AGREED)
    browser.post(reverse("console:register-prints", args=[draft_id]), {"finger_2": a_file(61), "go": "next"})
    blobs = [path for path in (vault.data_directory() / "blobs").rglob("*") if path.is_file()]
    before = len(blobs)
    browser.post(reverse("console:register-discard", args=[draft_id]))
    assert Draft.objects.count() == 0
    assert len([path for path in (vault.data_directory() / "blobs").rglob("*") if path.is_file()]) == before - 1


def test_the_receipt_speaks_the_language_of_the_person() -> None:
    clerk = amina()
    household = registered_by(clerk, HEAD, language="en")
    browser = a_browser(clerk)
    english = browser.get(reverse("console:slip", args=[household.id])).content.decode()
    assert "Receipt of registration" in english and household.number in english
    french = browser.get(reverse("console:slip", args=[household.id]) + "?language=fr").content.decode()
    assert "Reçu d’inscription" in french


def test_a_programme_without_prints_asks_for_none() -> None:
    the_programme(biometrics_allowed=False)
    browser = a_browser(amina())
    draft_id = begun(browser, HEAD)
    browser.post(reverse("console:register-answers", args=[draft_id]), AGREED)
    assert browser.get(reverse("console:register-prints", args=[draft_id]))["Location"].endswith("/finish/")


def test_a_programme_asks_its_own_questions_and_keeps_the_answers_with_their_form() -> None:
    programme = the_programme()
    passage = "§ 4.2"
    questions = [
        replace(each, allowed_by=passage, required=each.code == "wg_walking")
        for group in ready_groups() for each in group.questions
        if each.code in ("wg_walking", "pregnant", "needs", "arrived", "shelter")
    ]
    form = choose_questions(operator=a_node().admin, programme_id=programme.id, questions=questions, at=AT)
    browser = a_browser(amina())
    draft_id = begun(browser)
    page = reverse("console:register-members", args=[draft_id])
    asked = browser.get(page).content.decode()
    assert "Est-elle enceinte" in asked and "Date d’arrivée" in asked and "à marcher" in asked
    family = {"family-q_arrived": "3/11/2026", "family-q_shelter": "tent"}
    said = sheet({**HEAD, "q_needs": ["older-alone"], "q_wg_walking": "some", "q_pregnant": "no"}, SPOUSE, go="next")
    missing = browser.post(page, said | family)
    assert missing.status_code == 422 and "Répondez à cette question" in missing.content.decode()
    strange = browser.post(page, said | family | {"members-1-q_wg_walking": "none", "members-1-q_pregnant": "yes"})
    assert strange.status_code == 422 and "pas pour cette personne" in strange.content.decode()
    wrong = browser.post(page, said | family | {"members-1-q_wg_walking": "flies", "family-q_arrived": "31/2/2026"})
    assert wrong.status_code == 422
    assert browser.post(page, said | family | {"members-1-q_wg_walking": "none"}).status_code == 302
    assert (
        'value="03/11/2026"' in browser.get(page).content.decode()
        or "2026-11-03" in browser.get(page).content.decode()
    )
    browser.post(reverse("console:register-answers", args=[draft_id]), AGREED)
    browser.post(reverse("console:register-finish", args=[draft_id]))
    household, head = Household.objects.get(), Person.objects.get(given="Zeinabou")
    assert household.custom["answers"] == {"arrived": "2026-11-03", "shelter": "tent"}
    assert head.custom["answers"] == {"wg_walking": "some", "pregnant": "no", "needs": ["older-alone"]}
    assert head.custom["form"] == household.custom["form"] == str(form.id)
    shown = browser.get(reverse("console:person", args=[head.id]) + "?why=registration").content.decode()
    assert "Quelques difficultés" in shown and "Personne âgée seule" in shown
    assert (
        "Tente"
        in browser.get(
            reverse("console:household", args=[household.id]) + "?why=registration"
        ).content.decode()
    )
    assert head.id not in [each.id for each in search_people(amina(), "older-alone")]


def test_a_neighbour_who_only_collects_and_a_second_document_are_kept() -> None:
    browser = a_browser(amina())
    draft_id = begun(
        browser, {**HEAD, "document_kind": "national-id", "document_number": "A 12", "document_number_2": "B9",
                  "recipient": ""},
        SPOUSE, {"given": "Bakary", "relationship": "collector", "birth": "vers 1970"},
    )
    browser.post(reverse("console:register-answers", args=[draft_id]), AGREED)
    browser.post(reverse("console:register-finish", args=[draft_id]))
    recipients = dict(Membership.objects.values_list("person__given", "recipient"))
    assert recipients == {"Zeinabou": "principal", "Oumarou": "", "Bakary": "alternate"}
    head = Person.objects.get(given="Zeinabou")
    assert sorted(head.documents.values_list("kind", "number")) == [("national-id", "A12"), ("other", "B9")]
    collector = Person.objects.get(given="Bakary")
    assert collector.custom["birth"] == "vers 1970" and collector.birth_precision == "around"


def test_a_place_is_found_by_typing_and_kept_with_its_code(settings: Any, tmp_path: Path) -> None:
    gazetteer = tmp_path / "places.csv"
    gazetteer.write_text(
        "Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date\nNER,1,NE005,Tahoua,NER,2023-07-25\n"
        "NER,3,NE005009,Tillia,NE005,2023-07-25\nMLI,1,ML10,Menaka,MLI,2021-12-20\n", "utf-8",
    )
    settings.GADA_PLACES = str(gazetteer)
    browser = a_browser(amina())

    def found(text: str) -> list[list[str]]:
        return browser.post(reverse("console:register-places"), {"place": text}).json()["places"]

    assert found("til") == found("NE005009") == [["Tillia · NE005009", "Tahoua"]] and found("menak") == found("") == []
    begin = browser.post(reverse("console:register"), household_fields(place="Tillia · NE005009", origin=""))
    draft_id = begin["Location"].split("/")[2]
    browser.post(reverse("console:register-members", args=[draft_id]), sheet(HEAD) | {"family-origin": "Gao"})
    browser.post(reverse("console:register-answers", args=[draft_id]), AGREED)
    made = browser.post(reverse("console:register-finish", args=[draft_id]))
    household = Household.objects.get()
    assert (household.place, household.origin, household.custom["place_code"]) == ("Tillia", "Gao", "NE005009")
    assert 'value="Tillia · NE005009"' in browser.get(made["Location"]).content.decode()
    assert found("tilli")[0] == ["Tillia · NE005009", "Tahoua"]
    settings.GADA_PLACES = ""
    assert found("tilli") == [["Tillia", ""]]
    stranger = a_browser(an_operator(Role.AUDITOR))
    assert stranger.post(reverse("console:register-places"), {"place": "til"}).status_code == 403
    assert stranger.post(reverse("console:register-understood"), {"birth": "40"}).status_code == 403


def test_what_is_understood_of_a_birth_is_said_at_once() -> None:
    browser = a_browser(amina())

    def heard(text: str) -> dict[str, Any]:
        return browser.post(reverse("console:register-understood"), {"birth": text}).json()

    assert heard("vers 1985")["words"].startswith("Naissance entre 1982 et 1988, estimée")
    assert heard("l’année de l’indépendance")["words"].startswith("Naissance en 1960")
    assert heard("") == {"understood": True, "words": ""}
    assert heard("31/2/1985") == {"understood": False, "words": "Cette date n’existe pas. Vérifiez le jour et le mois."}
