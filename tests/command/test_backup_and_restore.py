"""A node lost and brought back: everything there, the erased still erased, a new epoch, and never half of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command.real_node import RealNode

pytestmark = [pytest.mark.slow]
FILL = """
from gada.people.models import Person
from gada.people.services import enrol_household
amina = who("amina")
for number in range(6):
    enrol_household(operator=amina, site=site, household=a_family(number), at=timezone.now())
blob = vault.put_blob(Person.objects.first().id, b"a photo")
journal.seal(at=timezone.now())
print(json.dumps([str(blob), str(Person.objects.first().id), Person.objects.count()]))
"""
ERASE = """
from gada.people.models import Person
from gada.people.services import erase_person
person = Person.objects.filter(memberships__relationship="child").order_by("number").first()
erase_person(operator=who("amina"), person_id=person.id, ground="asked", at=timezone.now())
journal.seal(at=timezone.now())
print(json.dumps(str(person.id)))
"""
LOOK = """
from gada.journal.comparing import compare_state
from gada.journal.logs import own_log
from gada.journal.models import LogEntry
from gada.journal.verifying import verify_log
from gada.people.models import Person, SearchKey
from gada.vault import keystore
log = own_log()
print(json.dumps({
    "people": Person.objects.count(), "named": Person.objects.exclude(given="").count(), "epoch": log.epoch,
    "restored_from": log.restored_from, "sound": verify_log().sound,
    "differences": [str(each) for each in compare_state().differences],
    "erased": sorted(map(str, keystore.erased())), "keys": [str(p) for p in keystore.erased() if vault.data_keys([p])],
    "entries": LogEntry.objects.filter(action="person.erased").count(),
}))
"""
READ = """
from uuid import UUID
print(json.dumps(vault.get_blob(UUID("%s"), UUID("%s")).decode()))
"""


@pytest.fixture
def node(tmp_path: Path) -> RealNode:
    return RealNode(tmp_path / "first").create("clerk", "dpo")


@pytest.fixture
def elsewhere(node: RealNode, tmp_path: Path) -> RealNode:
    """Another machine with the same passphrase and nothing else."""
    return RealNode(tmp_path / "second")


def back_up(node: RealNode, name: str) -> Path:
    target = node.folder / name
    assert "Keep them apart" in node.gada("backup", target)
    return target


def restore(elsewhere: RealNode, backup: Path, keys: Path, *, status: int = 0) -> str:
    secret = elsewhere.folder / "passphrase"
    return elsewhere.gada(
        "restore", backup, "--keys", keys, "--confirmed-by", "Bakr", "--passphrase-file", secret, status=status,
        GADA_PASSPHRASE_FILE="",
    )


def keys_of(backup: Path) -> Path:
    return backup.with_name(backup.name + ".keys")


def test_the_erased_stay_erased_with_an_older_database(node, elsewhere):
    """The database is older than the erasure, the key store younger."""
    blob, owner, people = node.script(FILL)
    early = back_up(node, "early")
    gone = node.script(ERASE)
    late = back_up(node, "late")
    assert "1 erased people stayed erased" in restore(elsewhere, early, keys_of(late))
    found = elsewhere.script(LOOK)
    assert (found["people"], found["named"], found["erased"], found["keys"]) == (people, people - 1, [gone], [])
    assert (found["epoch"], found["restored_from"]["confirmed_by"], found["sound"]) == (2, "Bakr", True)
    assert found["differences"] == [] and found["entries"] == 1
    assert elsewhere.script(READ % (owner, blob)) == "a photo"
    assert "Essai opens" in elsewhere.gada("doctor") and "The journal holds" in elsewhere.gada("journal", "verify")


def test_the_erased_stay_erased_with_an_older_key_store(node, elsewhere):
    """The key store still has the key of somebody whom the journal knows as erased."""
    node.script(FILL)
    early = back_up(node, "early")
    gone = node.script(ERASE)
    late = back_up(node, "late")
    restore(elsewhere, late, keys_of(early))
    found = elsewhere.script(LOOK)
    assert (found["erased"], found["keys"], found["entries"], found["differences"]) == ([gone], [], 1, [])


def test_a_damaged_backup_writes_nothing(node, elsewhere):
    node.script(FILL)
    backup = back_up(node, "backup")
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)
    assert "backup-truncated" in restore(elsewhere, backup, keys_of(backup), status=1)
    assert not elsewhere.data.exists()


def test_a_backup_goes_outside_the_node_and_never_over_one(node):
    assert "backup-place" in node.gada("backup", node.data / "inside", status=1)
    assert "backup-place" in node.gada("backup", node.folder / "nowhere" / "file", status=1)
    backup = back_up(node, "backup")
    assert "node-exists" in restore(node, backup, keys_of(backup), status=1)
    assert not list((node.data / "staging").rglob("*.db")), "nothing is left of the making"
