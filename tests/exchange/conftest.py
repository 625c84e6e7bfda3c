"""The cast, a partner of real keys, an agreement in force, a linked person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gada.exchange.models import Agreement, Link
    from tests.exchange.cast import Cast
    from tests.exchange.foreign import Partner
    from tests.exchange.partner import NodeProcess


@pytest.fixture
def cast(db: None, unlocked_vault: Path) -> Cast:
    from tests.exchange.cast import a_cast

    return a_cast()


@pytest.fixture
def partner() -> Partner:
    from tests.exchange.foreign import Partner

    return Partner.of_kind()


@pytest.fixture
def agreement(cast: Cast, partner: Partner) -> Agreement:
    from tests.exchange.foreign import an_agreement

    return an_agreement(cast.officer, cast.guardian, partner)


@pytest.fixture
def link(cast: Cast, agreement: Agreement) -> Link:
    from django.db import transaction

    from tests.exchange.foreign import a_link

    with transaction.atomic():
        return a_link(agreement, cast.enrol().id)


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[NodeProcess, NodeProcess]]:
    """Two nodes that can look for their overlap."""
    from gada.engine.proof import psi
    from tests.exchange.partner import two_nodes

    if not psi.available():
        pytest.skip("openmined-psi has no wheel for this machine")
    with two_nodes(tmp_path) as both:
        yield both
