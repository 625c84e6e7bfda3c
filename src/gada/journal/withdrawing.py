"""What entries of one kind said of a person is destroyed when that class of their data is erased; the header stays.

The whole still verifies: a leaf hashes the header alone. Facts that are missing for any other reason are reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from gada.journal.models import Facts, LogEntry

ERASED = "person.class_erased"
WITHDRAWABLE = frozenset({"capture.taken"})  # entries that hold one class of data and nothing else


def withdraw_facts(entries: Iterable[UUID]) -> int:
    """Destroy what these entries said; gives how many still said something. In the erasure's own transaction."""
    wanted = LogEntry.objects.filter(id__in=list(entries), action__in=WITHDRAWABLE)
    return int(Facts.objects.filter(entry__in=wanted).delete()[0])


def people_with_withdrawals() -> set[UUID]:
    """Everybody of whom a class was erased: facts of theirs may lawfully be missing."""
    return set(LogEntry.objects.filter(action=ERASED, about_type="person").values_list("about_id", flat=True))
