"""Copies that are no record of anybody are removed by themselves when their days are over (config/copies.csv)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import transaction

from gada.console.models import DueCount, ImportRun, ImportState
from gada.console.queries.drafts import opened
from gada.console.queries.due import clock
from gada.console.services.drafting import forget_member
from gada.console.services.importing.opening import forget_old_lines
from gada.console.services.importing.running import end_run
from gada.people.models import Draft, Person
from gada.people.retention import copies
from gada.people.words import PersonStatus
from gada.surveys.services import forget_old_submissions

STOOD_STILL = (ImportState.OPENED, ImportState.PLANNING, ImportState.PLANNED, ImportState.PAUSED)


def forget_copies(*, at: datetime) -> dict[str, int]:
    """Remove what its days are over for; gives how many of each. Idempotent, and no entry: nobody's data change."""
    days = copies()
    drafts = Draft.objects.filter(saved_at__lt=at - days["drafts"].kept_for)
    runs = ImportRun.objects.filter(state__in=STOOD_STILL, made_at__lt=at - days["imports"].kept_for)
    count = {"drafts": 0, "imports": 0}
    for draft in drafts:
        members = opened(draft)["members"]
        if not Draft.objects.filter(id=draft.id, saved_at=draft.saved_at).delete()[0]:
            continue  # somebody went on with it a moment ago
        count["drafts"] += 1
        here = set(Person.objects.filter(id__in=[member["id"] for member in members]).values_list("id", flat=True))
        for member in members:
            if UUID(member["id"]) not in here:  # else the pictures are a registered person's by now
                forget_member(member)
    for run in runs:
        end_run(run, ImportState.DROPPED)
        count["imports"] += 1
    forget_old_lines(at)
    return count | forget_old_submissions(at=at)


def count_due(*, at: datetime) -> None:
    """Count once an hour what is overdue, site by site, for the first page: the clock takes seconds."""
    counts: Counter[tuple[UUID, str]] = Counter()
    standing = Person.objects.exclude(status=PersonStatus.ERASED)
    lines = [line for line in clock(standing, at=at, until=at) if not line.stopped]
    homes = dict(standing.values_list("id", "site_id").iterator(5000)) if lines else {}
    counts.update((homes[line.person], line.kept) for line in lines)
    with transaction.atomic():
        DueCount.objects.all().delete()
        DueCount.objects.bulk_create([
            DueCount(site_id=site, kept=kept, people=people, counted_at=at)
            for (site, kept), people in sorted(counts.items(), key=str)
        ])
