"""Work for the worker: making families of what phones sent."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from django_tasks import task

from gada.surveys import services


@task()
def settle(submission: str) -> str:
    """Open, read and register one submission. Killed and started again, it registers nobody twice."""
    return str(services.settle_submission(submission_id=UUID(submission), at=timezone.now()).state)


@task()
def forget(submission: str) -> None:
    """Destroy what a phone sent of somebody who was erased."""
    services.forget_submission(submission_id=UUID(submission))
