from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest


@pytest.fixture
def training_node(unlocked_vault: Path, db: None) -> Iterator[None]:
    """The run's node as a training node, for one test."""
    from gada.vault import node

    identity, key = node.identity(), node.node_key()
    node.write_identity(replace(identity, training=True))
    node.unlock_with(key)
    yield
    node.write_identity(identity)
    node.unlock_with(key)


@pytest.fixture
def locked_node(unlocked_vault: Path, db: None) -> Iterator[None]:
    """The run's node, closed as after a restart; open again afterwards."""
    from gada.agencies.services import unlocking
    from gada.vault import node

    key = node.node_key()
    node.lock()
    unlocking._failures, unlocking._closed_until = 0, None
    yield
    unlocking._failures, unlocking._closed_until = 0, None
    node.unlock_with(key)
