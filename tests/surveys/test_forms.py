"""Forms: published in versions, refused with their reasons, fetched by phones, and what they are taken to mean."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
import zlib
from xml.etree import ElementTree

import pytest

from gada.agencies.rules import Role
from gada.people.models import Household
from gada.surveys import services, tasks
from gada.surveys.models import Submission, SurveyForm
from gada.surveys.rules.mapping import check_mapping, guess_choice, guess_mapping
from gada.surveys.rules.openrosa import settings_code
from gada.surveys.rules.xlsform import read_xlsform
from tests.surveys.builders import SURVEY, Phone, a_form, a_workbook, an_instance, answers, bakr
from tests.world import AT, a_node, a_site, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db


def publish(workbook: bytes, **more: object) -> object:
    return services.publish_form(operator=bakr(), site=a_node().site, workbook=workbook, at=AT, **more)  # type: ignore[arg-type]


def test_a_clerk_may_not_publish_and_chen_sees_no_form() -> None:
    version = a_form()
    with refused("not-permitted"):
        services.publish_form(
            operator=an_operator(Role.CLERK), site=a_node().site, workbook=a_workbook(version="2"), at=AT
        )
    chen = an_operator(Role.SUPERVISOR, name="Chen", agency=an_agency())
    with refused("not-permitted"):
        services.close_form(operator=chen, form=version.form, is_open=False, at=AT)


def test_phones_fetch_the_newest_version_with_its_media_and_the_right_digests() -> None:
    a_form()
    logo = b"\x89PNG of a logo"
    newest = publish(a_workbook(version="2"), media=[("logo.png", logo)])
    phone = Phone()
    listed = ElementTree.fromstring(phone.get("formList").content)
    assert listed.tag == "{http://openrosa.org/xforms/xformsList}xforms"
    said = {element.tag.rpartition("}")[2]: element.text or "" for element in listed[0]}
    assert len(listed) == 1 and (said["formID"], said["version"], said["name"]) == (
        "famille",
        "2",
        "Familles d'Intikane",
    )

    def fetch(url: str) -> bytes:
        return phone.browser.get(url.removeprefix("http://testserver")).content

    form = fetch(said["downloadUrl"])
    assert said["hash"] == f"md5:{hashlib.md5(form).hexdigest()}" == f"md5:{newest.md5}"  # type: ignore[attr-defined]
    assert SurveyForm.objects.get().public_key.encode() in form
    media = ElementTree.fromstring(fetch(said["manifestUrl"]))[0]
    assert [media[0].text, media[1].text] == ["logo.png", f"md5:{hashlib.md5(logo).hexdigest()}"]
    assert fetch(media[2].text or "") == logo
    head = phone.browser.head(f"{phone.way}submission")
    assert head.status_code == 204 and head["X-OpenRosa-Accept-Content-Length"]
    services.close_form(operator=bakr(), form=SurveyForm.objects.get(), is_open=False, at=AT)
    assert b"<xform>" not in phone.get("formList").content
    assert phone.send(answers(an_instance())).status_code == 201  # what phones still hold is taken in


def test_where_answers_go_is_not_for_the_spreadsheet_to_say() -> None:
    made = a_form(submission_url="https://elsewhere.example/submission", public_key="AAAA")
    assert "elsewhere" not in made.xform and 'base64RsaPublicKey="MII' in made.xform


def test_faults_are_told_in_the_words_of_pyxform() -> None:
    with refused("form-refused"):
        publish(a_workbook(survey=[("type", "name", "label"), ("select_one nothing", "a", "A")]))
    with pytest.raises(Exception, match="nothing") as told:
        publish(a_workbook(survey=[("type", "name", "label"), ("select_one nothing", "a", "A")]))
    assert "Traceback" not in str(told.value)
    a_form()
    with refused("form-version-taken"):
        publish(a_workbook())


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b" " * 70_000_000)
    return buffer.getvalue()


def with_entities(encoding: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(a_workbook())) as old, zipfile.ZipFile(buffer, "w") as package:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/workbook.xml":
                text = content.decode().replace(
                    "<workbook", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook', 1
                )
                content = text.encode(encoding)
            package.writestr(part.filename, content)
    return buffer.getvalue()


def test_hostile_spreadsheets_are_not_opened() -> None:
    for workbook, code in (
        (bomb(), "form-too-large"),
        (with_entities("utf-8"), "form-unsafe"),
        (with_entities("utf-16"), "form-unsafe"),
        (b"PK\x03\x04 cut off", "form-unreadable"),
        (b"not a workbook", "form-unreadable"),
        (b"", "form-unreadable"),
        (bytes(6 * 1024 * 1024), "form-too-large"),
    ):
        with refused(code):
            publish(workbook)
    assert not SurveyForm.objects.exists()


def test_the_guess_names_the_questions_of_a_family() -> None:
    questions = read_xlsform(a_workbook(), public_key="", version="1").questions
    guess = guess_mapping(questions)
    assert guess["use"] == "families" and guess["household"] == {"place": "place"} and guess["repeat"] == "members"
    assert guess["head"] == {
        "given": "chef/given",
        "surname": "chef/nom",
        "sex": "chef/sexe",
        "birth_date": "chef/dob",
        "photo": "chef/photo",
    }
    assert guess["member"] == {"given": "given", "relationship": "lien", "sex": "sexe", "age": "age"}
    assert guess["choices"]["members/lien"] == {"epouse": "spouse", "enfant": "child"}
    check_mapping(guess, questions)
    with refused("mapping-unknown"):
        check_mapping({**guess, "household": {"place": "nowhere"}}, questions)
    with refused("mapping-nameless"):
        check_mapping({**guess, "head": {}, "member": {}}, questions)
    survey = [("type", "name", "label"), ("integer", "points", "Water points"), ("text", "note", "Remarks")]
    assert (
        guess_mapping(read_xlsform(a_workbook(survey=survey), public_key="", version="1").questions)["use"]
        == "answers"
    )


def test_answers_that_register_nobody_are_kept_until_the_form_means_a_family() -> None:
    form = a_form().form
    services.map_form(
        operator=bakr(), form=form, mapping={**form.mapping, "use": "answers"}, programme=None, at=AT
    )
    phone, instance = Phone(), an_instance()
    phone.send(answers(instance))
    row = Submission.objects.get()
    tasks.settle.func(str(row.id))
    row.refresh_from_db()
    assert row.state == "kept" and not Household.objects.exists()


def test_the_square_code_is_what_collect_reads() -> None:
    code = settings_code(server="https://gada.example/openrosa/key/abc", project="Diffa")
    said = json.loads(zlib.decompress(base64.b64decode(code)))
    assert said["general"]["server_url"] == "https://gada.example/openrosa/key/abc" and said["admin"] == {}
    assert said["project"]["name"] == "Diffa"


def test_a_form_of_another_site_is_not_offered_to_this_phone() -> None:
    services.publish_form(
        operator=bakr(), site=a_site(), workbook=a_workbook(form_id="ailleurs", survey=SURVEY), at=AT
    )
    assert b"ailleurs" not in Phone().get("formList").content


def test_a_choice_is_understood_by_what_is_read_before_its_code() -> None:
    assert guess_choice("sex", "1", {"fr": "Féminin"}) == "F"
    assert guess_choice("sex", "2", {}) == "F" and guess_choice("sex", "h", {"fr": "?"}) == "M"
    assert guess_choice("relationship", "autre", {}) == guess_choice("relationship", "other", {}) == "not-kin"
    assert guess_choice("document_kind", "cni", {}) == "national-id" and guess_choice("sex", "x", {}) == ""
