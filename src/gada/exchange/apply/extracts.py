"""Extracts asked for, decided, made, returned and destroyed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from gada.exchange.apply.rows import identifier, make_rows, moment
from gada.exchange.models import Extract, ExtractRow
from gada.journal import Entry, applies
from gada.journal.changing import change_row

SAID = ("served", "served_on", "quantity", "reason", "said_at")
BATCH = 500


@applies("extract.requested", schema=1)
def extracts_requested(entries: Sequence[Entry]) -> list[Extract]:
    return make_rows(
        Extract,
        [
            Extract(
                id=entry.about[1],
                agency=UUID(entry.facts["agency"]),
                of=identifier(entry.facts["of"]),
                expires_at=moment(entry.facts["expires_at"]),
                requested_at=entry.happened_at,
                requested_by=entry.by[1],
                **{
                    name: entry.facts[name]
                    for name in (
                        "number", "organisation", "kind", "country", "asked_by", "contact", "purpose", "why",
                        "legal_basis", "source", "of_name", "households", "fields",
                    )
                },
            )
            for entry in entries
        ],
    )


@applies("extract.decided", schema=1)
def extracts_decided(entries: Sequence[Entry]) -> list[Extract | None]:
    return [
        change_row(
            Extract, entry.about[1], entry,
            state="approved" if entry.facts["approved"] else "refused", reason=entry.facts["reason"],
            decided_at=entry.happened_at, decided_by=entry.by[1],
        )
        for entry in entries
    ]


@applies("extract.made", schema=1)
def extracts_made(entries: Sequence[Entry]) -> list[Extract | None]:
    return [
        change_row(
            Extract, entry.about[1], entry, state="made", made_at=entry.happened_at,
            **{name: entry.facts[name] for name in ("times_made", "families", "left_out", "digest", "file_bytes")},
        )
        for entry in entries
    ]


@applies("extract.listed", schema=1)
def extracts_listed(entries: Sequence[Entry]) -> list[None]:
    """The families of one making; who was in an earlier one keeps their code."""
    for entry in entries:
        said = {UUID(row["id"]): row for row in entry.facts["rows"]}
        held = ExtractRow.objects.in_bulk(list(said))
        for row in held.values():
            row.made, row.person_id = entry.facts["times_made"], UUID(said[row.id]["person"])
        _write(held.values(), ["made", "person"])
        make_rows(
            ExtractRow,
            [
                ExtractRow(
                    id=id_, extract_id=entry.about[1], household_id=UUID(row["household"]),
                    person_id=UUID(row["person"]), code=row["code"], made=entry.facts["times_made"],
                )
                for id_, row in said.items()
                if id_ not in held
            ],
        )
    return [None for _ in entries]


@applies("extract.returned", schema=1)
def extracts_returned(entries: Sequence[Entry]) -> list[None]:
    """What the partner says of each family: the newest counts."""
    for entry in entries:
        said = {UUID(row["id"]): row for row in entry.facts["rows"]}
        rows = [
            row for row in ExtractRow.objects.in_bulk(list(said)).values()
            if entry.version > row.versions.get("served", "")
        ]
        for row in rows:
            told = said[row.id]
            row.served, row.quantity, row.reason = told["served"], told["quantity"], told["reason"]
            row.served_on = date.fromisoformat(told["on"]) if told["on"] else None
            row.said_at = entry.happened_at
            row.versions = {**row.versions, "served": entry.version}
        _write(rows, [*SAID, "versions"])
    return [None for _ in entries]


@applies("extract.destroyed", schema=1)
def extracts_destroyed(entries: Sequence[Entry]) -> list[Extract | None]:
    return [
        change_row(
            Extract, entry.about[1], entry, destroyed_at=moment(entry.facts["at"]),
            destroyed_said_by=entry.facts["said_by"], destroyed_how=entry.facts["how"],
        )
        for entry in entries
    ]


def _write(rows: Iterable[ExtractRow], columns: list[str]) -> None:
    """Rows that are there already, many at once: an update of each by its number takes twenty times as long."""
    ExtractRow.objects.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=columns
    )
