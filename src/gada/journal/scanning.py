"""Sealed entries as they lie, read plainly and in bulk: verifying asks for every one of them.

No model objects and no parsed columns: the databases' own text is compared with what the header says, which is
six times as fast (bench/journal.py). Pages by position keep memory bounded on both databases.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from gada import vault
from gada.engine.proof.digests import salted_digest
from gada.engine.refusal import Invalid
from gada.journal.models import Facts, Log, LogEntry
from gada.journal.reading import SALT_BYTES
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
    after, erased = -1, keystore.erased()
    while rows := _page(log, after):
        keys = vault.data_keys({UUID(row["subject"]) for row in rows if row["subject"]})
        opened = {subject.hex: (subject, key) for subject, key in keys.items()}
        for row in rows:
            said, digest = _said(row["header"])
            yield Scanned(
                row["id"], row["position"], row["action"], row["header"], row["leaf"],
                columns_agree=_says(row) == said, facts=_state(row, digest, opened, erased),
            )
        after = rows[-1]["position"]


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


def _said(raw: bytes) -> tuple[list[Any], str]:
    """What a header says of the columns, and its digest of the facts; nothing when it cannot be read any more."""
    try:
        header = json.loads(raw)
        about, by, scope = header["about"], header["by"], header["scope"]
        return [
            _hex(header["id"]), _hex(header["log"]), header["action"], about[0], _hex(about[1]), by[0], _hex(by[1]),
            _hex(scope[0]), _hex(scope[1]), _hex(scope[2]), header["purpose"], header["lamport"],
            header["happened_at"][:-1].replace("T", " "), header["recorded_at"][:-1].replace("T", " "),
        ], header["facts"]
    except (ValueError, LookupError, TypeError, AttributeError):
        return [], ""


def _hex(text: str | None) -> str | None:
    return text.replace("-", "") if text else None


def _moment(text: str) -> str:
    return text if "." in text else f"{text}.000000"  # SQLite holds no fraction of a full second


def _page(log: Log, after: int) -> list[dict[str, Any]]:
    postgres = connection.vendor == "postgresql"
    uuid = "replace(e.{0}::text, '-', '')" if postgres else "e.{0}"
    time = "to_char(e.{0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')" if postgres else "CAST(e.{0} AS TEXT)"
    columns = {name: uuid.format(name) for name in IDS} | {name: time.format(name) for name in TIMES}
    columns |= {name: f"e.{name}" for name in TEXTS}
    columns |= {"subject": uuid.format("subject").replace("e.", "f."), "body": "f.body"}
    columns |= {"header": "e.header", "leaf": "e.leaf"}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns.values())} FROM {LogEntry._meta.db_table} e"
            f" LEFT JOIN {Facts._meta.db_table} f ON f.entry_id = e.id"
            f" WHERE e.log_id = %s AND e.position > %s ORDER BY e.position LIMIT {PAGE}",
            [log.id if postgres else log.id.hex, after],
        )
        return [dict(zip(columns, _plain(row), strict=True)) for row in cursor.fetchall()]


def _plain(row: tuple[Any, ...]) -> list[Any]:
    return [bytes(value) if isinstance(value, memoryview) else value for value in row]
