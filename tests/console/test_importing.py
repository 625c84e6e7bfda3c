"""Imports: tried out first, run by the worker, taken up again after a kill."""

from __future__ import annotations

import io
import uuid
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gada import vault
from gada.agencies.rules import Role
from gada.biometrics.models import Template
from gada.console import services, tasks
from gada.console.models import ImportRun
from gada.console.services.importing import running
from gada.journal.models import LogEntry
from gada.matching.models import CheckRun
from gada.people.importing import open_tables
from gada.people.models import Household, Person
from tests.biometrics.builders import a_record
from tests.console.builders import amina, the_programme
from tests.people.test_reading_files import a_workbook
from tests.world import AT, a_browser, a_node, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
TABLE = (
    "registration_ref,household_ref,relationship,given_name,family_name,sex,birth_date,refuses_prints\n"
    "A-1,F-1,head,Moussa,Garba,M,1971,no\nA-2,F-1,child,Fati,Garba,F,2012-05-02,no\n"
    "A-3,F-2,head,Hadiza,Maïga,F,1990,yes\nA-4,F-3,head,=cmd(),Diallo,F,1990,no\n"
)


def records(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(f"{name}.fmr", a_record({2: 200 + number, 7: 300 + number}))
    return buffer.getvalue()


def form(table: str | bytes = TABLE, prints: bytes | None = None, **changes: Any) -> dict[str, Any]:
    data = {"source": "BRaVE 2025", "programme": str(the_programme().id), **changes}
    content = table.encode() if isinstance(table, str) else table
    data["table"] = SimpleUploadedFile("list.csv", content, "text/csv")
    if prints is not None:
        data["records"] = SimpleUploadedFile("prints.zip", prints, "application/zip")
    return data


def bakr() -> Any:
    a_node()
    return an_operator(Role.SUPERVISOR, name="Bakr")


def test_a_clerk_may_not_import_and_chen_sees_no_import() -> None:
    a_node()
    assert a_browser(amina()).get("/imports/").status_code == 403
    a_browser(bakr()).post("/imports/", form())
    run = ImportRun.objects.get()
    chen = a_browser(an_operator(Role.SUPERVISOR, name="Chen", agency=an_agency()))
    assert "BRaVE" not in chen.get("/imports/").content.decode()
    assert chen.get(reverse("console:import", args=[run.id])).status_code == 404
    assert chen.post(reverse("console:import-start", args=[run.id])).status_code == 404


def test_tried_out_then_imported_then_erased() -> None:
    supervisor = bakr()
    browser = a_browser(supervisor)
    answer = browser.post("/imports/", form(prints=records("A-1", "A-2", "A-3", "A-9")))
    assert answer.status_code == 302 and Household.objects.count() == 0
    run = ImportRun.objects.get()
    assert (run.report["new"], run.report["refused"], run.report["records_unknown"]) == (3, 1, 1)
    page = browser.get(answer["Location"]).content.decode()
    assert "A-4" in page and "formule" in page and "1 ne vont avec aucune ligne" in page
    browser.post(reverse("console:import-start", args=[run.id]))
    browser.post(reverse("console:import-start", args=[run.id]))  # pressed twice: one task
    tasks.import_file.func(str(run.id))
    run.refresh_from_db()
    assert (run.state, Household.objects.count(), Person.objects.count()) == ("done", 2, 3)
    assert run.report["people_with_prints"] == 2 and run.report["prints_left_out"] == {"prints-refused": 1}
    assert Template.objects.count() == 4 and CheckRun.objects.get(id=run.check_run).people
    assert run.table is None and vault.data_keys([run.id]) == {}
    done = browser.get(reverse("console:import", args=[run.id])).content.decode()
    assert "Personnes inscrites" in done


def test_a_killed_import_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = bakr()
    run = services.open_import(
        operator=supervisor, site=a_node().site, source="BRaVE", table=TABLE.encode(), records=records("A-1"), at=AT,
        programme=the_programme(),
    )
    services.start_import(operator=supervisor, run_id=run.id, at=AT)
    from gada.console.services.importing import records as importing

    with monkeypatch.context() as patch:
        def killed(**_given: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(importing, "import_templates", killed)
        with pytest.raises(KeyboardInterrupt):
            services.run_import(run_id=run.id, at=AT)
    assert Household.objects.count() == 2 and Template.objects.count() == 0
    done = services.run_import(run_id=run.id, at=AT)
    assert (done.state, Household.objects.count(), Template.objects.count()) == ("done", 2, 2)


def test_prints_killed_half_way_go_on_where_they_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    from gada.console.services.importing import records as importing

    supervisor, taken = bakr(), []
    run = services.open_import(
        operator=supervisor, site=a_node().site, source="BRaVE", table=TABLE.encode(), programme=the_programme(), at=AT,
        records=records("A-1", "A-2", "A-3"),
    )
    services.start_import(operator=supervisor, run_id=run.id, at=AT)
    monkeypatch.setattr(importing, "PRINTS_CHUNK", 1)
    take = importing.import_templates

    def once_killed(**given: Any) -> Any:
        taken.append(given["items"][0][0])
        if len(taken) == 2:
            raise KeyboardInterrupt
        return take(**given)

    monkeypatch.setattr(importing, "import_templates", once_killed)
    with pytest.raises(KeyboardInterrupt):
        services.run_import(run_id=run.id, at=AT)
    assert Template.objects.count() == 2
    report = services.run_import(run_id=run.id, at=AT).report
    assert len(taken) == 4 and taken[1] == taken[2] and taken.count(taken[0]) == 1
    assert (report["people_with_prints"], report["fingers"], report["prints_left_out"]) == (2, 4, {"prints-refused": 1})
    assert Template.objects.count() == 4 and "prints_done" not in report


@pytest.mark.parametrize(
    ("table", "prints", "words"),
    [
        (b"registration_ref,household_ref,given_name\nA,B,\x81", None, "UTF-8"),
        (TABLE.encode(), b"no zip", "zip"),
        (TABLE.encode(), "empty", "aucune empreinte"),
    ],
)
def test_a_bad_file_is_said_and_nothing_is_kept(table: bytes, prints: Any, words: str) -> None:
    if prints == "empty":
        buffer = io.BytesIO()
        zipfile.ZipFile(buffer, "w").close()
        prints = buffer.getvalue()
    answer = a_browser(bakr()).post("/imports/", form(table, prints))
    assert answer.status_code == 422 and words in answer.content.decode()
    assert ImportRun.objects.count() == 0


def test_an_import_of_nowhere_is_refused() -> None:
    with refused("import-unknown"):
        services.start_import(operator=bakr(), run_id=uuid.uuid4(), at=AT)
    with refused("import-source"):
        services.open_import(operator=bakr(), site=a_node().site, source="  ", table=TABLE.encode(), at=AT)


def test_the_list_costs_the_same_for_one_and_for_many(django_assert_max_num_queries) -> None:
    browser = a_browser(bakr())
    for number in range(5):
        browser.post("/imports/", form(source=f"Source {number}"))
    with django_assert_max_num_queries(25):
        assert browser.get("/imports/").content.decode().count("Source ") >= 5


def test_a_file_whose_columns_are_not_clear_waits_for_somebody_and_is_remembered() -> None:
    browser = a_browser(bakr())
    table = "Code;Ménage n°;Prénom usuel;Lien;Abri\nK1;1;Ali;Amenokal;tente\nK2;1;Fati;fille;\n"
    answer = browser.post("/imports/", form(table, source="Mairie"))
    run = ImportRun.objects.get()
    assert answer["Location"] == reverse("console:import-columns", args=[run.id]) and run.state == "opened"
    page = browser.get(answer["Location"]).content.decode()
    assert "Ménage n°" in page and "tente" in page and "Prénom usuel" in page
    said = {"column-0": "registration_ref", "column-1": "household_ref", "column-2": "given_name",
            "column-3": "relationship", "column-4": "custom", "dates": "day"}
    short = browser.post(answer["Location"], {**said, "column-0": ""})
    assert short.status_code == 422 and "registration_ref" in short.content.decode()
    assert browser.post(answer["Location"], said).status_code == 302
    run.refresh_from_db()
    assert (run.state, run.report["refused"]) == ("planned", 2) and run.report["unknown_words"]
    assert "Amenokal" in browser.get(answer["Location"]).content.decode()
    browser.post(answer["Location"], {**said, "word-0": "head"})
    browser.post(reverse("console:import-start", args=[run.id]))
    tasks.import_file.func(str(run.id))
    assert Person.objects.get(given="Ali").custom == {"abri": "tente"}
    browser.post("/imports/", form(table.replace("Fati", "Fatima"), source="Mairie"))
    again = ImportRun.objects.order_by("-made_at").first()
    assert again is not None and again.id != run.id
    assert (again.state, again.report["changed"], again.report["already"]) == ("planned", 1, 1)


def test_two_sheets_ask_which() -> None:
    people = [["id", "hh_id", "prenom", "lien"], ["r1", "h1", "Ali", "chef"]]
    browser = a_browser(bakr())
    answer = browser.post("/imports/", form(a_workbook({"Camp A": people, "Camp B": people})))
    run = ImportRun.objects.get()
    assert run.state == "opened" and "Camp B" in browser.get(answer["Location"]).content.decode()
    browser.post(answer["Location"], {"sheet": "Camp B"})
    run.refresh_from_db()
    assert run.reading["sheet"] == "Camp B" and run.headings["columns"][0][0] == "id"


def test_who_looks_like_somebody_here_is_said_before_anybody_is_registered() -> None:
    browser = a_browser(bakr())
    names = "given_name,family_name,father_name,mother_name"
    rows = f"registration_ref,household_ref,relationship,{names},sex,birth_date,phone\n{{}}"
    line = "{},F-{},head,Zeinabou,Issoufou,Garba Issoufou,Hadiza Bako,F,1985-03-14,+227 90112233\n"
    others = "".join(
        f"O-{n},G-{n},head,Nom{n},Autre{n},Pere{n},Mere{n},M,19{60 + n % 30}-05-{1 + n % 27:02d},\n"
        for n in range(40)
    )
    browser.post("/imports/", form(rows.format(line.format("A-1", 1) + others)))
    run = ImportRun.objects.get()
    services.start_import(operator=run.operator, run_id=run.id, at=AT)
    services.run_import(run_id=run.id, at=AT)
    browser.post("/imports/", form(rows.format(line.format("B-1", 1) + line.format("B-2", 2)), source="Autre liste"))
    second = ImportRun.objects.get(source="Autre liste")
    assert (second.report["new"], second.report["alike"]) == (2, 2)
    page = browser.get(reverse("console:import", args=[second.id]) + "?show=alike").content.decode()
    assert str(Person.objects.get(source_key="A-1").id) in page
    text = browser.get(reverse("console:import-outcomes", args=[second.id, "csv"])).getvalue().decode("utf-8-sig")
    assert Person.objects.get(source_key="A-1").number in text and "Nouveau" in text and "New" in text
    assert LogEntry.objects.filter(action="person.read", mentions__person_id=Person.objects.get(source_key="A-1").id)
    sheet = open_tables(browser.get(reverse("console:import-outcomes", args=[second.id, "xlsx"])).getvalue()).sheets[0]
    assert sheet.headings[0] == "line" and len(list(sheet.lines())) == 2


def test_paused_it_stops_and_goes_on_where_it_stood() -> None:
    supervisor = bakr()
    rows = "".join(f"P{n},H{n},head,Ali{n},Garba,M,1980,no\n" for n in range(60))
    run = services.open_import(
        operator=supervisor, site=a_node().site, source="BRaVE", table=(TABLE.splitlines()[0] + "\n" + rows).encode(),
        at=AT, programme=the_programme(),
    )
    services.start_import(operator=supervisor, run_id=run.id, at=AT)
    chunk = running.import_families

    def pausing(*given: Any, **named: Any) -> Any:
        services.pause_import(operator=supervisor, run_id=run.id)
        return chunk(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "import_families", pausing)
        services.run_import(run_id=run.id, at=AT)
    run.refresh_from_db()
    assert run.state == "paused" and 0 < Household.objects.count() == run.families < 60
    assert "En pause" in a_browser(supervisor).get(reverse("console:import", args=[run.id])).content.decode()
    services.resume_import(operator=supervisor, run_id=run.id, at=AT)
    done = services.run_import(run_id=run.id, at=AT)
    assert (done.state, done.report["new"], Household.objects.count()) == ("done", 60, 60)


def test_a_file_thrown_away_is_gone_with_its_key() -> None:
    browser = a_browser(bakr())
    browser.post("/imports/", form())
    run = ImportRun.objects.get()
    browser.post(reverse("console:import-drop", args=[run.id]))
    run.refresh_from_db()
    assert (run.state, run.table) == ("dropped", None) and vault.data_keys([run.id]) == {}
    assert browser.post(reverse("console:import-drop", args=[run.id])).status_code == 409
