"""Agencies, sites, programmes and devices are added; nothing is deleted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Agency, Device, Operator, Programme, Site
from gada.agencies.services.assessing import Assessment, assessment_facts, record_assessment
from gada.agencies.services.authorizing import authorize
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.journal import Scope

PURPOSE = "administration"


@transaction.atomic
def create_agency(*, name: str, country: str, by: Operator, at: datetime) -> Agency:
    """Add an agency that works on this node beside our own. `country` is ISO 3166-1 alpha-3."""
    authorize(by, "agency.create", at=at)
    return record_agency(name=name, country=country, by=by, at=at)


@transaction.atomic
def create_site(
    *, name: str, by: Operator, at: datetime, agency: Agency | None = None, pcode: str = "",
    kind: str = "office",
) -> Site:
    """Add a place where the operator's agency works."""
    authorize(by, "site.create", at=at)
    return record_site(agency_id=_own(agency, by), name=name, pcode=pcode, kind=kind, by=by, at=at)


@transaction.atomic
def create_programme(
    *, name: str, purpose: str, legal_basis: str, by: Operator, at: datetime, agency: Agency | None = None,
    impact_assessment: str = "", assessed_on: date | None = None, assessed_by: str = "",
    biometrics_allowed: bool = False, minimum_age_prints: int = 5,
) -> Programme:
    """Add what people are registered for. Prints need a signed impact assessment first."""
    authorize(by, "programme.create", at=at)
    agency_id = _own(agency, by)
    signed = None
    if biometrics_allowed or impact_assessment.strip():
        signed = assessment_facts(Assessment(impact_assessment, assessed_on, assessed_by), at=at)
    _free(Programme, agency_id, name)
    programme_id = new_id()
    facts = {
        "programme_id": str(programme_id), "agency_id": str(agency_id), "name": _text(name),
        "purpose": _text(purpose), "legal_basis": _text(legal_basis),
        "impact_assessment": impact_assessment.strip(), "biometrics_allowed": biometrics_allowed,
        "minimum_age_prints": minimum_age_prints,
    }
    made: Programme = journal.record(
        "programme.created", by=by, about=("programme", programme_id), facts=facts, purpose=PURPOSE, at=at,
        scope=Scope(agency=agency_id, programme=programme_id),
    )
    return record_assessment(programme_id, agency_id, signed, by=by, at=at) if signed else made


@transaction.atomic
def register_device(
    *, name: str, site: Site | UUID, by: Operator, at: datetime, kind: str = "laptop",
    lease_until: datetime | None = None, expires_at: datetime | None = None,
) -> Device:
    """Add a device at a site."""
    authorize(by, "device.register", site=site, at=at)
    place = site if isinstance(site, Site) else Site.objects.get(pk=site)
    if Device.objects.filter(site=place, name=_text(name)).exists():
        raise _taken()
    device_id = new_id()
    facts = {
        "device_id": str(device_id), "site_id": str(place.id), "name": _text(name), "kind": kind,
        "lease_until": _iso(lease_until), "expires_at": _iso(expires_at),
    }
    made: Device = journal.record(
        "device.registered", by=by, about=("device", device_id), facts=facts, purpose=PURPOSE, at=at,
        scope=Scope(agency=place.agency_id, site=place.id),
    )
    return made


def record_agency(*, name: str, country: str, by: Any, at: datetime) -> Agency:
    """The entry of a new agency; who may is decided by the caller."""
    if Agency.objects.filter(name=_text(name)).exists():
        raise _taken()
    if not (len(country) == 3 and country.isascii() and country.isupper()):
        raise Invalid(
            "country-unknown", _("Give the country as three capital letters, for example NER or MLI.")
        )
    agency_id = new_id()
    facts = {"agency_id": str(agency_id), "name": _text(name), "country": country}
    made: Agency = journal.record(
        "agency.created", by=by, about=("agency", agency_id), facts=facts, scope=Scope(agency=agency_id),
        purpose=PURPOSE, at=at,
    )
    return made


def record_site(*, agency_id: UUID, name: str, pcode: str, kind: str, by: Any, at: datetime) -> Site:
    """The entry of a new site; who may is decided by the caller."""
    _free(Site, agency_id, name)
    site_id = new_id()
    facts = {
        "site_id": str(site_id), "agency_id": str(agency_id), "name": _text(name), "pcode": pcode.strip(),
        "kind": kind,
    }
    made: Site = journal.record(
        "site.created", by=by, about=("site", site_id), facts=facts, purpose=PURPOSE, at=at,
        scope=Scope(agency=agency_id, site=site_id),
    )
    return made


def _own(agency: Agency | None, by: Operator) -> UUID:
    if agency is not None and agency.pk != by.agency_id:
        # The same answer as for an agency that does not exist: names of others are not ours to confirm.
        raise NotFound("agency-unknown", _("You do not work for this agency."))
    return by.agency_id


def _free(model: Any, agency_id: UUID, name: str) -> None:
    if model.objects.filter(agency_id=agency_id, name=_text(name)).exists():
        raise _taken()


def _taken() -> Refusal:
    return Refusal("name-taken", _("There is already one by this name. Choose another name."))


def _text(text: str) -> str:
    cleaned = " ".join(text.split())
    if not cleaned:
        raise Invalid("name-missing", _("This must not be empty."))
    return cleaned


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
