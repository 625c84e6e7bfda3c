"""`gada doctor` names what is wrong, with the mend, and ends with status 1 only then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command.real_node import RealNode

pytestmark = [pytest.mark.slow]
AN_OLD_ENTRY = """
from datetime import timedelta
reference = ("node", vault.identity().node_id)
with transaction.atomic():
    journal.record("note.made", by=reference, about=reference, facts={}, at=timezone.now() - timedelta(minutes=5))
"""


def test_a_healthy_node_then_what_can_be_wrong_with_it(tmp_path: Path):
    node = RealNode(tmp_path).create()
    healthy = node.gada("doctor")
    assert "Essai opens (humanitarian, training)" in healthy and "✗" not in healthy
    assert "No partner has countersigned" in healthy, "worth knowing, not wrong"
    node.script(AN_OLD_ENTRY)
    late = node.gada("doctor", status=1)
    assert "Entries wait for their seal" in late
    node.gada("journal", "seal")
    assert "✗" not in node.gada("doctor")
    (node.folder / "passphrase").write_text("une autre phrase")
    assert "does not open" in node.gada("doctor", status=1)
    locked = node.gada("doctor", status=1, GADA_PASSPHRASE_FILE="")
    assert "locked" in locked and "GADA_PASSPHRASE_FILE" in locked


def test_no_node_at_all(tmp_path: Path):
    said = RealNode(tmp_path).gada("doctor", status=1)
    assert "There is no node" in said and "gada node create" in said and "Traceback" not in said


def test_a_damaged_and_an_expired_key_file(tmp_path: Path):
    node = RealNode(tmp_path).create()
    wrap = node.data / "node.json"
    whole = json.loads(wrap.read_text())
    wrap.write_text(json.dumps(whole | {"expires_at": "2020-01-01T00:00:00+00:00"}))
    assert "locked itself" in node.gada("doctor", status=1)
    wrap.write_text("{")
    damaged = node.gada("doctor", status=1)
    assert "damaged" in damaged and "Traceback" not in damaged
