"""Many rows at once, by a prepared statement: Django's bulk_create compiles an expression per value, which cost
more than the writing itself when an import was measured (bench/import_people.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connections, models, router

Prepare = Callable[[Any], Any] | None
Row = TypeVar("Row", bound=models.Model)
# Their values go to both databases as they are.
PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.BinaryField)


def insert_rows(rows: Sequence[Row]) -> Sequence[Row]:
    """Insert these new objects of one model into whichever database is being written now; gives them back.

    For models without generated keys or `auto_now` fields. A breach of a constraint raises IntegrityError.
    """
    if rows:
        alias = router.db_for_write(type(rows[0]))
        names = [name for name, _ in _columns(type(rows[0]), alias)]
        insert_values(type(rows[0]), names, ([row.__dict__[name] for name in names] for row in rows))
        for row in rows:
            row._state.adding, row._state.db = False, alias
    return rows


def insert_values(model: type[models.Model], names: Sequence[str], values: Iterable[Iterable[Any]]) -> None:
    """Insert plain rows: the values of these attributes (`site_id`, not `site`), one list per row."""
    connection = connections[alias := router.db_for_write(model)]
    known = dict(_columns(model, alias))
    prepared = [(at, prepare) for at, name in enumerate(names) if (prepare := known[name]) is not None]
    ready = [_ready(row, prepared) for row in values]
    columns = ", ".join(connection.ops.quote_name(model._meta.get_field(name).column) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(names))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", ready)


def _ready(row: Iterable[Any], prepared: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for at, prepare in prepared:
        if values[at] is not None:
            values[at] = prepare(values[at])
    return values


@lru_cache
def _columns(model: type[models.Model], alias: str) -> tuple[tuple[str, Prepare], ...]:
    """Attribute by attribute, how its value is made ready for this database (None: as it is)."""
    return tuple((field.attname, _preparing(field, alias)) for field in model._meta.concrete_fields)


def _preparing(field: Any, alias: str) -> Prepare:
    target = field.target_field if field.is_relation else field
    if isinstance(target, PLAIN):
        return None
    if connections[alias].vendor == "postgresql" and isinstance(target, (models.UUIDField, models.DateField)):
        return None
    if isinstance(target, models.UUIDField):
        return lambda value: value.hex
    if isinstance(target, models.DateField):  # and DateTimeField; a batch holds few different moments
        return lru_cache(1024)(lambda value: target.get_db_prep_save(value, connections[alias]))
    return lambda value: target.get_db_prep_save(value, connections[alias])
