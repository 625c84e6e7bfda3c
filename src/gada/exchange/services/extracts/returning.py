"""The file that comes back: judged row by row, shown before anything is noted; the same file twice changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.engine.proof.locked_workbook import is_locked, open_workbook
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.models import Extract, ExtractRow
from gada.exchange.rules.extract_sheets import columns_of
from gada.exchange.rules.extracts import MOST_FAMILIES
from gada.exchange.rules.returns import TAKEN, Held, Line, Outcome, Said, codes_in, counted, judge_lines
from gada.exchange.services.disclosing import note_received
from gada.exchange.services.extracts.files import return_path
from gada.exchange.services.extracts.requesting import locked_extract
from gada.exchange.services.packages.files import staging_cipher
from gada.journal import Item
from gada.people.importing.tables import Sheet, open_tables
from gada.vault.node import write_whole

LARGEST_BYTES: Final = 10 * 1024 * 1024
LARGEST_UNLOCKED_BYTES: Final = 20 * 1024 * 1024
MOST_LINES: Final = 2 * MOST_FAMILIES
LONGEST_CELL: Final = 400
ROWS_PER_ENTRY: Final = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """A returned file before anything is noted: an outcome for every row, and how many families it does not name."""

    extract: Extract
    digest: str
    outcomes: tuple[Outcome, ...]
    missing: int

    @property
    def counts(self) -> dict[str, int]:
        return counted(self.outcomes)

    @property
    def to_note(self) -> int:
        return sum(each.verdict in TAKEN for each in self.outcomes)


def read_return(
    *, operator: Operator, extract_id: UUID, content: bytes, password: str = "", at: datetime
) -> Reading:
    """Judge a returned file and keep it, sealed, until it is noted.

    Nothing is noted yet. Raises Invalid `return-…`, `import-…`, `workbook-…`.
    """
    authorize(operator, "extract.return", at=at)
    with transaction.atomic():
        extract = _returnable(operator, extract_id)
        lines = _lines(content, password)
        digest = hashlib.sha256(content).hexdigest()
        body = json.dumps([[line.number, dict(line.cells)] for line in lines]).encode()
        write_whole(return_path(extract.id, digest), staging_cipher().seal(body, context=extract.id.bytes))
        return _judged(extract, digest, lines, at=at)


def record_return(*, operator: Operator, extract_id: UUID, digest: str, at: datetime) -> Reading:
    """Note what a file said that was read before. Doing it again notes nothing. Raises Refusal `return-gone`."""
    authorize(operator, "extract.return", at=at)
    with transaction.atomic():
        extract = _returnable(operator, extract_id)
        path = return_path(extract.id, digest) if digest.isalnum() and digest.isascii() else None
        if path is None or not path.exists():
            raise Refusal("return-gone", _("This file was noted already, or too long ago. Read it in again."))
        body = json.loads(staging_cipher().open(path.read_bytes(), context=extract.id.bytes))
        reading = _judged(extract, digest, [Line(number, cells) for number, cells in body], at=at)
        _note(operator, reading, at=at)
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
    return reading


def _note(operator: Operator, reading: Reading, *, at: datetime) -> None:
    extract = reading.extract
    taken = {each.code: each.said for each in reading.outcomes if each.said is not None}
    rows = [row for part in parted_codes(taken) for row in ExtractRow.objects.filter(extract=extract, code__in=part)]
    facts = [{"id": str(row.id), **said.facts} for row in rows if (said := taken[row.code])]
    people = {str(row.id): row.person_id for row in rows}
    items = [
        Item(
            about=("extract", extract.id),
            facts={
                "id": str(new_id()), "digest": reading.digest, "counts": reading.counts, "missing": reading.missing,
                "rows": facts[start : start + ROWS_PER_ENTRY],
            },
            mentions=tuple(people[row["id"]] for row in facts[start : start + ROWS_PER_ENTRY]),
        )
        for start in range(0, len(facts) or 1, ROWS_PER_ENTRY)
    ]
    journal.record_all(
        "extract.returned", items=items, by=operator, purpose="exchange", at=at,
        scope=journal.Scope(agency=extract.agency),
    )
    if rows:
        note_received(
            extract, sorted(set(people.values())), fields=["aid"], source=("extract", extract.id), by=operator, at=at
        )


def parted_codes(codes: Mapping[str, Said]) -> list[list[str]]:
    ordered = sorted(codes)
    return [ordered[start : start + ROWS_PER_ENTRY] for start in range(0, len(ordered), ROWS_PER_ENTRY)]


def _returnable(operator: Operator, extract_id: UUID) -> Extract:
    extract = locked_extract(operator, extract_id)
    if extract.made_at is None:
        raise Refusal("extract-unmade", _("No file was made of this request yet: nothing can come back."))
    return extract


def _judged(extract: Extract, digest: str, lines: Sequence[Line], *, at: datetime) -> Reading:
    rows = ExtractRow.objects.filter(extract=extract)
    noted = {
        row.code: Said(row.served, row.served_on, row.quantity, row.reason) if row.served is not None else None
        for row in rows
    }
    strange = sorted(codes_in(lines) - set(noted))
    elsewhere: set[str] = set()
    for start in range(0, len(strange), ROWS_PER_ENTRY):
        part = ExtractRow.objects.filter(code__in=strange[start : start + ROWS_PER_ENTRY])
        elsewhere |= set(part.values_list("code", flat=True))
    first = Extract.objects.filter(id=extract.id).values_list("decided_at", flat=True).get()
    held = Held(noted, frozenset(elsewhere), timezone.localdate(first or extract.requested_at), timezone.localdate(at))
    outcomes = judge_lines(lines, held)
    named = {each.code for each in outcomes}
    return Reading(extract, digest, tuple(outcomes), sum(code not in named for code in noted))


def _lines(content: bytes, password: str) -> list[Line]:
    if len(content) > LARGEST_BYTES:
        raise Invalid("return-large", _("This file is too large. A returned file has at most 10 MB."))
    if is_locked(content):
        if not password.strip():
            raise Invalid(
                "return-locked", _("This file is locked. Type the password that you told the partner, and try again.")
            )
        content = open_workbook(content, password.strip(), largest_bytes=LARGEST_UNLOCKED_BYTES)
    for sheet in open_tables(content).sheets:
        columns = columns_of(sheet.headings)
        if "code" in columns and "served" in columns:
            return _read(sheet, columns)
    raise Invalid(
        "return-headings",
        _(
            "No sheet has the columns “Code” and “Served”. Ask for the sheet “Families” as they received it."
        ),
    )


def _read(sheet: Sheet, columns: dict[str, int]) -> list[Line]:
    lines: list[Line] = []
    for number, cells in sheet.lines():
        if len(lines) == MOST_LINES:
            raise Invalid(
                "return-long", _("This file has more than %(most)s rows. Cut it into parts."), most=MOST_LINES
            )
        lines.append(Line(number, {
            name: cells[place][:LONGEST_CELL] if place < len(cells) else "" for name, place in columns.items()
        }))
    return lines
