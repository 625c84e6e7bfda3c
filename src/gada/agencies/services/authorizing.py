"""`authorize`: the first line of every service of every room."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Assignment, Operator, Programme, Site
from gada.agencies.rules import Action, Held, Place, Role, may
from gada.agencies.services.known_actions import action_called
from gada.engine.refusal import NotFound, NotPermitted
from gada.vault import enrolment

if TYPE_CHECKING:
    from django.db.models import Model

HELD, HELD_SECONDS = "_held", 1.0


def authorize(
    operator: Operator, action: str, *, site: Site | UUID | None = None,
    programme: Programme | UUID | None = None, at: datetime | None = None,
) -> None:
    """Raise NotPermitted unless this operator may do this here, now.

    Without `site` or `programme` the thing is tied to none: the role held anywhere is enough (an action that
    is `agency_wide` still asks for a role at the whole agency). An unknown action name raises KeyError.
    """
    asked = action_called(action)
    site_asked, programme_asked = _place(Site, site), _place(Programme, programme)
    if site_asked is not None and site_asked.id not in (device_sites() or {site_asked.id}):
        raise NotPermitted(
            "site-elsewhere",
            _("This laptop is not for that site. Do this at headquarters, or on a laptop of that site."),
        )
    if not may(assignments_of(operator), asked, site_asked, programme_asked, at or timezone.now()):
        raise NotPermitted(
            "not-permitted",
            _("You may not do this here: %(action)s. Who can: %(roles)s. Ask your administrator."),
            action=asked.label, roles=_names_of(asked),
        )


def device_sites() -> frozenset[UUID] | None:
    """The sites that this device is for; None at headquarters, which has all."""
    found = enrolment.headquarters()
    return frozenset(found.sites) if found else None


def assignments_of(operator: Operator) -> list[Held]:
    """What this operator holds, as stored now (an instance in memory may be older than its deactivation)."""
    # Asked by every service and every page: written out, since composing it took longer than asking.
    held = (
        f"SELECT held.*, holder.agency_id AS agency FROM {Assignment._meta.db_table} held"
        f" JOIN {Operator._meta.db_table} holder ON holder.id = held.operator_id"
        " WHERE held.operator_id = %s AND holder.is_active"
    )
    holder = Assignment._meta.get_field("operator").get_db_prep_value(operator.pk, connection)
    found: Iterable[Any] = Assignment.objects.raw(held, [holder])
    return [
        Held(each.role, UUID(str(each.agency)), each.site_id, each.programme_id, each.valid_until) for each in found
    ]


def held_lately(operator: Operator) -> list[Held]:
    """The same for what a page shows: it asks many times, and one reading serves this instance for a second."""
    read, held = operator.__dict__.get(HELD, (None, []))
    if read is None or time.monotonic() - read > HELD_SECONDS:
        held = assignments_of(operator)
        operator.__dict__[HELD] = (time.monotonic(), held)
    return list(held)


def forget_held(operator: Operator) -> None:
    """What this operator holds changes now: the instance at hand must not remember what was."""
    operator.__dict__.pop(HELD, None)


def join_roles(roles: Iterable[Role]) -> str:
    """Role names in the order of the list of roles, in the reader's language."""
    wanted = set(roles)
    return ", ".join(str(role.label) for role in Role if role in wanted)


def _names_of(action: Action) -> Any:
    return lazy(join_roles, str)(action.roles)


def _place(model: type[Model], asked: Any) -> Place | None:
    if asked is None:
        return None
    if isinstance(asked, model):
        return Place(id=asked.pk, agency=asked.agency_id)  # type: ignore[attr-defined]
    agency = model._default_manager.filter(pk=asked).values_list("agency_id", flat=True).first()
    if agency is None:
        raise NotFound("place-unknown", _("This site or programme is not on this node."))
    return Place(id=asked, agency=agency)
