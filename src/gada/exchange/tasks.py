"""Work that outlives a page."""

from __future__ import annotations

import logging
from uuid import UUID

from django.utils import timezone
from django_tasks import task

from gada.engine.refusal import Refusal
from gada.exchange.services import drive_overlap

logger = logging.getLogger("gada.exchange")


@task()
def carry_overlap(run_id: str) -> None:
    """Carry a comparison through; killed in the middle, it is taken up again where it stood."""
    try:
        drive_overlap(UUID(run_id), at=timezone.now())
    except Refusal as refusal:
        # The page of the run says why; there is nothing to repeat by itself.
        logger.warning("overlap %s: %s", run_id, refusal.code)
