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
AT_ONCE = 500  # below every limit on parameters of one statement
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
    alias = router.db_for_write(model)
    statement, prepared = _statement(model, tuple(names), alias)
    ready = [_ready(row, prepared) for row in values]
    if not ready:
        return
    connection = connections[alias]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                for row in ready:
                    copy.write_row(row)
        else:
            cursor.executemany(statement, ready)


def held_values(name: str, values: Sequence[Any], *models: type[models.Model]) -> set[Any]:
    """Which of these values some row of these models already has: asked before every insert, so written out as SQL."""
    alias, found = router.db_for_read(models[0]) or router.db_for_write(models[0]), set[Any]()
    connection, prepare = connections[alias], dict(_columns(models[0], alias))[name]
    by_stored = {value if prepare is None else prepare(value): value for value in values}
    stored, at_once = list(by_stored), AT_ONCE // len(models)
    with connection.cursor() as cursor:
        for start in range(0, len(stored), at_once):
            part = stored[start : start + at_once]
            question = " UNION ALL ".join(_which_held(model, name, len(part), alias) for model in models)
            cursor.execute(question, part * len(models))
            found.update(by_stored[row[0]] for row in cursor.fetchall())
    return found


def _which_held(model: type[models.Model], name: str, count: int, alias: str) -> str:
    quoted = connections[alias].ops.quote_name
    table, column = quoted(model._meta.db_table), quoted(model._meta.get_field(name).column)
    return f"SELECT {column} FROM {table} WHERE {column} IN ({', '.join(['%s'] * count)})"


@lru_cache
def _statement(
    model: type[models.Model], names: tuple[str, ...], alias: str
) -> tuple[str, tuple[tuple[int, Callable[[Any], Any]], ...]]:
    """The statement for rows of these attributes, and which of their values need to be made ready, by position."""
    operations, known = connections[alias].ops, dict(_columns(model, alias))
    prepared = tuple((at, prepare) for at, name in enumerate(names) if (prepare := known[name]) is not None)
    columns = ", ".join(operations.quote_name(model._meta.get_field(name).column) for name in names)
    table = operations.quote_name(model._meta.db_table)
    if connections[alias].vendor == "postgresql":
        return f"COPY {table} ({columns}) FROM STDIN", prepared
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(names))})", prepared


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
