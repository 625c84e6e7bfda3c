"""Opening and closing a campaign: a supervisor's act at each site, with the rule that goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.queries import held_by
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotPermitted
from gada.journal import Item, Scope
from gada.presence import rules
from gada.presence.models import Closing, RollCall
from gada.presence.queries import roll_call_for


@transaction.atomic
def open_campaign(
    *, operator: Operator, name: str, sites: Sequence[Site], starts_on: date, ends_on: date, appeal_at: str,
    at: datetime, programme: Programme | None = None, not_seen: bool = True, misses: int | None = rules.MISSES,
    grace_days: int = rules.GRACE_DAYS,
) -> list[RollCall]:
    """Open a campaign at these sites: whoever is registered there now is expected. One entry per site."""
    for site in sites:
        _authorize(operator, site, programme)
    rules.check_campaign(
        name=name, starts_on=starts_on, ends_on=ends_on, sites=len(sites), not_seen=not_seen, misses=misses,
        grace_days=grace_days, appeal_at=appeal_at,
    )
    if len({site.agency_id for site in sites}) > 1:
        raise Invalid("campaign-agencies", _("These sites belong to two agencies. Open a campaign for each."))
    campaign_id = new_id()
    campaign = {
        "id": str(campaign_id), "name": normalise_text(name), "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(), "appeal_at": normalise_text(appeal_at),
        "rule": {"not_seen": not_seen, "misses": misses, "grace_days": grace_days},
    }
    items = [
        Item(
            about=("campaign", campaign_id), facts={"id": str(new_id()), "campaign": campaign},
            scope=Scope(agency=site.agency_id, site=site.id, programme=programme.id if programme else None),
        )
        for site in sites
    ]
    return list(journal.record_all("presence.opened", items=items, by=operator, purpose="assistance", at=at))


@transaction.atomic
def close_roll_call(*, operator: Operator, roll_call_id: UUID, at: datetime) -> RollCall:
    """Who was not seen may be proposed from now on; latecomers are still confirmed. Closing again changes nothing."""
    roll_call = roll_call_for(operator, roll_call_id)
    _authorize(operator, roll_call.site, roll_call.campaign.programme)
    if not Closing.objects.filter(roll_call=roll_call.id).exists():
        journal.record(
            "presence.closed", by=operator, about=("roll_call", roll_call.id), facts={"id": str(new_id())},
            scope=scope_at(roll_call, roll_call.site), purpose="assistance", at=at,
        )
    return roll_call


def _authorize(operator: Operator, site: Site, programme: Programme | None) -> None:
    """A campaign of everybody at a site is for somebody who is there for everybody."""
    authorize(operator, "presence.open", site=site, programme=programme)
    held = [each for each in held_by(operator, action="presence.open") if each.site in (None, site.id)]
    if programme is None and all(each.programme for each in held):
        raise NotPermitted(
            "campaign-of-everybody",
            _("This campaign is for everybody at the site, and your role for one programme. Ask who leads the site."),
        )


def scope_at(roll_call: RollCall, site: Site) -> Scope:
    """Where something about a household of this site belongs, for this campaign."""
    return Scope(agency=site.agency_id, site=site.id, programme=roll_call.campaign.programme_id)
