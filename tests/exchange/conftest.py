"""The cast, a partner of real keys, an agreement in force, a linked person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gada.exchange.models import Agreement, Link
    from tests.exchange.cast import Cast
    from tests.exchange.foreign import Partner


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
