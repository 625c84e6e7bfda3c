"""The tokens of a sweep as a table for a spreadsheet: logged, numbered in every row, never a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.formats.spreadsheet import safe_cell
from gada.engine.proof.ids import new_id
from gada.fixing import queries
from gada.fixing.rules.ledger import Ledger
from gada.fixing.rules.numbers import number_of
from gada.fixing.rules.shelters import shelters_in_words
from gada.people.rules import new_number
from gada.people.services import scope_of

COLUMNS = (
    "kind", "token", "state", "team", "block", "shelters", "round", "household", "registered_at", "reason", "words",
    "export",
)


@transaction.atomic
def export_tokens(*, operator: Operator, sweep_id: UUID, at: datetime) -> tuple[str, bytes]:
    """(number of the export, CSV): a row a token, an empty shelter, a family without a token. No names of people."""
    sweep = queries.sweep_for(operator, sweep_id)
    authorize(operator, "token.export", site=sweep.site_id)
    number, ledger = f"EX-{new_number()}", queries.ledger_of_sweep(sweep)
    families = queries.family_numbers({
        *(each.household_id for rows in ledger.spent.values() for each in rows),
        *(each.household_id for each in ledger.tokenless),
    })
    sink, count = io.StringIO(newline=""), 0
    writer = csv.writer(sink)
    writer.writerow(COLUMNS)
    for row in _rows(ledger, sweep.prefix, families):
        writer.writerow([safe_cell(cell) for cell in (*row, number)])
        count += 1
    journal.record(
        "tokens.exported", by=operator, about=sweep.reference, scope=scope_of(sweep.site), purpose="registration",
        at=at, facts={"id": str(new_id()), "number": number, "rows": count},
    )
    return number, b"\xef\xbb\xbf" + sink.getvalue().encode()


def _rows(ledger: Ledger, prefix: str, families: dict[UUID, str]) -> Iterator[tuple[Any, ...]]:
    shelters = {each.id: shelters_in_words(each.shelters) for each in set(ledger.given.values())}
    for number, state in queries.token_lines(ledger):
        visit, load, void = (found.get(number) for found in (ledger.given, ledger.carried, ledger.voided))
        where = (
            visit.team if visit else load.team if load else "", visit.block if visit else "",
            shelters[visit.id] if visit else "", visit.round if visit else "",
        )
        reason = (void.why, void.words) if void else ("", "")
        for spent in ledger.spent.get(number, (None,)):
            family = (families.get(spent.household_id, ""), spent.at.isoformat()) if spent else ("", "")
            yield ("token", number_of(prefix, number), state, *where, *family, *reason)
    for shelter in ledger.shelters:
        state = "found" if shelter.found else "empty"
        yield ("shelter", "", state, shelter.team, shelter.block, shelter.name, shelter.visits, "", "", "", "")
    for each in ledger.tokenless:
        household = families.get(each.household_id, "")
        words = _joined(each.words, each.shown)
        yield ("family", "", "without", "", "", "", "", household, each.at.isoformat(), each.why, words)


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
