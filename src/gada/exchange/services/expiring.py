"""What was received is erased when its time is over: the agreement's days, or the agreement itself (exchange.md §1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from gada import journal, vault
from gada.exchange.models import Agreement, PartnerPrints, Statement
from gada.exchange.services.extracts import drop_expired_files
from gada.exchange.services.standing import current_agreement, parted
from gada.exchange.services.words import node_reference


def erase_expired(*, at: datetime) -> int:
    """Erase every partner's value and print, and every extract's file, that may be kept no longer; gives how many.

    Idempotent.
    """
    return drop_expired_files(at=at) + sum(
        _erase_expired_under(current_agreement(agreement_id), at=at)
        for agreement_id in dict.fromkeys(Agreement.objects.values_list("agreement_id", flat=True))
    )


def _erase_expired_under(agreement: Agreement, *, at: datetime) -> int:
    terms, under = agreement.terms, {"link__agreement_id": agreement.agreement_id, "package__state": "done"}
    over = at >= terms.ends
    since = {
        model: at if over else at - timedelta(days=days)
        for model, days in ((Statement, terms.retention_days), (PartnerPrints, terms.biometrics.retain_days))
    }
    statements = list(
        Statement.objects.filter(**under, received_at__lte=since[Statement]).values_list("id", flat=True)
    )
    prints = dict(
        PartnerPrints.objects.filter(**under, received_at__lte=since[PartnerPrints]).values_list("id", "blob")
    )
    for part in parted(statements):
        _erase(agreement, statements=part, prints=[], at=at)
    for part in parted(list(prints)):
        _erase(agreement, statements=[], prints=part, blobs=[prints[id_] for id_ in part], at=at)
    return len(statements) + len(prints)


@transaction.atomic
def _erase(
    agreement: Agreement, *, statements: Sequence[UUID], prints: Sequence[UUID], at: datetime,
    blobs: Sequence[UUID] = (),
) -> None:
    for blob in blobs:
        transaction.on_commit(partial(vault.drop_blob, blob))
    journal.record(
        "received.expired",
        by=node_reference(),
        about=("agreement", agreement.agreement_id),
        purpose="erasure",
        at=at,
        facts={"statements": [str(id_) for id_ in statements], "prints": [str(id_) for id_ in prints]},
    )
