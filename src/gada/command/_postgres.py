"""PostgreSQL's own programs give and take its database; what they say is sealed before it touches the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection

from gada.engine.refusal import Refusal
from gada.vault.backup import open_stream, seal_stream

DUMP = "gada.pgdump.sealed"
# Where installers put the programs without putting them on the PATH: Debian and Ubuntu, Red Hat, Windows, macOS.
FOLDERS = (
    ("/usr/lib/postgresql", "*/bin"), ("/usr", "pgsql-*/bin"), ("C:/Program Files/PostgreSQL", "*/bin"),
    ("/Library/PostgreSQL", "*/bin"), ("/opt/homebrew/opt", "libpq/bin"),
)


def find_program(name: str) -> str:
    """`pg_dump` or `pg_restore`: on the PATH, else the newest installed. Raises Refusal `postgres-client-missing`."""
    if on_path := shutil.which(name):
        return on_path
    folders = [folder for root, below in FOLDERS for folder in Path(root).glob(below)]
    newest_first = sorted(folders, key=lambda folder: _version(folder.parent.name), reverse=True)
    found = next(filter(None, (shutil.which(name, path=str(folder)) for folder in newest_first)), None)
    if found is None:
        raise Refusal(
            "postgres-client-missing",
            "The program %(program)s is not on this machine. Install the client of PostgreSQL, of the version of the "
            "server or newer (on Debian or Ubuntu: apt-get install postgresql-client).", program=name,
        )
    return found


def give_dump(target: Path) -> None:
    """Seal a consistent copy of the database into this file while others use it."""
    where, environment = _server()
    command = [find_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", *where]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as program:
        assert program.stdout is not None
        seal_stream(program.stdout, target)
    if program.returncode:
        raise Refusal("pg-dump-failed", "PostgreSQL did not give its backup; see its words above.")


def check_ready_for_dump() -> None:
    """Before a restore writes anything: the program is there, the server answers, and its database is empty."""
    find_program("pg_restore")
    try:
        used = connection.introspection.table_names()
    except OperationalError as error:
        raise Refusal(
            "database-unreachable", "PostgreSQL does not answer at the address in DATABASE_URL: %(words)s",
            words=str(error).strip(),
        ) from error
    connection.close()
    if used:
        raise Refusal(
            "database-not-empty",
            "The database in DATABASE_URL holds something already. Make an empty one and restore into it.",
        )


def take_dump(dump: Path) -> None:
    """Feed the dump to PostgreSQL, all of it or nothing; its plain text never touches the disk."""
    where, environment = _server()
    command = [
        find_program("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
        "--no-comments", *where,
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as program:
        assert program.stdin is not None
        with suppress(BrokenPipeError):  # it ended early and said why
            open_stream(dump, program.stdin)
    if program.returncode:
        raise Refusal("pg-restore-failed", "PostgreSQL did not take the backup; see its words above.")
    dump.unlink()


def _server() -> tuple[list[str], dict[str, str]]:
    """Where PostgreSQL is, as its programs want it; secrets go by the environment, which nobody else reads."""
    database = settings.DATABASES["default"]
    named = {"host": "HOST", "port": "PORT", "username": "USER", "dbname": "NAME"}
    given = {option: database[setting] for option, setting in named.items()}
    # What follows the `?` of DATABASE_URL: sslmode, sslrootcert, connect_timeout …
    more = {f"PG{name.upper()}": str(value) for name, value in database.get("OPTIONS", {}).items()}
    secret = {"PGPASSWORD": str(database["PASSWORD"])} if database.get("PASSWORD") else {}
    return [f"--{name}={value}" for name, value in given.items() if value], os.environ | more | secret


def _version(name: str) -> int:
    return int("".join(letter for letter in name if letter.isdigit()) or 0)
