"""A partner asks; one of us registers it; the data-protection officer, somebody else, approves or refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.services import authorize
from gada.assistance.models import DistributionList
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, NotPermitted, Refusal
from gada.exchange.models import Extract
from gada.exchange.rules.extracts import LONGEST_LIFE, MOST_FAMILIES, Source, check_fields, state_of_extract
from gada.exchange.rules.gate import may_leave
from gada.exchange.services.extracts.gathering import ground_for, scope_of_extract
from gada.people.models import Membership
from gada.people.queries import households_here, people_in
from gada.people.rules import new_number, read_number


@dataclass(frozen=True, slots=True)
class ExtractDraft:
    """A request as it was told: who asks, what for, about whom, with which fields (and why), until when."""

    organisation: str
    kind: str
    country: str
    asked_by: str
    contact: str
    purpose: str
    why: str
    legal_basis: str
    source: str
    until: date
    fields: Mapping[str, str]
    of: DistributionList | Site | Programme | None = None
    numbers: str = ""


@transaction.atomic
def request_extract(*, operator: Operator, draft: ExtractDraft, at: datetime) -> Extract:
    """Register what a partner asks for. Raises Invalid `extract-…`, `number-…`, Refusal `wall-forces`."""
    authorize(operator, "extract.request", **_where(draft.of), at=at)
    check_fields(draft.purpose, draft.fields)
    expires_at = _end_of(draft.until, at)
    households = _numbered(operator, draft.numbers) if draft.source == Source.NUMBERS else []
    if draft.source != Source.NUMBERS and draft.of is None:
        raise Invalid("extract-source", _("Choose the list, the site or the programme."))
    id_ = new_id()
    said = Extract(
        id=id_, kind=draft.kind, country=draft.country, legal_basis=draft.legal_basis, fields=dict(draft.fields),
        state="approved", expires_at=expires_at,
    )
    # What no approval could open is refused before anybody decides.
    if (wall := may_leave(ground_for(said, at=at))) is not None:
        raise wall
    made: Extract = journal.record(
        "extract.requested", by=operator, about=("extract", id_), purpose="exchange", at=at,
        scope=scope_of_extract(operator.agency_id, draft.of),
        facts={
            "agency": str(operator.agency_id), "number": f"XT-{new_number()}",
            **{
                name: normalise_text(getattr(draft, name))
                for name in ("organisation", "asked_by", "contact", "why")
            },
            "kind": str(draft.kind), "country": draft.country, "purpose": str(draft.purpose),
            "legal_basis": str(draft.legal_basis), "source": str(draft.source),
            "of": str(draft.of.pk) if draft.of else None, "of_name": _name(draft.of, len(households)),
            "households": households, "expires_at": expires_at.isoformat(),
            "fields": {name: normalise_text(reason)[:200] for name, reason in draft.fields.items()},
        },
    )
    return made


@transaction.atomic
def decide_extract(*, operator: Operator, extract_id: UUID, approve: bool, reason: str, at: datetime) -> Extract:
    """Approve or refuse. Raises NotPermitted for who registered it, Invalid `reason-missing`, Refusal `extract-…`."""
    extract = locked_extract(operator, extract_id)
    authorize(operator, "extract.decide", at=at)
    if extract.requested_by == operator.id:
        raise NotPermitted(
            "extract-own", _("You registered this request yourself. Another data-protection officer decides it.")
        )
    if extract.state != "asked":
        raise Refusal("extract-decided", _("This request is decided already. Look at its page."))
    if approve and state_of_extract(extract.state, extract.expires_at, None, at) == "lapsed":
        raise Refusal("extract-over", _("The time asked for is over. Register a new request."))
    if not approve and not reason.strip():
        raise Invalid("reason-missing", _("Say why: the partner must be told what to change."))
    decided: Extract = journal.record(
        "extract.decided", by=operator, about=("extract", extract.id), purpose="exchange", at=at,
        scope=journal.Scope(agency=extract.agency),
        facts={"approved": approve, "reason": normalise_text(reason)[:300]},
    )
    return decided


def locked_extract(operator: Operator, extract_id: UUID) -> Extract:
    """One request of the operator's agency, locked. Raises NotFound `extract-unknown`."""
    found = Extract.objects.select_for_update().filter(id=extract_id, agency=operator.agency_id).first()
    if found is None:
        raise NotFound("extract-unknown", _("There is no such request here."))
    return found


def _where(of: DistributionList | Site | Programme | None) -> dict[str, Any]:
    if isinstance(of, DistributionList):
        return {"site": of.site, "programme": of.cycle.intervention.programme}
    if isinstance(of, Site):
        return {"site": of}
    return {"programme": of} if of is not None else {}


def _name(of: DistributionList | Site | Programme | None, numbers: int) -> str:
    if isinstance(of, DistributionList):
        return f"{of.cycle.intervention.name} · {of.cycle.name} · {of.site.name}"[:160]
    return of.name if of is not None else str(numbers)


def _end_of(until: date, at: datetime) -> datetime:
    if until < timezone.localdate(at):
        raise Invalid("extract-until", _("The last day lies in the past. Choose a later one."))
    if until > timezone.localdate(at + LONGEST_LIFE):
        raise Invalid(
            "extract-until-late", _("An extract lives at most %(days)s days. Choose an earlier day."),
            days=LONGEST_LIFE.days,
        )
    return timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min))


def _numbered(operator: Operator, text: str) -> list[str]:
    """Households of these numbers, of families or of people. Nobody outside the operator's sites is found."""
    said = [word for word in re.split(r"[\s,;]+", text.strip()) if word]
    if not said:
        raise Invalid("extract-numbers", _("Write down at least one number, one a line."))
    if len(said) > MOST_FAMILIES:
        raise Invalid("extract-many", _("An extract holds at most %(most)s families."), most=MOST_FAMILIES)
    numbers, wrong = [], []
    for word in dict.fromkeys(said):
        try:
            numbers.append(read_number(word))
        except Invalid:
            wrong.append(word)
    found: dict[str, str] = {}
    for start in range(0, len(numbers), 500):
        part = numbers[start : start + 500]
        homes = Membership.objects.filter(person__in=people_in(operator).filter(number__in=part), until=None)
        found |= {number: str(id_) for number, id_ in homes.values_list("person__number", "household_id")}
        families = households_here(operator).filter(number__in=part)
        found |= {number: str(id_) for number, id_ in families.values_list("number", "id")}
    wrong += [number for number in numbers if number not in found]
    if wrong:
        raise Invalid(
            "extract-numbers-unknown",
            _("%(count)s of these numbers are not known at your sites: %(first)s … Correct or delete them."),
            count=len(wrong), first=", ".join(word[:20] for word in wrong[:3]),
        )
    return sorted(set(found.values()))
