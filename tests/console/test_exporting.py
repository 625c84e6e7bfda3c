"""Everything out again: who may, what it holds, that no spreadsheet runs it, and that an empty node takes it in."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook

from gada.agencies.rules import Role
from gada.biometrics.services import import_templates
from gada.console import services
from gada.console.queries.exports import Asked
from gada.console.services.importing.records import names_in
from gada.journal.models import LogEntry
from gada.people.drafts import AnswerDraft, DocumentDraft, HouseholdDraft, PersonDraft
from gada.people.importing import import_table, read_table
from gada.people.models import Consent, Document, Household, Membership, Person
from gada.people.rules import birth_of
from gada.people.services import correct_person, enrol_household
from tests.biometrics.builders import a_record
from tests.console.builders import amina, the_programme
from tests.world import AT, a_browser, a_node, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
SAID = [AnswerDraft("registration", "yes"), AnswerDraft("prints", "yes"), AnswerDraft("sharing", "no", reason="peur")]


def a_family() -> Household:
    members = (
        PersonDraft(
            given="=HYPERLINK(1)", surname="Garba", father="-Issa", sex="M", relationship="head", recipient="principal",
            birth=birth_of(year=1985, estimated=True), birth_source="estimated", phone="+22790112233",
            documents=tuple(DocumentDraft("national-id", f"NE{n}") for n in range(4)), answers=tuple(SAID),
            custom={"abri": "tente"},
        ),
        PersonDraft(given="Aïcha", surname="@cmd", sex="F", relationship="child", birth=birth_of(year=2014, month=5)),
    )
    return enrol_household(
        operator=amina(), site=a_node().site, programme=the_programme(), at=AT,
        household=HouseholdDraft(members=members, place="NE003", origin="Diffa", custom={"language": "fr"}),
    )


def exported(operator: Any, **asked: Any) -> zipfile.ZipFile:
    export = services.export_people(operator=operator, asked=Asked(**asked), reason="Passage à un autre outil", at=AT)
    return zipfile.ZipFile(io.BytesIO(b"".join(export.pieces)))


def dpo(**given: Any) -> Any:
    a_node()
    return an_operator(Role.DPO, name="Dina", **given)


def test_a_clerk_and_a_supervisor_may_not_export_and_chen_exports_nobody_of_ours() -> None:
    a_family()
    for role in (Role.CLERK, Role.SUPERVISOR):
        assert a_browser(an_operator(role, name=str(role))).get("/exports/").status_code == 403
    chen = an_operator(Role.DPO, name="Chen", agency=an_agency())
    with refused("export-empty"):
        exported(chen)
    admin = an_operator(Role.ADMIN, name="Admin2")
    with refused("not-permitted"):
        exported(admin, prints=True)
    with refused("not-permitted"):
        exported(admin, protected=True)
    with refused("export-reason"):
        services.export_people(operator=admin, asked=Asked(), reason=" ", at=AT)


def test_every_table_is_there_numbered_counted_and_in_the_journal() -> None:
    household = a_family()
    archive = exported(dpo())
    manifest = json.loads(archive.read("manifest.json"))
    assert {name: held["rows"] for name, held in manifest["files"].items()} == {
        "people.csv": 2, "households.csv": 1, "memberships.csv": 2, "documents.csv": 4, "consents.csv": 3,
    }
    rows = list(csv.DictReader(io.StringIO(archive.read("people.csv").decode())))
    assert {row["export"] for row in rows} == {manifest["number"]} and rows[0]["household_ref"] == household.number
    assert load_workbook(io.BytesIO(archive.read("export.xlsx"))).sheetnames[0] == "people"
    entry = LogEntry.objects.get(action="people.exported")
    assert b"Garba" not in bytes(entry.kept_facts.body) and manifest["number"].encode() in bytes(entry.kept_facts.body)


def test_no_cell_is_run_by_a_spreadsheet() -> None:
    a_family()
    archive = exported(dpo())
    cells = [cell for row in csv.reader(io.StringIO(archive.read("people.csv").decode())) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] and "'=HYPERLINK(1)" in cells
    book = load_workbook(io.BytesIO(archive.read("export.xlsx")))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    names = {cell.value for cell in book["people"]["E"]}
    assert "f" not in kinds and "=HYPERLINK(1)" in names


def test_people_under_protection_stay_unless_somebody_who_may_asks() -> None:
    household = a_family()
    child = household.memberships.get(relationship="child").person
    supervisor = an_operator(Role.SUPERVISOR, name="Bakr")
    correct_person(operator=supervisor, person_id=child.id, changes={"needs_protection": True}, saw={}, at=AT)
    operator = dpo()
    assert b"cha" not in exported(operator).read("people.csv")
    assert "Aïcha".encode() in exported(operator, protected=True).read("people.csv")


def test_an_empty_node_takes_the_export_in_as_it_was() -> None:
    household = a_family()
    head = household.memberships.get(relationship="head").person
    Person.objects.filter(id=head.id).update(given="Ali", father="Issa")
    Person.objects.filter(given="Aïcha").update(surname="Garba")
    import_templates(operator=an_operator(Role.SUPERVISOR, name="Bakr"), site=household.site,
                     items=[(head.id, a_record({2: 5, 7: 6}))], at=AT)
    archive = exported(dpo(), prints=True)
    assert set(names_in(archive.read("prints.zip"))) == {head.number}
    before = _all()
    Person.objects.update(source_key="")
    _forget_everybody()
    rows = read_table(archive.read("people.csv"))
    report = import_table(operator=an_operator(Role.SUPERVISOR, name="Bakr"), site=a_node().site, rows=rows,
                          source="Gada", at=AT, programme=the_programme())
    assert report.count("new") == 2
    after = _all()
    assert after["people"] == before["people"] and after["consents"] == before["consents"]
    assert after["memberships"] == before["memberships"] and after["places"] == before["places"]
    assert after["documents"] == sorted(before["documents"])[:3], "the list of people has room for three documents"


def _all() -> dict[str, Any]:
    person = (
        "given", "surname", "father", "mother", "sex", "birth_from", "birth_to", "birth_precision", "birth_source",
        "residence_status", "nationality", "phone", "phone_is_safe", "needs_protection", "unaccompanied", "custom",
    )
    return {
        "people": sorted(map(str, Person.objects.exclude(given="").values_list(*person))),
        "places": sorted(map(str, Household.objects.exclude(place="").values_list("place", "origin", "custom"))),
        "memberships": sorted(Membership.objects.values_list("person__given", "relationship", "recipient")),
        "documents": sorted(Document.objects.values_list("person__given", "kind", "number")),
        "consents": sorted(Consent.objects.exclude(person__given="Aïcha").values_list(
            "person__given", "purpose", "answer", "basis", "reason"
        )),
    }


def _forget_everybody() -> None:
    for model in (Consent, Document, Membership):
        model.objects.all().delete()
    Person.objects.update(given="")
    Household.objects.update(place="")


def test_the_page_gives_the_file_and_lists_who_took_it() -> None:
    a_family()
    browser = a_browser(dpo())
    assert browser.post("/exports/", {"reason": ""}).status_code == 422
    answer = browser.post("/exports/", {"reason": "Passage"})
    assert answer["Content-Type"] == "application/zip" and answer["Cache-Control"] == "no-store"
    assert zipfile.ZipFile(io.BytesIO(answer.getvalue())).testzip() is None
    assert "Dina" in browser.get("/exports/").content.decode()
