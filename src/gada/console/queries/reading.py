"""Who read a person's data, and to whom they went: by office, role and purpose — never by name.

Agency and roles are those of that moment, as the entry has them. Entries older than that rule lack them: the roles of
today are given then, and called so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from gada.agencies.models import Agency, Assignment, Operator, Site
from gada.agencies.rules import Role
from gada.agencies.services import join_roles
from gada.engine.refusal import NotFound
from gada.journal.models import LogEntry
from gada.journal.reading import Opened, open_entries
from gada.people.queries import people_in

READS = ("person.read", "disclosure.opened")
FLOWS = ("person.disclosed", "person.received")


@dataclass(frozen=True, slots=True)
class Reading:
    """One line: when, which office and role, what for; for a flow the partner, its direction and the fields."""

    at: datetime
    kind: str  # read | opened | disclosed | received
    office: str
    role: str
    role_is_todays: bool  # the entry is older than roles in entries
    purpose: str
    page: str
    case: str
    partner: str = ""
    fields: tuple[str, ...] = ()


def readings_of(viewer: Operator, person_id: UUID, *, most: int | None = 30, flows_only: bool = False) -> list[Reading]:
    """Newest first. Raises NotFound outside the viewer's sites."""
    if not people_in(viewer).filter(id=person_id).exists():
        raise NotFound("person-unknown", "Nobody is registered under this number.")
    rows = _entries(person_id, FLOWS if flows_only else READS + FLOWS)
    opened = list(open_entries(rows[:most] if most else rows))
    offices = _offices(opened)
    return [_reading(each, offices) for each in opened]


def how_often_read(person_id: UUID) -> int:
    """How many reads there are in all."""
    return _entries(person_id, READS).count()


def _entries(person_id: UUID, actions: Iterable[str]) -> QuerySet[LogEntry]:
    about = Q(about_type="person", about_id=person_id)
    # A subquery, not a join: an entry that mentions somebody twice is one line.
    from gada.journal.models import Mention

    mentioned = Mention.objects.filter(person_id=person_id).values("entry_id")
    return LogEntry.objects.filter(about | Q(id__in=mentioned), action__in=list(actions)).order_by(
        "-recorded_at", "-id"
    )


@dataclass(frozen=True, slots=True)
class _Offices:
    sites: dict[UUID, str]
    agencies: dict[UUID, str]  # by agency, or by operator where the entry does not say
    roles: dict[UUID, str]  # of today, by operator


def _offices(opened: Iterable[Opened]) -> _Offices:
    """Names of sites, and of the agencies and roles of those who read. Four queries."""
    opened = list(opened)
    rows = [each.row for each in opened]
    sites = dict(Site.objects.filter(id__in={row.site for row in rows if row.site}).values_list("id", "name"))
    then = {_then(each)["agency"] for each in opened if _then(each)}
    agencies = dict(Agency.objects.filter(id__in=then).values_list("id", "name"))
    people = {each.row.by_id for each in opened if each.row.by_type == "operator" and not _then(each)}
    agencies |= dict(Operator.objects.filter(id__in=people).values_list("id", "agency__name"))
    held: dict[UUID, set[Role]] = {}
    for operator, role in Assignment.objects.filter(operator__in=people).values_list("operator_id", "role"):
        held.setdefault(operator, set()).add(Role(role))
    return _Offices(sites, agencies, {operator: join_roles(roles) for operator, roles in held.items()})


def _then(opened: Opened) -> dict[str, Any]:
    """Agency and roles of the reader at that moment; empty in an old entry and where no operator acted."""
    reader: dict[str, Any] = (opened.facts or {}).get("reader") or {}
    return reader


def _reading(opened: Opened, offices: _Offices) -> Reading:
    row, facts, then = opened.row, opened.facts or {}, _then(opened)
    case: Any = opened.header.get("case")
    agency = offices.agencies.get(UUID(then["agency"]) if then else row.by_id, "")
    office = " · ".join(filter(None, [agency, offices.sites.get(row.site, "") if row.site else ""]))
    roles = [Role(each) for each in then.get("roles", ()) if each in Role.values]
    role = join_roles(roles) if then else offices.roles.get(row.by_id, "")
    return Reading(
        at=row.recorded_at,
        kind={"person.read": "read", "disclosure.opened": "opened"}.get(row.action, row.action.split(".")[1]),
        office=office,
        role=role,
        role_is_todays=bool(role) and not then,
        purpose=row.purpose,
        page=str(facts.get("page", "")),
        case=str(case[1])[:8] if case else "",
        partner=str(facts.get("partner_name", "")),
        fields=tuple(facts.get("fields", ())),
    )
