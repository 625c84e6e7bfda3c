"""Memory that this process holds, and the most that it ever held."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from gada.engine import memory
from gada.engine.memory import peak_bytes, resident_bytes

TOLD = sys.platform == "win32" or memory._STATUS.exists()


@pytest.mark.skipif(not TOLD, reason="this system does not tell the most that a process held")
def test_what_was_let_go_is_still_the_most_that_was_held():
    before = peak_bytes()
    held, room = np.ones(256 << 20, np.uint8), 4 << 20  # the system counts roughly while threads run
    most = peak_bytes()
    assert most >= before - room and most >= len(held)
    del held
    assert peak_bytes() >= most - room
    assert resident_bytes() <= peak_bytes() + room


def test_a_system_that_does_not_tell_gives_none(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "status")
    assert peak_bytes() is None
    (tmp_path / "status").write_text("Name:\tpython\nVmSize:\t  100 kB\n\n")
    assert peak_bytes() is None
    (tmp_path / "status").write_text("Name:\tpython\nVmHWM:\t  100 kB\n")
    assert peak_bytes() == 102_400
