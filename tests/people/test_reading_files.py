"""Files as field offices have them: spreadsheets, other encodings, other layouts, other words for the same things."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from gada.people.importing import Judge, Reading, contents_of, families_of, open_tables, reading_of, rows_of
from gada.people.importing.columns import guess_columns, layout_of
from gada.people.importing.judging import date_of
from tests.world import refused

TODAY = date(2026, 11, 23)


def a_workbook(sheets: dict[str, list[list[Any]]], *, merged: tuple[str, ...] = ()) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for each in merged:
            sheet.merge_cells(each)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def people_of(data: bytes) -> list[Any]:
    tables = open_tables(data)
    reading = reading_of(tables)
    judge = Judge(reading, TODAY)
    return [judge.person(row) for row in rows_of(tables, reading)]


def test_windows_1252_between_utf_8_is_read_and_said() -> None:
    data = "registration_ref;household_ref;prénom\nr1;h1;Aïcha\n".encode() + "r2;h1;Zoé\n".encode("cp1252")
    tables = open_tables(data)
    assert [row["given_name"] for row in rows_of(tables, reading_of(tables))] == ["Aïcha", "Zoé"]
    assert tables.notes == {"read_as": ["Windows-1252"], "delimiter": ";", "merged": 0, "formulas": 0}


@pytest.mark.parametrize("text", [
    "sep=;\nid;hh_id;prenom\nr1;h1;Ali\n", "id\thh_id\tprenom\nr1\th1\tAli\n", "id|hh_id|prenom\nr1|h1|Ali\n",
    '"id","hh_id","prenom"\r\n"r1","h1","Ali"\r\n',
])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_however_a_spreadsheet_saved_it(text: str, encoding: str) -> None:
    (person,) = people_of(text.encode(encoding))
    assert (person.source_key, person.given) == ("r1", "Ali")


def test_what_spreadsheets_would_run_comes_back_as_it_was() -> None:
    (person,) = people_of(b"id,hh_id,prenom,phone\nr1,h1,Ali,'+227 90 11 22 33\n")
    assert person.phone == "+227 90 11 22 33"


def test_a_workbook_with_cells_merged_downwards_and_formulas() -> None:
    data = a_workbook({"Liste": [
        ["id", "hh_id", "prenom", "date_naissance"], ["r1", "h1", "Ali", date(1984, 3, 14)],
        ["r2", None, "Fati", "=1+1"],
    ]}, merged=("B2:B3",))
    tables = open_tables(data)
    rows = list(rows_of(tables, reading_of(tables)))
    assert [(row.number, row["household_ref"], row["birth_date"]) for row in rows] == [
        (2, "h1", "1984-03-14"), (3, "h1", "")
    ]
    assert (tables.notes["merged"], tables.notes["formulas"]) == (1, 1)


def test_cells_merged_across_columns_are_refused_with_their_place() -> None:
    with refused("import-merged"):
        open_tables(a_workbook({"A": [["id", "hh_id", "prenom"], ["r1", "h1", "Ali"]]}, merged=("A2:B2",)))


@pytest.mark.parametrize(("data", "code"), [
    (b"PK\x03\x04 no workbook", "import-damaged"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 nor this", "import-damaged"),
])
def test_a_damaged_workbook_is_refused(data: bytes, code: str) -> None:
    with refused(code):
        open_tables(data)


def test_of_several_sheets_the_one_with_people_is_read_and_of_two_a_person_chooses() -> None:
    people = [["id", "hh_id", "prenom"], ["r1", "h1", "Ali"]]
    one = open_tables(a_workbook({"Lisez-moi": [["Bonjour"]], "Liste": people}))
    assert reading_of(one).sheet == "Liste"
    two = open_tables(a_workbook({"Camp A": people, "Camp B": people}))
    assert reading_of(two).sheet == ""


def test_kobo_households_and_their_repeat_become_people() -> None:
    data = a_workbook(
        {
            "Enregistrement": [
                ["village", "menage/provenance", "_uuid", "_index"],
                ["Intikane", "Menaka", "u-1", 1],
                ["Telemcès", "Gao", "u-2", 2],
            ],
            "membres": [
                [
                    "membres/Nom complet",
                    "membres/sexe",
                    "membres/age",
                    "membres/lien_avec_le_chef_de_menage",
                    "_index",
                    "_parent_index",
                ],
                ["Moussa Ag Ali", "Masculin", 40, "Chef de ménage", 1, 1],
                ["Fati Moussa", "Féminin", 12, "Fille", 2, 1],
                ["Hadiza Bako", "F", 33, "chef", 3, 2],
            ],
        }
    )
    tables = open_tables(data)
    reading = reading_of(tables)
    assert (reading.layout, reading.sheet, reading.households) == ("kobo", "membres", "Enregistrement")
    rows = list(rows_of(tables, reading))
    families = list(families_of(rows, contents_of(rows)))
    assert [(each.key, len(each.rows)) for each in families] == [("u-1", 2), ("u-2", 1)]
    moussa, fati, hadiza = people_of(data)
    assert (moussa.source_key, moussa.given, moussa.surname, moussa.relationship) == (
        "u-1-1",
        "Moussa",
        "Ag Ali",
        "head",
    )
    assert (fati.sex, fati.relationship, fati.birth.precision) == ("F", "child", "around")
    assert (hadiza.source_key, rows[2]["place_name"], rows[2]["origin"]) == ("u-2-1", "Telemcès", "Gao")


def test_hope_households_and_individuals() -> None:
    data = a_workbook(
        {
            "Households": [
                ["household_id", "residence_status_h_c", "admin2_h_c"],
                ["ID", "Status", "Area"],
                [7, "REFUGEE", "NE005"],
            ],
            "Individuals": [
                [
                    "individual_id",
                    "household_id",
                    "relationship_i_c",
                    "given_name_i_c",
                    "family_name_i_c",
                    "sex_i_c",
                    "birth_date_i_c",
                    "national_id_no_i_c",
                    "role_i_c",
                ],
                ["ID", "Household", "Relationship", "Given", "Family", "Sex", "Birth", "National ID", "Role"],
                [1, 7, "HEAD", "Amina", "Diallo", "FEMALE", date(1990, 5, 2), "NE123", "PRIMARY"],
                [2, 7, "SON_DAUGHTER", "Ali", "Diallo", "MALE", "12/07/2015", None, None],
            ],
        }
    )
    amina, ali = people_of(data)
    assert (amina.relationship, amina.sex, amina.residence_status, amina.recipient) == (
        "head",
        "F",
        "refugee",
        "principal",
    )
    assert [(each.kind, each.number) for each in amina.documents] == [("national-id", "NE123")]
    assert (ali.relationship, ali.birth.earliest) == ("child", date(2015, 7, 12))


@pytest.mark.parametrize(("headings", "layout"), [
    ("Registration ID,HH ID,Relationship to HoH,First name,Last name,Sex,Age,Site name", "dtm"),
    ("SCOPE ID,Household ID,Household role,First name,Last name,Gender,Date of birth,Location", "scope"),
])
def test_other_agencies_lists_are_recognised(headings: str, layout: str) -> None:
    names = headings.split(",")
    found = layout_of(names)
    assert found is not None and found.name == layout
    columns = guess_columns(names, layout=found, remembered={})
    assert {"registration_ref", "household_ref", "relationship", "given_name", "family_name", "sex"} <= set(
        columns.values()
    )


def test_unknown_columns_are_left_out_unless_somebody_keeps_them() -> None:
    data = b"id,hh_id,prenom,Type d'abri\nr1,h1,Ali,tente\n"
    assert people_of(data)[0].custom == {}
    kept = Reading(columns={"Type d'abri": "custom"})
    tables = open_tables(data)
    reading = reading_of(tables, kept)
    (row,) = rows_of(tables, reading)
    assert Judge(reading, TODAY).person(row).custom == {"type_d_abri": "tente"}


def test_words_of_a_source_are_taken_as_somebody_said_and_others_are_listed() -> None:
    data = "id,hh_id,prenom,lien,sexe\nr1,h1,Ali,Amenokal,♂\nr2,h1,Fati,Tantine,F\n".encode()
    tables = open_tables(data)
    reading = reading_of(tables)
    reading.words = {"relationship": {"amenokal": "head"}}
    judge = Judge(reading, TODAY)
    ali, fati = (judge.person(row) for row in rows_of(tables, reading))
    assert (ali.relationship, ali.sex, fati.relationship) == ("head", "", "other-kin")
    assert judge.unknown == {"sex": {"♂": 1}, "relationship": {"Tantine": 1}}


@pytest.mark.parametrize(("text", "first", "last"), [
    ("1984-03-14", "1984-03-14", "1984-03-14"), ("14/03/1984", "1984-03-14", "1984-03-14"),
    ("3.4.1984", "1984-04-03", "1984-04-03"), ("14 mars 1984", "1984-03-14", "1984-03-14"),
    ("March 14, 1984", "1984-03-14", "1984-03-14"), ("14-août-1984", "1984-08-14", "1984-08-14"),
    ("03/1984", "1984-03-01", "1984-03-31"), ("1984", "1984-01-01", "1984-12-31"),
    ("1984-03-14T00:00:00", "1984-03-14", "1984-03-14"), ("01/01/1984", "1984-01-01", "1984-12-31"),
])
def test_dates_as_people_write_them(text: str, first: str, last: str) -> None:
    birth = date_of(text)
    assert (str(birth.earliest), str(birth.latest)) == (first, last)


def test_the_order_of_day_and_month_is_said_once_for_the_file() -> None:
    assert str(date_of("03/04/1984", day_first=False).earliest) == "1984-03-04"


@pytest.mark.parametrize(("column", "value", "code"), [
    ("dob", "14/03/2031", "birth-in-future"), ("dob", "31/02/1984", "birth-date-impossible"),
    ("dob", "14/03/84", "birth-date-impossible"), ("dob", "1850", "birth-date-impossible"),
    ("age", "quarante", "birth-date-impossible"), ("age", "300", "birth-date-impossible"),
])
def test_a_birth_that_cannot_be(column: str, value: str, code: str) -> None:
    with refused(code):
        people_of(f"id,hh_id,prenom,{column}\nr1,h1,Ali,{value}\n".encode())
