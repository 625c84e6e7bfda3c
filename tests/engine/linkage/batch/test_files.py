"""Files of people as the field sends them: read for what they say, or refused in one sentence."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from gada.engine.linkage.files import COLUMNS, parse_birth, read_people
from gada.engine.refusal import Invalid
from tests.engine.linkage.batch.made import write_rows


def read_text(folder, text, name="people.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_people(path)


def read_columns(folder, **columns):
    path = folder / "people.parquet"
    parquet.write_table(pa.table(columns), path)
    return read_people(path)


def births(read):
    return [tuple(map(int, row)) for row in read.population.people.birth]


def words(read, person, name=0):
    numbers = read.population.people.names[person, name]
    known = read.population.vocabulary.names.words()
    return [known[n] for n in numbers if n >= 0]


def test_a_full_row_is_read_as_it_stands(tmp_path):
    row = dict(
        record_id="a 1", registration_id="H", given="Moussa", surname="Traoré", father="Ali Traoré", mother="Awa",
        sex="M", birth_date="1990-05-03", birth_estimated="0", place="XZ0101", phone="+227 90 11 22 33",
        document="NINA:12-3",
    )  # fmt: skip
    others = [{"record_id": "b", "registration_id": "H"}, {"record_id": "c"}]
    read = read_people(write_rows(tmp_path / "p.csv", [row, *others]))
    people = read.population.people
    assert read.ids.to_pylist() == ["a 1", "b", "c"]
    assert births(read) == [(1990, 5, 3), (0, 0, 0), (0, 0, 0)]
    assert people.sex.tolist() == [2, 0, 0] and people.phone.tolist() == [90112233, 0, 0]
    assert people.registration.tolist() == [0, 0, -1]
    assert [words(read, 0, k) for k in range(4)] == [["moussa"], ["traore"], ["ali", "traore"], ["awa"]]
    assert (people.names[1:] < 0).all() and (people.place[1:] < 0).all() and not people.documents[1:].any()
    assert people.documents[0].tolist()[1] == 0 != people.documents[0].tolist()[0]
    assert read.remarks == {"without_name": 2}


def test_only_record_id_must_be_there(tmp_path):
    read = read_text(tmp_path, "record_id\n1\n2\n")
    assert len(read.population) == 2 and read.remarks == {"without_name": 2}


def test_headers_may_be_in_any_case_between_spaces_and_quotes(tmp_path):
    read = read_text(tmp_path, 'Record_ID ,"Given", PHONE\n007,Ali,090112233\n')
    assert read.ids.to_pylist() == ["007"] and words(read, 0) == ["ali"]
    assert read.population.people.phone.tolist() == [90112233]


def test_numbers_with_zeros_before_them_stay_as_written(tmp_path):
    read = read_text(tmp_path, "record_id;given;phone ;document\n01;Ali;00112233;007\n1;Ali;00112233;7\n")
    assert read.ids.to_pylist() == ["01", "1"]
    people = read.population.people
    assert people.phone.tolist() == [112233, 112233]
    assert people.documents[0, 0] != people.documents[1, 0]


@pytest.mark.parametrize(
    "encoded",
    [
        "\ufeffrecord_id,given\n1,Aïssata\n".encode(),
        "record_id;given\n1;Aïssata\n".encode("latin-1"),
        "record_id\tgiven\r\n1\tAïssata\r\n".encode(),
        'record_id,given\n1,"Aïssata"'.encode(),
        "record_id,given\n1,A\u200dïss\u200eata\u200f\n".encode(),
        "record_id,given\n1,\u00a0Aïssata\u00a0\n".encode(),
        "record_id,given\n1,Aïssata 🙂\n".encode(),
        "record_id,given\n1,Mme Aïssata\n".encode(),
        "record_id,given\n1,Ai\u0308ssata\n".encode(),
    ],
)
def test_a_name_is_the_same_however_it_is_encoded(tmp_path, encoded):
    read = read_text(tmp_path, encoded)
    assert read.ids.to_pylist() == ["1"] and words(read, 0) == ["aissata"] and not read.remarks


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("محمد", ["mhmd"]), ("Moussa محمد", ["moussa", "mhmd"]), ("A", ["a"]), ("🙂", []), ("---", []), ("Dr.", ["dr"]),
        ("a b c d e f g h i j", ["a", "b", "c", "d"]), ("x" * 5000, ["x" * 60]),
    ],
)  # fmt: skip
def test_odd_names_are_taken_for_what_is_in_them(tmp_path, name, found):
    read = read_people(write_rows(tmp_path / "p.csv", [{"record_id": "1", "given": name}]))
    assert words(read, 0) == found
    assert read.remarks == ({} if found else {"without_name": 1})


@pytest.mark.parametrize(
    ("text", "birth"),
    [
        ("1990-05-03", (1990, 5, 3)), ("1990/5/3", (1990, 5, 3)), ("03/05/1990", (1990, 5, 3)), ("1990", (1990, 0, 0)),
        ("3.5.1990", (1990, 5, 3)), ("1990-05", (1990, 0, 0)), ("1990-01-01", (1990, 0, 0)),
        ("1990-02-30", (1990, 0, 0)), ("1990-05-03 00:00:00", (1990, 5, 3)),
        ("1990-05-03T10:00:00Z", (1990, 5, 3)), ("1990-13-45", (1990, 0, 0)),
        ("0000-00-00", (0, 0, 0)), ("9999-12-31", (0, 0, 0)), ("vers 1990", (0, 0, 0)), ("33", (0, 0, 0)),
        ("03/05/1990 00:00", (1990, 5, 3)), ("03/05/90", (0, 0, 0)), ("-1990", (0, 0, 0)), ("31/12/1699", (0, 0, 0)),
    ],
)  # fmt: skip
def test_dates_as_they_are_written(text, birth):
    assert parse_birth(text) == birth


def test_one_column_may_hold_dates_in_several_ways(tmp_path):
    read = read_text(
        tmp_path,
        "record_id,given,birth_date,birth_estimated\n1,A,1990-05-03,0\n2,A,13/05/1990,\n3,A,1990,\n4,A,3/5/1990,\n"
        "5,A,1990-05-03,1\n6,A,unknown,\n7,A,1990-01-01,0\n8,A,,1\n",
    )
    assert births(read) == [
        (1990, 5, 3), (1990, 5, 13), (1990, 0, 0), (1990, 5, 3), (1990, 0, 0), (0, 0, 0), (1990, 0, 0), (0, 0, 0),
    ]  # fmt: skip
    assert read.remarks == {"dates_unreadable": 1}


def test_the_month_stands_first_only_where_it_must(tmp_path):
    assert births(read_text(tmp_path, "record_id,birth_date\n1,05/13/1990\n2,05/03/1990\n")) == [
        (1990, 5, 13), (1990, 5, 3),
    ]  # fmt: skip
    assert births(read_text(tmp_path, "record_id,birth_date\n1,05/13/1990\n2,05/03/1990\n3,14/03/1990\n")) == [
        (1990, 0, 0), (1990, 3, 5), (1990, 3, 14),
    ]  # fmt: skip


def test_a_cell_may_hold_a_line_break_and_quotes(tmp_path):
    read = read_text(tmp_path, 'record_id,given\n1,"Ali\nMoussa"\n2,"Ali ""Petit"""\n')
    assert words(read, 0) == ["ali", "moussa"] and words(read, 1) == ["ali", "petit"]


