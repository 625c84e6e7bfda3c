"""What two nodes wrote without knowing of each other becomes one state, the same in any order of arrival.

Different fields merge. Of one field both values are kept, the greater version (Lamport counter, node) is shown, and a
conflict stands until a person decides. A number or a source key given twice stays with one of the two, drawn by their
ids and not by any clock; the other is marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID, uuid5

from django.db import IntegrityError, router, transaction
from django.db.models import Q

from gada.journal import Entry
from gada.journal.inserting import held_values, insert_rows
from gada.journal.rebuilding import already_happened
from gada.people.models import Change, Conflict, Correction, Household, Person
from gada.people.retention import erased_after
from gada.people.words import PersonStatus

Numbered = TypeVar("Numbered", Household, Person)
BIRTH = ("birth_from", "birth_to", "birth_precision", "birth_source")
DATES = ("birth_from", "birth_to")
NUMBER_LENGTH = 11
ASIDE = "~"  # in a number or a source key: another registration has it
ONCE = frozenset({"start", "founded"})  # said once, by whoever made the thing
_CHANGES = UUID("7c1f5a0e-3f5d-5a3c-9a27-2f0f5f6d4b11")
_CORRECTIONS = UUID("0d0b2c5a-62f2-5e4e-8d39-1c6f9b7a4e20")


def keep_corrections(entries: Iterable[Entry]) -> None:
    """Every correction of every field as a row; one that came before stays as it is."""
    rows = {}
    for entry in entries:
        settled = entry.facts.get("settles", {})
        for name, value in entry.facts["changes"].items():
            saw = entry.facts.get("saw", {}).get(name, "")
            row = Correction(
                id=uuid5(_CORRECTIONS, f"{entry.id} {name}"), person=entry.about[1], field=name, value=value,
                version=entry.version, settles=sorted({*settled.get(name, ()), *([saw] if saw else [])}),
                after=erased_after(entry.facts, name),
            )
            rows[row.id] = row
    held = held_values("id", list(rows), Correction) if rows else set()
    insert_rows([row for id_, row in rows.items() if id_ not in held])


def merge_corrections(people: Iterable[UUID]) -> dict[UUID, Person]:
    """Set each field to its newest correction, and keep what nobody settled as conflicts; gives those written."""
    wanted, merged = set(people), {}
    if not wanted:
        return {}
    said: dict[UUID, dict[str, list[Correction]]] = {id_: {} for id_ in wanted}
    for row in Correction.objects.filter(person__in=wanted).order_by("version"):
        said[row.person].setdefault(row.field, []).append(row)
    for person in Person.objects.filter(id__in=wanted):
        for name, rows in said[person.id].items():
            if rows[-1].version > person.versions.get(name, ""):
                setattr(person, name, _value(name, rows[-1].value))
                person.versions[name] = rows[-1].version
        person.save()
        merged[person.id] = person
    for id_, fields in said.items():
        for name, rows in fields.items():
            _note_conflict(id_, name, rows)
    return merged


def corrected_among(people: set[UUID]) -> set[UUID]:
    """Those of these people of whom a correction is here."""
    return held_values("person", list(people), Correction) if people else set()


def unsettled(rows: Sequence[Correction]) -> list[str]:
    """The versions of one field that nobody who wrote later had before them, if their values differ."""
    seen = {version for row in rows for version in row.settles}
    open_ = [row for row in rows if row.version not in seen]
    differ = any(row.value != open_[0].value for row in open_)
    return sorted(row.version for row in open_) if differ else []


def _note_conflict(person: UUID, name: str, rows: Sequence[Correction]) -> None:
    versions, id_ = unsettled(rows), uuid5(_CORRECTIONS, f"{person} {name}")
    held = Conflict.objects.filter(id=id_)
    if not versions:
        if len(rows) > 1:
            held.delete()
    elif not held.update(versions=versions):
        Conflict.objects.create(id=id_, person=person, target=person, field=name, versions=versions)


def note_conflicts(changes: Iterable[Change]) -> None:
    """Keep as conflicts what several happenings set, none of them knowing of the other (all changes of one target)."""
    said: dict[tuple[UUID, str], list[Change]] = {}
    for change in changes:
        if change.happening is not None and change.field not in ONCE:
            said.setdefault((change.target, change.field), []).append(change)
    for (target, name), rows in said.items():
        open_ = _open([row for row in rows if row.happening and not row.happening.undone_version])
        id_ = uuid5(_CHANGES, f"{target} {name}")
        if not open_ or _is_erased(open_[-1].person):
            if len(rows) > 1:
                Conflict.objects.filter(id=id_).delete()
            continue
        newest = open_[-1].happening
        assert newest is not None
        Conflict.objects.update_or_create(id=id_, defaults={
            "person": open_[-1].person, "household": newest.household, "target": target, "field": name,
            "versions": [row.version for row in open_],
        })


def _open(rows: Sequence[Change]) -> list[Change]:
    """Of changes of one field that stand, those that nobody who wrote later had before them, if they differ."""
    seen = {version for row in rows for version in row.settles or ()}
    before = max((row.version for row in rows if row.settles is None), default="")  # as earlier releases wrote it
    open_ = sorted((row for row in rows if row.version not in seen and row.version >= before), key=_version)
    return open_ if len({_meaning(row) for row in open_}) > 1 else []


def _version(row: Change) -> str:
    return row.version


def _meaning(row: Change) -> str:
    """Somebody left, whenever it was noted."""
    return str(bool(row.value)) if row.field == "until" else str(row.value)


def _is_erased(person: UUID | None) -> bool:
    return person is not None and Person.objects.filter(id=person, status=PersonStatus.ERASED).exists()


def whole_birth(person: Person, changes: Mapping[str, Any]) -> dict[str, Any]:
    """A date of birth is written whole: halves of two corrections would make an interval that nobody said."""
    if not any(name in changes for name in BIRTH):
        return dict(changes)
    held = {name: getattr(person, name) for name in BIRTH}
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in held.items()}
    return {**said, **changes}


def insert_numbered(model: type[Numbered], rows: Sequence[Numbered]) -> Sequence[Numbered]:
    """Insert these; where another node gave the same number or source key, one of the two is marked.

    A decision being made here must not: then a second row of one source key raises IntegrityError.
    """
    if not already_happened():
        return insert_rows(rows)
    try:
        with transaction.atomic(using=router.db_for_write(model)):
            return insert_rows(rows)
    except IntegrityError:
        return [_insert_beside(model, row) for row in rows]


def _insert_beside(model: type[Numbered], row: Numbered) -> Numbered:
    holder = model.objects.filter(number=row.number).exclude(id=row.id).first()
    if holder is not None:
        _step_aside(model, row, holder, "number", NUMBER_LENGTH)
    if row.source_key:
        same = model.objects.filter(source=row.source, source_key=row.source_key).exclude(id=row.id)
        if (holder := same.first()) is not None:
            _step_aside(model, row, holder, "source_key", 70)
    return insert_rows([row])[0]


def _step_aside(model: type[Numbered], row: Numbered, holder: Numbered, name: str, length: int) -> None:
    keeps = min(row, holder, key=_precedence)
    gives_way = holder if keeps is row else row
    marked = f"{getattr(row, name)[:length]}{ASIDE}{gives_way.id.hex[-8:]}"
    if gives_way is row:
        setattr(row, name, marked)
    else:
        model.objects.filter(id=holder.id).update(**{name: marked})


def _precedence(row: Household | Person) -> tuple[bool, bytes]:
    """Who keeps what was given twice: the smaller random part of the id, the same everywhere, whoever came first.

    An erased person gives way: where their registration never arrived they hold nothing.
    """
    return row.status == PersonStatus.ERASED, row.id.bytes[8:]


def number_given(row: Household | Person) -> str:
    """The number that was given, also where another has it."""
    return row.number.partition(ASIDE)[0]


def set_number(model: type[Numbered], row: Numbered, number: str) -> None:
    """Give this one a number; whoever else was given its old or its new one has it if they come first."""
    before = number_given(row)
    if before != number:
        model.objects.filter(id=row.id).update(number=f"{number}{ASIDE}{row.id.hex[-8:]}")
        for each in (before, number):
            arrange_number(model, each)


def arrange_number(model: type[Numbered], number: str) -> None:
    """Of those who were given this number one has it, and the others are marked."""
    given = list(model.objects.filter(Q(number=number) | Q(number__startswith=number + ASIDE))) if number else []
    if not given:
        return
    keeps = min(given, key=_precedence)
    for row in sorted(given, key=lambda one: one is keeps):
        wanted = number if row is keeps else f"{number}{ASIDE}{row.id.hex[-8:]}"
        if row.number != wanted:
            model.objects.filter(id=row.id).update(number=wanted)


def _value(name: str, value: Any) -> Any:
    if name in DATES:
        return date.fromisoformat(value) if value else None
    if name == "photo":
        return UUID(value) if value else None
    return value
