"""SQLite under SQLCipher for Django 5.2.

The key is asked of the vault at each new connection, so a locked node cannot even open its file.
A raw key skips SQLCipher's password stretching: ours is already 256 random bits, wrapped by Argon2id.
"""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3._functions import register as register_functions
from sqlcipher3 import dbapi2

from gada.vault import node

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


class SQLCipherCursor(dbapi2.Cursor):  # type: ignore[misc]
    """Django's `%s` placeholders become SQLite's `?`."""

    def execute(self, query: str, params: Any = None) -> Any:
        if params is None:
            return super().execute(query)
        if isinstance(params, dict):
            return super().execute(
                base.SQLiteCursorWrapper.convert_query(self, query, param_names=list(params)), params
            )
        return super().execute(base.SQLiteCursorWrapper.convert_query(self, query), params)

    def executemany(self, query: str, param_list: Any) -> Any:
        return super().executemany(base.SQLiteCursorWrapper.convert_query(self, query), param_list)


class DatabaseWrapper(base.DatabaseWrapper):
    """The one difference: who opens the file, and with which key."""

    display_name = "SQLite (SQLCipher)"
    Database = dbapi2

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = dbapi2.connect(**conn_params)
        connection.execute(f"PRAGMA key = \"x'{node.database_key().hex()}'\"")
        register_functions(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA legacy_alter_table = OFF")
        for command in self.init_commands:
            if command := command.strip():
                connection.execute(command)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(SQLCipherCursor)