def test_inches_are_no_quotation_mark(tmp_path):
    read = read_text(tmp_path, 'record_id,given,place\n1,Ali,5" pipe\n2,Awa,"well"\n')
    assert words(read, 0) == ["ali"] and words(read, 1) == ["awa"]


def test_rows_that_do_not_fit_the_header_are_counted_and_left_out(tmp_path):
    read = read_text(tmp_path, "record_id,given\n1,Ali\n2,Awa,90112233,more\n3\n4,Issa\n")
    assert read.ids.to_pylist() == ["1", "4"] and read.remarks["rows_unreadable"] == 2


def test_a_registration_of_a_whole_camp_is_none(tmp_path):
    rows = [{"record_id": n, "registration_id": "camp", "given": "Ali"} for n in range(61)]
    rows += [{"record_id": f"x{n}", "registration_id": "H", "given": "Ali"} for n in range(60)]
    read = read_people(write_rows(tmp_path / "p.csv", rows))
    assert (read.population.people.registration[:61] == -1).all()
    assert len(set(read.population.people.registration[61:])) == 1
    assert read.remarks == {"registrations_too_large": 1}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "file-unreadable"), (b"\n", "file-unreadable"), (b"\xef\xbb\xbf", "file-unreadable"),
        (b"given,surname\nAli,Bah\n", "column-missing"), (bytes(range(256)) * 40, None),
        (b"record_id,given\n,Ali\n2,Awa\n", "ids-repeated"), (b"record_id,given\n2,Ali\n2,Awa\n", "ids-repeated"),
        (b"record_id,given\n2,Ali\n 2 ,Awa\n", "ids-repeated"), (b"record_id,given,given\n1,A,B\n", "column-repeated"),
        (b"record_id,given,Given\n1,A,B\n", "column-repeated"), (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9, None),
        ("record_id,given\n1,Ali\n".encode("utf-16"), None), (b"PK\x03\x04" + bytes(500), None),
        (b'record_id,given\n1,Ali\n2,"Awa', "file-unreadable"),
        (b'record_id,given\n1,"Ali\n' + b"".join(b"%d,Awa\n" % n for n in range(2, 99)), "file-unreadable"),
        (b"record_id\x00,given\n1,Ali\n", None),
    ],
)  # fmt: skip
def test_what_is_no_file_of_people_is_refused(tmp_path, text, code):
    with pytest.raises(Invalid) as refused:
        read_text(tmp_path, text)
    assert refused.value.code in ((code,) if code else ("file-unreadable", "column-missing"))
    assert "people.csv" in str(refused.value) and len(str(refused.value)) < 300


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + bytes(90) + b"PAR1", b"record_id,given\n1,Ali\n"])
def test_what_only_calls_itself_parquet_is_refused(tmp_path, data):
    with pytest.raises(Invalid) as refused:
        read_text(tmp_path, data, "people.parquet")
    assert refused.value.code == "file-unreadable"


