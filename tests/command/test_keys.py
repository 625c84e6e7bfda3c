"""Keys on the command line: the doctor says when it is time, two sheets rotate them, a recovery does so too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command.real_node import RealNode

pytestmark = [pytest.mark.slow]
AGE = """
from dataclasses import replace
from datetime import timedelta
from gada.vault.working_keys import all_working_keys, write_keys
long_ago = (timezone.now() - timedelta(days=31)).isoformat()
write_keys([replace(key, valid_from=long_ago) for key in all_working_keys()])
"""
LOOK = """
from gada.journal.models import LogEntry
from gada.vault.cards import own_card
from gada.vault.working_keys import all_working_keys
print(json.dumps({
    "serial": own_card().serial, "sealing": own_card().sealing,
    "kept": [key.public for key in all_working_keys() if key.use == "sealing"],
    "entries": LogEntry.objects.filter(action="node.keys_rotated").count(),
}))
"""


def sheets_of(node: RealNode) -> list[str]:
    written = (node.folder / "sheets").read_text(encoding="utf-8")
    return [words.strip() for words in re.split(r"Sheet \d of 3\n", written)[1:]]


def test_the_doctor_asks_for_new_keys_and_two_sheets_give_them(tmp_path: Path):
    node = RealNode(tmp_path).create()
    assert "for 0 days" in node.gada("doctor")
    node.script(AGE)
    assert "for 31 days" in (late := node.gada("doctor")) and "gada node rotate-keys" in late
    before, sheets = node.script(LOOK), sheets_of(node)
    assert "shares" in node.gada("node", "rotate-keys", "--sheet", sheets[0], status=1)
    assert node.script(LOOK) == before, "one sheet changes nothing"
    node.gada("node", "rotate-keys", "--sheet", sheets[0], "--sheet", sheets[2])
    after = node.script(LOOK)
    assert after["serial"] > before["serial"] and after["entries"] == 1
    assert after["kept"] == [before["sealing"], after["sealing"]], "the old one still opens what is on its way"
    assert "rotate-keys" not in node.gada("doctor") and "The journal holds" in node.gada("journal", "verify")

    (node.folder / "passphrase").write_text("une phrase toute neuve", encoding="utf-8")
    given = ("--sheet", sheets[1], "--sheet", sheets[2], "--passphrase-file", node.folder / "passphrase")
    assert "New key card" in node.gada("node", "recover", *given)
    recovered = node.script(LOOK)
    assert recovered["serial"] > after["serial"] and recovered["entries"] == 2 and len(recovered["kept"]) == 3
    assert "0 differ" in node.gada("journal", "compare")
