"""Everything out in open formats, so that nobody is locked in: a zip of CSV files, a workbook and a manifest.

It is written as it is sent: nothing lies on the disk of the node, and the line in the journal stands before the first
byte leaves. Every row bears the number of the export.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.console.queries import exports
from gada.console.queries.exports import Asked, people_to_export
from gada.engine.formats.spreadsheet import safe_cell, write_workbook
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, Refusal
from gada.journal import Scope
from gada.people.rules import new_number

LONGEST_REASON: Final = 200
PIECE_BYTES: Final = 64 * 1024
TABLES: Final[tuple[tuple[str, tuple[str, ...], Callable[..., Iterator[tuple[Any, ...]]]], ...]] = (
    ("people", exports.PEOPLE, exports.people_rows), ("households", exports.HOUSEHOLDS, exports.household_rows),
    ("memberships", exports.MEMBERSHIPS, exports.membership_rows),
    ("documents", exports.DOCUMENTS, exports.document_rows), ("consents", exports.CONSENTS, exports.consent_rows),
)


@dataclass(frozen=True, slots=True)
class Export:
    """What leaves: its number, how many people it holds, and its bytes piece by piece."""

    number: str
    people: int
    pieces: Iterator[bytes]


def export_people(*, operator: Operator, asked: Asked, reason: str, at: datetime) -> Export:
    """Everything held on these people. Raises NotPermitted, Invalid `export-reason`, Refusal `export-empty`.

    People who need protection come only for whoever may protect; prints only for whoever may export prints.
    """
    authorize(operator, "person.export", site=asked.site, programme=asked.programme, at=at)
    if asked.prints:
        authorize(operator, "print.export", site=asked.site, programme=asked.programme, at=at)
    if asked.protected:
        authorize(operator, "person.protect", site=asked.site, programme=asked.programme, at=at)
    why = " ".join(reason.split())[:LONGEST_REASON]
    if not why:
        raise Invalid("export-reason", _("Say what this export is for: it stands in the journal."))
    people = people_to_export(operator, asked)
    count = people.count()
    if not count:
        raise Refusal("export-empty", _("Nobody is registered there: there is nothing to export."))
    number = f"EX-{new_number()}"
    facts = {"number": number, "filter": asked.as_facts(), "people": count, "reason": why}
    with transaction.atomic():
        journal.record(
            "people.exported", by=operator, about=("export", new_id()), facts=facts, purpose="request", at=at,
            scope=Scope(agency=operator.agency_id, site=asked.site.id if asked.site else None),
        )
    head = {
        **facts, "exported_at": at.isoformat(), "exported_by": operator.name, "node": vault.identity().name,
        "format": "gada-export 1", "encoding": "UTF-8", "how_to_import": "people.csv (and prints.zip beside it)",
    }
    return Export(number, count, _archive(people, asked, number, head))


def _archive(people: Any, asked: Asked, number: str, head: dict[str, Any]) -> Iterator[bytes]:
    pipe, files = _Pipe(), dict[str, Any]()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, columns, rows in TABLES:
            yield from _table(archive, pipe, files, f"{name}.csv", columns, rows(people, number))
        with archive.open("export.xlsx", "w", force_zip64=True) as book:
            write_workbook(book, [(name, _sheet(columns, rows(people, number))) for name, columns, rows in TABLES])
        yield pipe.taken()
        if asked.prints:
            yield from _prints(archive, pipe, files, people)
        archive.writestr("manifest.json", json.dumps({**head, "files": files}, ensure_ascii=False, indent=1))
    yield pipe.taken()


def _table(
    archive: zipfile.ZipFile, pipe: _Pipe, files: dict[str, Any], name: str, columns: Iterable[str],
    rows: Iterable[tuple[Any, ...]],
) -> Iterator[bytes]:
    digest, count = hashlib.sha256(), -1  # the headings are no row
    with archive.open(name, "w", force_zip64=True) as sink:
        for row in _sheet(columns, rows):
            count += 1
            digest.update(piece := _line(row))
            sink.write(piece)
            if pipe.size > PIECE_BYTES:
                yield pipe.taken()
    files[name] = {"rows": count, "sha256": digest.hexdigest()}


def _prints(archive: zipfile.ZipFile, pipe: _Pipe, files: dict[str, Any], people: Any) -> Iterator[bytes]:
    """ISO/IEC 19794-2 records in a zip of their own, named as an import wants them."""
    count = 0
    with archive.open("prints.zip", "w", force_zip64=True) as sink, zipfile.ZipFile(sink, "w") as inner:
        for name, record in exports.print_records(people):
            inner.writestr(name, record)
            count += 1
            if pipe.size > PIECE_BYTES:
                yield pipe.taken()
    files["prints.zip"] = {"records": count}


def _sheet(columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    yield tuple(columns)
    yield from (tuple(map(_plain, row)) for row in rows)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date | datetime) else value


def _line(row: tuple[Any, ...]) -> bytes:
    sink = io.StringIO(newline="")
    csv.writer(sink).writerow([safe_cell(cell) for cell in row])
    return sink.getvalue().encode()


class _Pipe(io.RawIOBase):
    """What the archive writes, to be sent on in pieces."""

    def __init__(self) -> None:
        self.held: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        piece = bytes(content)
        self.held.append(piece)
        self.size += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        whole = b"".join(self.held)
        self.held, self.size = [], 0
        return whole
