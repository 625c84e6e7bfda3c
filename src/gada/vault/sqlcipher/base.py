"""SQLite under SQLCipher for Django 5.2.

The key is asked of the vault at each new connection, so a locked node cannot even open its file.
A raw key skips SQLCipher's password stretching: ours is already 256 random bits, wrapped by Argon2id.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3._functions import register as register_functions
from sqlcipher3 import dbapi2

from gada.vault import node
from gada.vault.sqlcipher.turns import Turns, patiently, queue_for

for _name, _convert in (
    ("bool", b"1".__eq__),
    ("date", base.decoder(base.parse_date)),
    ("time", base.decoder(base.parse_time)),
    ("datetime", base.decoder(base.parse_datetime)),
    ("timestamp", base.decoder(base.parse_datetime)),
):
    dbapi2.register_converter(_name, _convert)
for _type, _adapt in (
    (decimal.Decimal, str),
    (datetime.date, base.adapt_date),
    (datetime.datetime, base.adapt_datetime),
):
    dbapi2.register_adapter(_type, _adapt)


WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN IMMEDIATE")


class SQLCipherConnection(dbapi2.Connection):  # type: ignore[misc]
    """Holds its place among the writers from the beginning of a transaction to its end (turns.py)."""

    turns: Turns | None = None
    has_turn = False

    def patiently(self, query: str, ask: Callable[[], Any]) -> Any:
        """Run a statement; one that begins to write waits for its turn first."""
        if self.in_transaction or self.turns is None:
            return ask()
        if not query.lstrip().upper().startswith(WRITES):
            return patiently(ask)
        self.turns.take()
        self.has_turn = True
        try:
            return patiently(ask)
        finally:
            if not self.in_transaction:  # a single statement, or it failed to begin
                self.end_turn()

    def end_turn(self) -> None:
        if self.has_turn and self.turns is not None:
            self.has_turn = False
            self.turns.give()

    def commit(self) -> None:
        super().commit()
        self.end_turn()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.end_turn()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.end_turn()

    def __del__(self) -> None:
        self.end_turn()  # a thread that died in the middle of a transaction keeps nobody waiting


class SQLCipherCursor(dbapi2.Cursor):  # type: ignore[misc]
    """Django's `%s` placeholders become SQLite's `?`."""

    def execute(self, query: str, params: Any = None) -> Any:
        if params is None:
            return self._run(query)
        if isinstance(params, dict):
            return self._run(base.SQLiteCursorWrapper.convert_query(self, query, param_names=list(params)), params)
        return self._run(base.SQLiteCursorWrapper.convert_query(self, query), params)

    def executemany(self, query: str, param_list: Any) -> Any:
        plain = base.SQLiteCursorWrapper.convert_query(self, query)
        if self.connection.in_transaction:
            return super().executemany(plain, param_list)
        self._run("BEGIN IMMEDIATE")  # all rows or none: asked again, the first ones would be there twice
        try:
            done = super().executemany(plain, param_list)
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise
        return done

    def _run(self, query: str, *params: Any) -> Any:
        run = super().execute
        return self.connection.patiently(query, lambda: run(query, *params))


class DatabaseWrapper(base.DatabaseWrapper):
    """The differences: who opens the file and with which key, and that writers take turns."""

    display_name = "SQLite (SQLCipher)"
    Database = dbapi2

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = dbapi2.connect(**conn_params, factory=SQLCipherConnection)
        connection.execute(f"PRAGMA key = \"x'{node.database_key().hex()}'\"")
        register_functions(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA legacy_alter_table = OFF")
        for command in self.init_commands:
            if command := command.strip():
                connection.execute(command)
        connection.execute("PRAGMA busy_timeout = 0")  # from here on the waiting is ours
        connection.turns = queue_for(str(conn_params["database"]))
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(SQLCipherCursor)