def test_a_file_without_rows_has_nobody(tmp_path):
    assert len(read_text(tmp_path, "record_id,given\n").population) == 0
    empty = pa.table({name: pa.array([], pa.string()) for name in COLUMNS})
    assert len(read_columns(tmp_path, **dict(zip(COLUMNS, empty.columns, strict=True))).population) == 0


def test_parquet_may_hold_numbers_dates_and_dictionaries(tmp_path):
    day, odd = date(1990, 5, 3), date(1, 1, 1)
    for column in (
        pa.array([day, None, odd], pa.date32()), pa.array([day, None, odd], pa.date64()),
        pa.array([datetime(1990, 5, 3), None, None], pa.timestamp("us")),  # noqa: DTZ001
        pa.array([datetime(1990, 5, 3), None, None], pa.timestamp("ns", "UTC")),  # noqa: DTZ001
        pa.array(["1990-05-03", None, ""]).dictionary_encode(), pa.array([day, None, None]).dictionary_encode(),
        pa.array(["1990-05-03", None, " "], pa.large_string()), pa.array([b"1990-05-03", None, b""]),
    ):  # fmt: skip
        read = read_columns(tmp_path, record_id=pa.array([1, 2, 3]), birth_date=column)
        assert births(read) == [(1990, 5, 3), (0, 0, 0), (0, 0, 0)], column.type
    read = read_columns(
        tmp_path, record_id=pa.array([1.0, 2.0, 3.0]), registration_id=pa.array([5, None, 5], pa.int16()),
        given=pa.array(["Ali", None, "Ali"]).dictionary_encode(), surname=pa.nulls(3),
        sex=pa.array([1, 2, None], pa.uint8()), birth_date=pa.array([1990.0, float("nan"), None]),
        birth_estimated=pa.array([True, False, None]), phone=pa.array([22790112233.0, None, 90112233.0]),
        document=pa.array([Decimal(12), None, Decimal(12)]), place=pa.array([float("inf"), None, 3.5]),
    )  # fmt: skip
    people = read.population.people
    assert read.ids.to_pylist() == ["1", "2", "3"] and births(read) == [(1990, 0, 0), (0, 0, 0), (0, 0, 0)]
    assert people.registration.tolist() == [0, -1, 0] and people.sex.tolist() == [2, 1, 0]
    assert people.phone.tolist() == [90112233, 0, 90112233]
    assert people.documents[0, 0] == people.documents[2, 0] != 0
    assert words(read, 0) == words(read, 2) == ["ali"]


def test_ids_that_only_rounding_makes_equal_stay_apart(tmp_path):
    read = read_columns(tmp_path, record_id=pa.array([1.5, 1.25, 1e18]))
    assert len(set(read.ids.to_pylist())) == 3


@pytest.mark.parametrize(
    "column", [pa.array([[1], [2]]), pa.array([{"a": 1}, {"a": 2}]), pa.array([b"\xff\xfe", b"\xff"])]
)
def test_columns_that_are_no_text_are_refused(tmp_path, column):
    with pytest.raises(Invalid) as refused:
        read_columns(tmp_path, record_id=pa.array([1, 2]), given=column)
    assert refused.value.code == "file-unreadable" and "given" in str(refused.value)


def test_telephones_in_any_digits_are_read(tmp_path):
    read = read_text(tmp_path, "record_id,phone\n1,٩٠١١٢٢٣٣\n2,+227 90-11-22-33\n3,00 00 00 00\n4,123\n5,²²²²²²²²\n")
    assert read.population.people.phone.tolist() == [90112233, 90112233, 0, 0, 0]
