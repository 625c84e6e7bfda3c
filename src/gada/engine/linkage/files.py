"""People in a CSV or Parquet file, as field teams write them: any field empty, dates in several ways, odd letters."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv, parquet

from gada.engine.linkage.batch.population import LARGEST_REGISTRATION, Population
from gada.engine.linkage.features import NAME_FIELDS, plain_phone
from gada.engine.linkage.people import (
    DOCUMENTS_KEPT,
    SEXES,
    WORDS_KEPT,
    People,
    Vocabulary,
    document_rows,
)
from gada.engine.refusal import Invalid

COLUMNS: Final = (
    "record_id", "registration_id", *NAME_FIELDS, "sex", "birth_date", "birth_estimated", "place", "phone", "document",
)  # fmt: skip
TRUE_WORDS: Final = ("1", "true", "t", "yes", "oui", "y", "o", "1.0")
FEMALE_WORDS: Final = ("f", "female", "femme", "féminin", "feminin", "w", "2")
MALE_WORDS: Final = ("m", "male", "homme", "masculin", "h", "1")
EARLIEST_YEAR, LATEST_YEAR = 1850, 2150
ISO_DATE: Final = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ].*)?")
WRITTEN_DATE: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?: [\d:. ]*)?")
BLOCK_BYTES: Final = 16 << 20


@dataclass
class PeopleFile:
    """The people of a file: their ids in order, and everybody encoded. `remarks` count what was odd."""

    ids: pa.Array
    population: Population
    remarks: dict[str, int] = field(default_factory=dict)


def read_table(path: Path, *, needed: Sequence[str] = ("record_id",)) -> tuple[pa.Table, int]:
    """A CSV or Parquet file with every column as text, empty text as null; how many rows could not be read.

    Raises Invalid `file-unreadable`, `column-missing` or `column-repeated`.
    """
    broken: list[Any] = []

    def skip(row: Any) -> str:
        broken.append(row.number)
        return "skip"

    with _readable(path.name):
        is_parquet = path.suffix.lower() in (".parquet", ".pq")
        table = parquet.read_table(path) if is_parquet else _read_csv(path, skip)
    table = table.rename_columns([str(name).strip().lower() for name in table.column_names])
    if repeated := sorted(name for name in COLUMNS if table.column_names.count(name) > 1):
        raise Invalid(
            "column-repeated", "%(name)s has more than one column %(columns)s.", name=path.name,
            columns=", ".join(repeated),
        )
    if missing := [name for name in needed if name not in table.column_names]:
        raise Invalid(
            "column-missing", "%(name)s has no column %(columns)s.", name=path.name, columns=", ".join(missing)
        )
    return table, len(broken)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Say in one line what a reader could not read: of a file, or of a column."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError) as problem:
        raise Invalid(
            "file-unreadable", "%(name)s cannot be read as CSV or Parquet: %(why)s", name=name,
            why=str(problem).splitlines()[0][:120],
        ) from problem


def _read_csv(path: Path, skip: Any) -> pa.Table:
    with path.open("rb") as file:
        head = file.readline(65536).decode("utf-8", "replace").rstrip("\r\n")
    delimiter = max(",;\t", key=head.count)
    names = [name.strip('"') for name in head.lstrip("\ufeff").split(delimiter)]
    is_utf8, marks, last = _looked_through(path)
    table = csv.read_csv(
        path,
        read_options=csv.ReadOptions(encoding="utf8" if is_utf8 else "cp1252", block_size=BLOCK_BYTES),
        parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip),
        convert_options=csv.ConvertOptions(
            column_types={name: pa.string() for name in names}, strings_can_be_null=True, null_values=[""]
        ),
    )
    # An odd number of marks alone may be inches or seconds: the file was cut inside quotation marks, or its last row
    # swallowed the rest of it.
    last_row = table.slice(max(0, table.num_rows - 1)).to_pylist()
    swallowed = any("\n" in str(value) for row in last_row for value in row.values())
    if marks % 2 and (last not in (b"\n", b"\r") or swallowed):
        raise pa.ArrowInvalid("it ends inside quotation marks that nothing closes")
    return table


def _looked_through(path: Path) -> tuple[bool, int, bytes]:
    """Of a file of bytes: whether it is UTF-8, how many quotation marks it holds, and its last byte."""
    decoder, is_utf8, marks, last = codecs.getincrementaldecoder("utf-8")(), True, 0, b""
    with path.open("rb") as file:
        while part := file.read(BLOCK_BYTES):
            marks, last = marks + part.count(b'"'), part[-1:]
            is_utf8 = is_utf8 and _decodes(decoder, part)
    return is_utf8 and _decodes(decoder, b"", final=True), marks, last


def _decodes(decoder: codecs.IncrementalDecoder, part: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(part, final)
    except UnicodeDecodeError:
        return False
    return True


def text_column(table: pa.Table, name: str) -> pa.ChunkedArray:
    """A column as trimmed text, null where empty or where the file has no such column.

    Raises Invalid `file-unreadable` for what cannot be written as text: lists, or bytes that are none.
    """
    if name not in table.column_names:
        return pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
    with _readable(name):
        column = pc.utf8_trim_whitespace(_as_text(table[name]))
    return pc.if_else(pc.equal(column, ""), None, column)


def number_column(table: pa.Table, name: str) -> NDArray[np.float64]:
    """A column as numbers, NaN where empty. Raises Invalid `file-unreadable` for anything else."""
    with _readable(name):
        numbers: NDArray[np.float64] = pc.cast(text_column(table, name), pa.float64()).to_numpy()
    return numbers


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "1", "0")
    if not pa.types.is_floating(column.type):
        return pc.cast(column, pa.string())
    column = pc.if_else(pc.is_finite(column), column, None)
    # Numbers became floats because some were missing: 90112233.0 is a telephone, 1.5 stays as it is.
    is_whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 1e18))
    whole = pc.cast(pc.if_else(pc.fill_null(is_whole, False), column, None), pa.int64())
    return pc.coalesce(pc.cast(whole, pa.string()), pc.cast(column, pa.string()))


def read_people(path: Path, vocabulary: Vocabulary | None = None) -> PeopleFile:
    """Read and encode a file of people. Raises Invalid `file-unreadable`, `column-missing`, `ids-repeated`."""
    table, broken = read_table(path)
    ids = text_column(table, "record_id").combine_chunks()
    if ids.null_count or len(pc.unique(ids)) < len(ids):
        raise Invalid(
            "ids-repeated", "In %(name)s %(count)s rows have no record_id or one that another row has.",
            name=path.name, count=len(ids) - len(pc.unique(ids)) + ids.null_count,
        )
    vocabulary = vocabulary or Vocabulary()
    registration, crowded = _registrations(text_column(table, "registration_id"))
    birth, odd_dates = _births(text_column(table, "birth_date"), text_column(table, "birth_estimated"))
    documents = _documents(text_column(table, "document"))
    people = People(
        names=np.stack([_names(text_column(table, name), vocabulary) for name in NAME_FIELDS], axis=1),
        sex=_sexes(text_column(table, "sex")),
        birth=birth,
        place=_by_value(text_column(table, "place"), vocabulary.place_of, np.int32, -1),
        phone=_phones(text_column(table, "phone")),
        documents=documents[:, 0],
        types=documents[:, 1],
        registration=registration,
    )
    remarks = {
        "rows_unreadable": broken, "dates_unreadable": odd_dates, "registrations_too_large": crowded,
        "without_name": int((people.names[:, :2, 0] < 0).all(axis=1).sum()),
    }
    return PeopleFile(ids, Population(people, vocabulary), {key: count for key, count in remarks.items() if count})


def _by_value(column: pa.ChunkedArray, of: Any, kind: Any, missing: Any) -> NDArray[Any]:
    """A number for each row, made once for each distinct text."""
    encoded = column.combine_chunks().dictionary_encode()
    values = np.array([of(text) for text in encoded.dictionary.to_pylist()], kind).reshape(-1, *np.shape(missing))
    values = np.concatenate((values, np.array([missing], kind)))
    codes = encoded.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
    found: NDArray[Any] = values[codes]
    return found


def _names(column: pa.ChunkedArray, vocabulary: Vocabulary) -> NDArray[np.int32]:
    return _by_value(column, vocabulary.name_row, np.int32, (-1,) * WORDS_KEPT)


def _sexes(column: pa.ChunkedArray) -> NDArray[np.uint8]:
    def sex(text: str) -> int:
        plain = text.casefold()
        return SEXES["F"] if plain in FEMALE_WORDS else SEXES["M"] if plain in MALE_WORDS else 0

    return _by_value(column, sex, np.uint8, 0)


def _phones(column: pa.ChunkedArray) -> NDArray[np.int64]:
    if pc.any(pc.match_substring_regex(column, r"[^\x00-\x7f]")).as_py():
        return _by_value(column, lambda text: int(plain_phone(text) or 0), np.int64, 0)
    digits = pc.replace_substring_regex(column, r"[^0-9]", "")
    digits = pc.if_else(pc.greater_equal(pc.utf8_length(digits), 8), pc.utf8_slice_codeunits(digits, -8), None)
    numbers: NDArray[np.int64] = pc.fill_null(pc.cast(digits, pa.int64()), 0).to_numpy()
    return numbers


def _documents(column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Digests of documents and of their types, uint64[n, 2, DOCUMENTS_KEPT]."""
    return _by_value(column, lambda text: document_rows([text]), np.uint64, ((0,) * DOCUMENTS_KEPT,) * 2)


