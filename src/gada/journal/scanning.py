"""Sealed entries as they lie, read plainly and in bulk: verifying asks for every one of them.

No model objects and no parsed columns: the databases' own text is compared with what the header says, which is
three times as fast (bench/journal.py). Pages keep memory bounded on both databases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from gada import vault
from gada.engine.proof.digests import SALT_BYTES, salted_digest
from gada.engine.refusal import Invalid
from gada.journal.models import Facts, Log, LogEntry
from gada.journal.withdrawing import WITHDRAWABLE, people_with_withdrawals
from gada.vault import keystore

PAGE = 2000
IDS = ("id", "log_id", "about_id", "by_id", "agency", "site", "programme")
TIMES = ("happened_at", "recorded_at")
TEXTS = ("action", "about_type", "by_type", "purpose", "lamport", "position")


@dataclass(slots=True)
class Scanned:
    """One sealed entry: do its columns say what its header says, and are its facts those it committed to?"""

    id: str
    position: int
    action: str
    header: bytes
    leaf: bytes
    columns_agree: bool
    facts: str  # intact | altered | missing | erased


def scan_entries(log: Log) -> Iterator[Scanned]:
    """Every sealed entry of a log in order of position."""
    erased = keystore.erased()
    withdrawn = {_text(person) for person in people_with_withdrawals()}
    # How this database writes an id of a header; asked once, not eight times an entry.
    written = _as_it_stands if connection.vendor == "postgresql" else _without_dashes
    for rows in _pages(log):
        keys = vault.data_keys({UUID(row["subject"]) for row in rows if row["subject"]})
        opened = {_text(subject): (subject, key) for subject, key in keys.items()}
        for row in rows:
            said, digest = _said(row["header"], written)
            lawful = row["body"] is None and row["action"] in WITHDRAWABLE and row["about_id"] in withdrawn
            yield Scanned(
                row["id"], row["position"], row["action"], row["header"], row["leaf"],
                columns_agree=_says(row) == said, facts="erased" if lawful else _state(row, digest, opened, erased),
            )


def _state(row: dict[str, Any], digest: str, keys: dict[str, tuple[UUID, bytes]], erased: frozenset[UUID]) -> str:
    body, subject = row["body"], row["subject"]
    if body is None:
        return "missing"
    if subject and subject not in keys:
        return "erased" if UUID(subject) in erased else "missing"
    try:
        plain = vault.open_for(keys[subject][0], body, keys=dict([keys[subject]])) if subject else body
    except Invalid:
        return "altered"
    return "intact" if salted_digest(plain[:SALT_BYTES], plain[SALT_BYTES:]).hex() == digest else "altered"


def _says(row: dict[str, Any]) -> list[Any]:
    return [
        row["id"], row["log_id"], row["action"], row["about_type"], row["about_id"], row["by_type"], row["by_id"],
        row["agency"], row["site"], row["programme"], row["purpose"], row["lamport"],
        _moment(row["happened_at"]), _moment(row["recorded_at"]),
    ]


def _said(raw: bytes, written: Callable[[str | None], str | None]) -> tuple[list[Any], str]:
    """What a header says of the columns, and its digest of the facts; nothing when it cannot be read any more."""
    try:
        header = json.loads(raw)
        about, by, scope = header["about"], header["by"], header["scope"]
        return [
            written(header["id"]), written(header["log"]), header["action"], about[0], written(about[1]), by[0],
            written(by[1]), written(scope[0]), written(scope[1]), written(scope[2]), header["purpose"],
            header["lamport"],
            header["happened_at"][:-1].replace("T", " "), header["recorded_at"][:-1].replace("T", " "),
        ], header["facts"]
    except (ValueError, LookupError, TypeError, AttributeError):
        return [], ""


def _as_it_stands(text: str | None) -> str | None:
    return text


def _without_dashes(text: str | None) -> str | None:
    return text if text is None else text.replace("-", "")


def _text(value: UUID) -> str:
    return str(value) if connection.vendor == "postgresql" else value.hex


def _moment(text: str) -> str:
    """A moment with all six digits of its fraction: databases leave out zeros."""
    whole, _, fraction = text.removesuffix("+00").partition(".")
    return f"{whole}.{fraction:0<6}"


def _pages(log: Log) -> Iterator[list[dict[str, Any]]]:
    """A cursor that stays on the server where there is one: each page goes on where the last one ended."""
    columns = {name: f"CAST(e.{name} AS TEXT)" for name in (*IDS, *TIMES)} | {name: f"e.{name}" for name in TEXTS}
    columns |= {"subject": "CAST(f.subject AS TEXT)", "body": "f.body", "header": "e.header", "leaf": "e.leaf"}
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns.values())} FROM {LogEntry._meta.db_table} e"
            f" LEFT JOIN {Facts._meta.db_table} f ON f.entry_id = e.id"
            " WHERE e.log_id = %s AND e.position IS NOT NULL ORDER BY e.position",
            [_text(log.id)],
        )
        while rows := cursor.fetchmany(PAGE):
            yield [dict(zip(columns, _plain(row), strict=True)) for row in rows]


def _plain(row: tuple[Any, ...]) -> list[Any]:
    return [bytes(value) if isinstance(value, memoryview) else value for value in row]
