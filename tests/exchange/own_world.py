"""Several nodes of one agency in one process, each with a folder, keys and a database; one is ours at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections, transaction
from django.db.utils import load_backend

from gada import journal
from gada.agencies.models import Operator, Site
from gada.agencies.rules import Role
from gada.agencies.services import assign_role, bootstrap_node, create_operator, create_site
from gada.engine.proof.secrets import WrapCost
from gada.exchange.models import OwnNode
from gada.exchange.services import own_nodes
from gada.exchange.services.own_nodes.packing import make_sync_package
from gada.exchange.services.own_nodes.unpacking import take_sync_package
from gada.journal import inserting
from gada.journal.arriving import Arrived
from gada.journal.logs import open_log
from gada.people.drafts import AnswerDraft, HouseholdDraft, PersonDraft
from gada.people.models import Household
from gada.people.services import enrol_household
from gada.vault import creation, enrolment, keystore, node

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
CHEAP = WrapCost(memory_kib=64, passes=1, lanes=1)
PASSPHRASE = "une phrase pour tout le monde"
YEAR = timedelta(days=365)
_PATTERN: dict[str, Any] = {}  # a migrated database, made once for all worlds


class OneNode:
    """A node that is ours only inside `with node:`."""

    def __init__(self, name: str, folder: Path, connection: Any) -> None:
        self.name, self.folder, self.connection = name, folder, connection
        self.key = b""
        self.id: Any = None

    @contextmanager
    def open(self) -> Iterator[OneNode]:
        before, environment = connections["default"], os.environ.get("GADA_DATA")
        was = node.node_key() if node.is_unlocked() else None
        _change_database(self.connection)
        os.environ["GADA_DATA"] = str(self.folder)
        node.lock()
        if self.key:
            node.unlock_with(self.key)
        try:
            yield self
        finally:
            keystore.close()
            node.lock()
            _change_database(before)
            if environment is None:
                os.environ.pop("GADA_DATA", None)
            else:
                os.environ["GADA_DATA"] = environment
            if was is not None:
                node.unlock_with(was)


class OwnWorld:
    """Headquarters and its laptops. `here("a")` acts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.nodes: dict[str, OneNode] = {}
        self.files = 0

    @contextmanager
    def here(self, name: str) -> Iterator[OneNode]:
        with self.nodes[name].open() as found:
            yield found

    def headquarters(self, *, at: datetime = AT, connection: Any = None) -> OneNode:
        """Headquarters, in memory or on the database of a connection that is open already."""
        made = self._begin("hq", connection)
        with made.open():
            created = creation.create_node(
                name="Siège",
                country="NER",
                kind="humanitarian",
                training=True,
                passphrase=PASSPHRASE,
                at=at,
                cost=CHEAP,
            )
            made.key, made.id = node.node_key(), created.identity.node_id
            open_log(at=at)
            first = bootstrap_node(
                agency_name="Agence", country="NER", site_name="Diffa", admin_username="admin", admin_name="Admin",
                admin_password="sept chèvres au bord du puits", at=at,
            )
            create_site(name="Maine", by=first.admin, at=at)
            clerk = create_operator(
                username="amina", name="Amina", password="sept chèvres au bord du puits", by=first.admin, at=at
            )
            for role in (Role.CLERK, Role.SUPERVISOR, Role.ADJUDICATOR):
                assign_role(operator=clerk, role=role, by=first.admin, at=at)
        return made

    def laptop(self, name: str, *sites: str, at: datetime = AT, life: timedelta = 5 * YEAR) -> OneNode:
        kit = self.folder / f"{name}.kit"
        with self.here("hq"):
            own_nodes.admit_device(
                operator=operator("admin"),
                name=name,
                sites=[Site.objects.get(name=each) for each in sites],
                target=kit,
                passphrase=PASSPHRASE,
                life=life,
                at=at,
                cost=CHEAP,
            )
        made = self._begin(name)
        with made.open():
            body, offset = enrolment.open_kit(kit, passphrase=PASSPHRASE)
            made.id = enrolment.enrol_device(body, passphrase=PASSPHRASE, at=at, cost=CHEAP).node_id
            made.key = node.node_key()
            with transaction.atomic():
                open_log(at=at)
            first = self.folder / f"{name}.first"
            first.write_bytes(kit.read_bytes()[offset:])
            take_sync_package(first, at=at)
        return made

    def pack(self, source: str, target: str, *, at: datetime = AT, **how: Any) -> Path:
        """A file from one node for another."""
        self.files += 1
        path = self.folder / f"{self.files}-{source}-{target}.gada"
        with self.here(source):
            make_sync_package(OwnNode.objects.get(id=self.nodes[target].id), path, at=at, **how)
        return path

    def take(self, target: str, path: Path, *, at: datetime = AT) -> Arrived:
        with self.here(target):
            return take_sync_package(path, at=at)

    def carry(self, source: str, target: str, *, at: datetime = AT) -> Arrived:
        return self.take(target, self.pack(source, target, at=at), at=at)

    def close(self) -> None:
        for each in self.nodes.values():
            if each.connection.connection is not None:
                each.connection.connection.close()

    def _begin(self, name: str, connection: Any = None) -> OneNode:
        made = self.nodes[name] = OneNode(name, self.folder / name, connection or self._database(name))
        return made

    def _database(self, name: str) -> Any:
        """A migrated database in memory: migrated once, copied for the others."""
        options = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {}}
        configured = connections.configure_settings({"default": options})["default"]

        def fresh() -> Any:
            made = load_backend(options["ENGINE"]).DatabaseWrapper(configured, "default")
            made.ensure_connection()
            return made

        if "database" not in _PATTERN:
            _PATTERN["database"] = fresh()
            before = connections["default"]
            tables = _tables_of(before) if node.is_unlocked() else []
            connections["default"] = _PATTERN["database"]
            try:
                if tables:  # this run of tests has a migrated database already
                    with _PATTERN["database"].cursor() as cursor:
                        for statement in tables:
                            cursor.execute(statement)
                else:
                    call_command("migrate", verbosity=0)
            finally:
                connections["default"] = before
        connection = fresh()
        _PATTERN["database"].connection.backup(connection.connection)
        return connection


def _change_database(connection: Any) -> None:
    """A process keeps how values are made ready by alias; here one alias is SQLite and PostgreSQL in turn."""
    if connection.vendor != connections["default"].vendor:
        inserting._columns.cache_clear()
        inserting._statement.cache_clear()
    connections["default"] = connection


def _tables_of(connection: Any) -> list[str]:
    """How a migrated SQLite database is made, tables before their indexes; nothing where there is none."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC"
        )
        return [row[0] for row in cursor.fetchall()]


def operator(username: str = "amina") -> Operator:
    return Operator.objects.get(username=username)


def enrol(site: str = "Diffa", *, at: datetime = AT, given: str = "Zeinabou", **other: Any) -> Household:
    """A family of a mother and a child."""
    answers = (AnswerDraft("registration", "yes"), AnswerDraft("sharing", "yes"))
    head = PersonDraft(
        given=given, surname="Issoufou", father="Issoufou Ali", mother="Hawa", sex="F", relationship="head",
        recipient="principal", answers=answers, **other,
    )
    child = PersonDraft(given="Moussa", father="Ali", mother=given, sex="M", relationship="child", answers=answers)
    return enrol_household(
        operator=operator(), site=Site.objects.get(name=site), at=at,
        household=HouseholdDraft(members=(head, child), place="NE002"),
    )


__all__ = ["AT", "CHEAP", "PASSPHRASE", "OneNode", "OwnWorld", "enrol", "journal", "operator"]
