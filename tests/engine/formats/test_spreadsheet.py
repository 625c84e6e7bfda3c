"""Workbooks that we write: what was said is read back by another program, and nothing in them is a formula."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from gada.engine.formats.spreadsheet import safe_cell, write_workbook

LETTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
TEXT = st.text(LETTERS, min_size=1, max_size=20)


def written(*sheets: tuple[str, list[tuple[object, ...]]]) -> bytes:
    sink = io.BytesIO()
    write_workbook(sink, sheets)
    return sink.getvalue()


@given(st.lists(st.tuples(TEXT, st.integers(-(10**9), 10**9)), min_size=1, max_size=5))
def test_what_was_written_is_read_back(rows: list[tuple[object, ...]]) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(written(("A", rows))))
    read = [tuple(row) for row in book.get_sheet_by_index(0).iter_rows()]
    assert [(text, int(number)) for text, number in read] == rows


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-cmd", "@x", "\tx", "=HYPERLINK(\"http://x\")"])
def test_no_text_is_a_formula_in_either_format(cell: str) -> None:
    book = load_workbook(io.BytesIO(written(("A", [(cell,)]))))
    assert book["A"]["A1"].data_type == "s"
    assert str(safe_cell(cell)).startswith("'") and safe_cell(5) == 5


def test_names_of_sheets_are_cut_and_escaped_and_what_no_xml_holds_is_left_out() -> None:
    book = load_workbook(io.BytesIO(written((f"<{'é' * 40}", [("a\x00b\x1f", None, True, 2.5)]))))
    assert len(book.sheetnames[0]) == 31
    assert [cell.value for cell in book.worksheets[0][1]] == ["ab", None, "yes", 2.5]
