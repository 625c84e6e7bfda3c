"""What was received: how long it is kept, and whether it may be looked at and used at this moment (exchange.md §1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Refusal
from gada.exchange.rules.fields import PRINTS
from gada.exchange.rules.gate import Standing, may
from gada.exchange.rules.terms import Terms


def kept_until(terms: Terms, field: str, received_at: datetime) -> datetime:
    """As long as the agreement says, and never past its end."""
    days = terms.biometrics.retain_days if field == PRINTS else terms.retention_days
    return min(received_at + timedelta(days=days), terms.ends)


def may_use(
    terms: Terms, standing: Standing, *, partner: UUID, own: UUID, field: str, received_at: datetime, at: datetime
) -> Refusal | None:
    """None when what this partner delivered may be shown and used now: the gate as if it arrived today, and in time.

    So nothing outlives the agreement that brought it: suspended, silent, ended, replaced by a version without the
    field, prints that only confirm. What is not used any more is still held, and said to be.
    """
    refusal = may(terms, standing, mode="delivery", sender=partner, recipient=own, field=field, at=at)
    if refusal is not None:
        return refusal
    if at >= kept_until(terms, field, received_at):
        return Refusal(
            "retention-over", _("The time for which the agreement lets this be kept is over. It is not used any more.")
        )
    return None
