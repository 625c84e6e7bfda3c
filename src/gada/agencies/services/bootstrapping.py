"""The very first agency, site and administrator of a fresh node: nobody is there yet to allow it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.agencies.models import Agency, Operator, Site
from gada.agencies.rules import Role
from gada.agencies.services.operators import record_assignment, record_operator
from gada.agencies.services.places import record_agency, record_site
from gada.engine.refusal import Refusal


@dataclass(frozen=True, slots=True)
class FirstPeople:
    """Whom a fresh node begins with."""

    agency: Agency
    site: Site
    admin: Operator


@transaction.atomic
def bootstrap_node(
    *, agency_name: str, country: str, site_name: str, admin_username: str, admin_name: str,
    admin_password: str, at: datetime, pcode: str = "", language: str = "fr",
) -> FirstPeople:
    """The first agency, site and administrator, in the name of the node itself. Refuses a second time."""
    if Agency.objects.exists():
        raise Refusal(
            "node-begun", _("This node already has an agency. Sign in as its administrator to add more.")
        )
    by = ("node", vault.identity().node_id)
    agency = record_agency(name=agency_name, country=country, by=by, at=at)
    site = record_site(agency_id=agency.id, name=site_name, pcode=pcode, kind="office", by=by, at=at)
    admin = record_operator(
        agency_id=agency.id, username=admin_username, name=admin_name, password=admin_password,
        language=language, by=by, at=at,
    )
    record_assignment(
        operator=admin, role=Role.ADMIN, site_id=None, programme_id=None, valid_until=None, by=by, at=at
    )
    return FirstPeople(agency=agency, site=site, admin=admin)
