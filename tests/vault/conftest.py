"""A vault of its own for each test: the run's node is back afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gada.vault import creation, keystore
from tests.fixtures.node import CHEAP_ARGON2, CREATED_AT, PASSPHRASE


@pytest.fixture
def make_node(empty_data_folder: Path) -> Iterator[Callable[..., creation.Created]]:
    def make(*, device_life: timedelta | None = None) -> creation.Created:
        return creation.create_node(
            name="Essai", country="NER", kind="humanitarian", training=False, passphrase=PASSPHRASE, at=CREATED_AT,
            device_life=device_life, cost=CHEAP_ARGON2,
        )

    keystore.close()
    yield make
    keystore.close()


@pytest.fixture
def created(make_node: Callable[..., creation.Created]) -> creation.Created:
    return make_node()
