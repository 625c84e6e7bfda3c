"""A node on PostgreSQL lost with its server, and brought back from its two files into an empty database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from gada.command import _postgres
from tests.command.real_node import RealNode
from tests.command.test_backup_and_restore import ERASE, LOOK, READ, back_up, keys_of, restore
from tests.world import refused

pytestmark = [pytest.mark.slow]
FILL = """
from dataclasses import replace
from gada.agencies.services import create_programme
from gada.biometrics.rules import CaptureDraft
from gada.biometrics.services import take_captures
from gada.engine.proof.ids import new_id
from gada.people.services import enrol_household
from tests.biometrics.builders import a_record
programme = create_programme(
    name="Aide", purpose="Aide", legal_basis="Mandat", impact_assessment="Faite", biometrics_allowed=True,
    assessed_on=timezone.now().date(), assessed_by="Dina", by=who("admin"), at=timezone.now(),
)
amina, kept = who("amina"), []
for number in range(4):
    family, id_ = a_family(number), new_id()
    photo = vault.put_blob(id_, b"a photo %d" % number)
    members = (replace(family.members[0], id=id_), *family.members[1:])
    family = replace(family, members=members, photos={0: photo})
    enrol_household(operator=amina, site=site, household=family, programme=programme, at=timezone.now())
    prints = [CaptureDraft(position=p, record=a_record({p: 10 * number + p})) for p in (2, 7)]
    take_captures(operator=amina, person=id_, captures=prints, at=timezone.now())
    kept.append((str(id_), str(photo)))
journal.seal(at=timezone.now())
print(json.dumps(kept[0]))
"""
FIND = """
from uuid import UUID
from gada.engine.proof.digests import sha256
from gada.people.queries import person_for
person = person_for(who("amina"), UUID("%s"))
prints = [vault.open_for(person.id, bytes(each.record)) for each in person.templates.order_by("position")]
print(json.dumps([person.given, person.surname, str(person.photo), [sha256(each).hex() for each in prints]]))
"""


@pytest.fixture
def empty_database(postgres_url: str) -> Callable[[str], str]:
    """Makes databases that belong to an ordinary user of the server, as an agency's would."""

    def make(name: str) -> str:
        with psycopg.connect(postgres_url, autocommit=True) as server:
            server.execute("DO $$ BEGIN CREATE ROLE bureau LOGIN PASSWORD 'sept'; EXCEPTION WHEN OTHERS THEN END $$")
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {name} OWNER bureau")
        parts = urlsplit(postgres_url)
        where = f"bureau:sept@{parts.hostname}:{parts.port}"
        return urlunsplit((parts.scheme, where, f"/{name}", "sslmode=prefer", ""))

    return make


def test_it_comes_back_whole_and_the_erased_stay_erased(empty_database, tmp_path):
    node = RealNode(tmp_path / "first", empty_database("gada_first")).create("clerk", "dpo")
    owner, photo = node.script(FILL)
    said = node.script(FIND % owner)
    early = back_up(node, "early")
    gone = node.script(ERASE)
    late = back_up(node, "late")
    assert said[0].encode() not in late.read_bytes(), "sealed"
    empty_database("gada_first")  # the server is lost

    elsewhere = RealNode(tmp_path / "second", empty_database("gada_second"))
    assert "1 erased people stayed erased" in restore(elsewhere, early, keys_of(late))
    found = elsewhere.script(LOOK)
    assert (found["people"], found["named"], found["erased"], found["keys"]) == (16, 15, [gone], [])
    assert (found["epoch"], found["sound"], found["differences"], found["entries"]) == (2, True, [], 1)
    assert elsewhere.script(FIND % owner) == said and elsewhere.script(READ % (owner, photo)) == "a photo 0"
    assert "people             4" in elsewhere.gada("gallery", "rebuild")
    assert "The journal holds" in elsewhere.gada("journal", "verify")
    assert "0 differ" in elsewhere.gada("journal", "compare")
    assert not (elsewhere.data / _postgres.DUMP).exists()
    over_another = RealNode(tmp_path / "third", elsewhere.database)
    assert "database-not-empty" in restore(over_another, late, keys_of(late), status=1)

    on_a_file = RealNode(tmp_path / "fourth")
    assert "restore-needs-postgres" in restore(on_a_file, late, keys_of(late), status=1)
    assert not (on_a_file.data / "node.json").exists(), "no node, so it can be tried again at once"
    on_a_file.database = empty_database("gada_first")
    assert "1 erased people stayed erased" in restore(on_a_file, late, keys_of(late))


def test_without_the_programs_of_postgres_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_postgres, "FOLDERS", ())
    with refused("postgres-client-missing"):
        _postgres.find_program("pg_dump")


def test_the_newest_programs_are_found_where_installers_put_them(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_postgres, "FOLDERS", ((str(tmp_path), "*/bin"),))
    for version in ("9", "15", "17"):
        program = tmp_path / version / "bin" / "pg_dump.exe"
        program.parent.mkdir(parents=True)
        for name in ("pg_dump", "pg_dump.exe"):
            (program.parent / name).write_text("")
            (program.parent / name).chmod(0o755)
    assert Path(_postgres.find_program("pg_dump")).parent.parent.name == "17"
