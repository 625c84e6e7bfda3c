"""A lost laptop and an emergency purge, rehearsed and done: nothing is left that opens, a backup brings it back."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.command.real_node import RealNode

pytestmark = [pytest.mark.slow]
FILL = """
from gada.people.services import enrol_household
for number in range(6):
    enrol_household(operator=who("amina"), site=site, household=a_family(number), at=timezone.now())
journal.seal(at=timezone.now())
"""


def test_a_drill_then_a_purge_that_leaves_nothing(tmp_path: Path) -> None:
    node = RealNode(tmp_path / "first").create("clerk", "supervisor")
    node.script(FILL)
    said = node.gada("drill")
    assert "The drill held." in said and "names are looked for in every file: none is there" in said
    assert "the node is brought back from its backup" in said and "destroyed: the key store" in said
    files = ("--password-file", node.folder / "password", "--second-password-file", node.folder / "password")
    for arguments, code in (
        (("--by", "admin", "--second", "admin", "--confirm", "Essai"), "purge-alone"),
        (("--by", "admin", "--second", "amina", "--confirm", "essai"), "purge-unconfirmed"),
    ):
        assert code in node.gada("purge", *arguments, *files, status=1)
    (node.folder / "wrong").write_text("pas le bon", encoding="utf-8")
    assert "purge-password" in node.gada(
        "purge", "--by", "admin", "--second", "amina", "--confirm", "Essai", *files[:2],
        "--second-password-file", node.folder / "wrong", status=1,
    )
    serving, _ = node.serve(node.folder / "log")
    began = time.monotonic()
    said = node.gada("purge", "--by", "admin", "--second", "amina", "--confirm", "Essai", *files)
    assert "Nothing of this node can be read any more" in said and time.monotonic() - began < 60
    assert [path.name for path in node.data.rglob("*")] == ["node.json"]
    assert json.loads((node.data / "node.json").read_text("utf-8"))["wrapped"] is None
    assert serving.wait(timeout=60) == 0  # the pages and their worker had the key in memory: they end themselves
    assert not (node.folder / "passphrase").exists()  # the machine kept it: it went first
    (node.folder / "passphrase").write_text("une phrase de test", encoding="utf-8")
    assert "node-purged" in node.gada("node", "show", status=1)
    assert "node-purged" in node.gada("purge", "--locked", "--confirm", "PURGE", status=1)
