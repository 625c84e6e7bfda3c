"""What partners delivered goes when its time is over: the prints, then the values, everything with the agreement."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from gada.exchange.models import Agreement, Link, Package, PartnerPrints, Proposal, Statement
from gada.exchange.services import erase_expired
from gada.exchange.services.packages.applying import go_on
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.vault.blobs import blob_path
from tests.exchange.cast import Cast
from tests.exchange.foreign import Partner
from tests.exchange.lent import agreed, delivered, linked


@pytest.fixture
def known(cast: Cast, partner: Partner, tmp_path: Path) -> Link:
    link = linked(agreed(cast, partner, retention_days=30), cast.enrol())
    delivered(cast, partner, link, tmp_path, finger=7, mother="Nyibol Ajakdit", given="Achol")
    return link


def left() -> tuple[int, int, int]:
    return PartnerPrints.objects.count(), Statement.objects.count(), Proposal.objects.count()


def test_each_goes_when_its_own_days_are_over(
    known: Link, django_capture_on_commit_callbacks
):
    now, blob = timezone.now(), blob_path(PartnerPrints.objects.get().blob)
    for days, wanted in ((4, (1, 2, 1)), (6, (0, 2, 1)), (29, (0, 2, 1)), (31, (0, 0, 0))):
        with django_capture_on_commit_callbacks(execute=True):
            erase_expired(at=now + timedelta(days=days))
        assert left() == wanted, days
        assert blob.exists() == bool(wanted[0])
    assert erase_expired(at=now + timedelta(days=32)) == 0, "once is enough"
    assert LogEntry.objects.filter(action="received.expired").count() == 2
    assert not compare_state().differences


def test_with_the_agreement_everything_goes(known: Link):
    ends = Agreement.objects.get().terms.ends
    later = Statement.objects.all()
    later.update(received_at=ends - timedelta(days=1))
    PartnerPrints.objects.update(received_at=ends - timedelta(days=1))
    assert erase_expired(at=ends - timedelta(seconds=1)) == 0 and left() == (1, 2, 1)
    assert erase_expired(at=ends) == 3 and left() == (0, 0, 0)


def test_comparing_leaves_the_rows_in_use_alone(known: Link):
    before = list(Statement.objects.order_by("id").values())
    Package.objects.update(done_at=timezone.now() + timedelta(hours=1))
    compare_state()
    assert list(Statement.objects.order_by("id").values()) == before


def test_a_package_taken_up_twice_is_applied_once(cast: Cast, known: Link):
    package = Package.objects.get(outgoing=False)
    stale = Package.objects.get(outgoing=False)
    stale.receipt, stale.offset, stale.number, stale.settled = "", 0, 0, 0
    assert go_on(stale, at=timezone.now()) == package.receipt
    assert left() == (1, 2, 1) and LogEntry.objects.filter(action="package.applied").count() == 1