def numbered(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """A number for each different text, -1 for none."""
    codes = column.combine_chunks().dictionary_encode().indices
    numbers: NDArray[np.int64] = codes.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def _registrations(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], int]:
    """A number for each registration, -1 for none and for those too large to be one; how many those are."""
    codes = numbered(column).astype(np.int32)
    sizes = np.bincount(codes[codes >= 0], minlength=1)
    too_large = np.flatnonzero(sizes > LARGEST_REGISTRATION)
    codes[np.isin(codes, too_large)] = -1
    return codes, len(too_large)


def _births(dates: pa.ChunkedArray, estimated: pa.ChunkedArray) -> tuple[NDArray[np.int16], int]:
    """Year, month, day; month 0 where only the year is known. How many dates could not be read."""
    month_first = _is_month_first(pc.unique(dates).to_pylist())
    births = _by_value(dates, lambda text: parse_birth(text, month_first=month_first), np.int16, (0, 0, 0))
    rough = _by_value(estimated, lambda text: text.casefold() in TRUE_WORDS, np.bool_, False)
    births[rough, 1:] = 0
    unread = int((births[:, 0] == 0).sum()) - dates.null_count
    return births, unread


def _is_month_first(texts: Sequence[str | None]) -> bool:
    """Whether dates with slashes put the month first: only if some must and none cannot."""
    parts = [match for text in texts if text and (match := WRITTEN_DATE.fullmatch(text))]
    return any(int(m[2]) > 12 for m in parts) and not any(int(m[1]) > 12 for m in parts)


def parse_birth(text: str, *, month_first: bool = False) -> tuple[int, int, int]:
    """A birth date as text to year, month, day: 2001-02-03, 2001, 2001-02, 03/02/2001. A bare 1 January is a year.

    (0, 0, 0) for what is no date, a year far from anybody's birth included.
    """
    if found := ISO_DATE.fullmatch(text):
        year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    elif found := WRITTEN_DATE.fullmatch(text):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
        if month_first:
            day, month = month, day
    else:
        return 0, 0, 0
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return 0, 0, 0
    if (month, day) == (1, 1) or not month or not day:
        return year, 0, 0
    try:
        date(year, month, day)
    except ValueError:
        return year, 0, 0
    return year, month, day
