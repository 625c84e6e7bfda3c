"""Who may do what, where: roles, actions and the one question `may`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

FREE_FAILURES = 5  # NIST SP 800-63B §5.2.2 asks for a limit; five slips of tired fingers cost nothing
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)


class Role(TextChoices):
    CLERK = "clerk", _("Registration clerk")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADJUDICATOR = "adjudicator", _("Adjudicator of duplicates")
    DISTRIBUTOR = "distributor", _("Distribution agent")
    EXCHANGE = "exchange", _("Exchange officer")
    DPO = "dpo", _("Data-protection officer")
    ADMIN = "admin", _("Administrator")
    AUDITOR = "auditor", _("Auditor")


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can happen: its entry in the journal, who may do it, and what for.

    `agency_wide`: only an assignment that is not limited to one site opens it.
    """

    name: str
    entry: str
    roles: frozenset[Role]
    label: Any
    purpose: str = ""
    agency_wide: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", frozenset(self.roles))


@dataclass(frozen=True, slots=True)
class Place:
    """A site or a programme, and whose it is."""

    id: UUID
    agency: UUID


@dataclass(frozen=True, slots=True)
class Held:
    """One assignment: a role, at one site (None: all sites of the agency), for one programme (None: all)."""

    role: str
    agency: UUID
    site: UUID | None = None
    programme: UUID | None = None
    valid_until: datetime | None = None


def may(
    assignments: Iterable[Held], action: Action, site: Place | None, programme: Place | None, at: datetime
) -> bool:
    """May someone who holds these assignments do this here? An administrator only administers."""
    return any(_opens(held, action, site, programme, at) for held in assignments)


def is_valid(held: Held, at: datetime) -> bool:
    """Is this assignment still running?"""
    return held.valid_until is None or held.valid_until > at


def wait_after(failures: int) -> timedelta:
    """How long sign-in stays closed after this many failures in a row: nothing, then doubling to an hour."""
    beyond = failures - FREE_FAILURES
    if beyond < 0:
        return timedelta()
    return min(FIRST_WAIT * (1 << min(beyond, 16)), LONGEST_WAIT)


def _opens(held: Held, action: Action, site: Place | None, programme: Place | None, at: datetime) -> bool:
    if held.role not in action.roles or not is_valid(held, at):
        return False
    if action.agency_wide and held.site is not None:
        return False
    return _covers(held.site, held.agency, site) and _covers(held.programme, held.agency, programme)


def _covers(limit: UUID | None, agency: UUID, asked: Place | None) -> bool:
    if asked is None:
        return True
    return asked.agency == agency and (limit is None or limit == asked.id)
