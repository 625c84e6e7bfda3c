"""Writers about families that were not seen: listing, notice, decision, appeal, answer. A person does each of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid
from gada.journal import Item
from gada.journal.models import LogEntry
from gada.presence import rules
from gada.presence.models import Channel, RollCall, Step, What
from gada.presence.queries import Absence, absence_for, absences_at, roll_call_for
from gada.presence.services.campaigns import scope_at

ENTRIES_LOOKED_AT = 99  # the newest ones, to know what time it must be at least


@transaction.atomic
def warn_families(*, operator: Operator, roll_call_id: UUID, households: Collection[UUID], at: datetime) -> list[Step]:
    """List these families as absent. Nothing changes for them; notice comes next."""
    roll_call, chosen = _chosen(operator, roll_call_id, households, at=at)
    for each in chosen:
        rules.may_warn(each.stage, grounds=each.grounds)
    return _record("absence.warned", operator, roll_call, [
        _item(roll_call, each, grounds=list(each.grounds)) for each in chosen
    ], at=at)


@transaction.atomic
def give_notice(
    *, operator: Operator, roll_call_id: UUID, households: Collection[UUID], channel: str, at: datetime
) -> list[Step]:
    """These families were told, in this way. Grace runs from now, by the days of the campaign."""
    roll_call, chosen = _chosen(operator, roll_call_id, households, at=at)
    if channel not in Channel.values:
        raise Invalid("absence-channel", _("Say how the families were told."))
    for each in chosen:
        rules.may_notice(each.stage, grounds=each.grounds)
    known = _known_to_be_past(at)
    return _record("absence.noticed", operator, roll_call, [
        _item(
            roll_call, each, grounds=list(each.grounds), channel=channel, grace_days=roll_call.campaign.grace_days,
            not_before=known.isoformat(),
        )
        for each in chosen
    ], at=at)


@transaction.atomic
def decide_absence(
    *, operator: Operator, roll_call_id: UUID, household_id: UUID, suspend: bool, reason: str, at: datetime
) -> Step:
    """Somebody decides, with a reason: off the next lists, or kept. What the family was owed before stays owed."""
    roll_call = roll_call_for(operator, roll_call_id)
    authorize(operator, "absence.decide", site=roll_call.site)
    absence = absence_for(operator, roll_call, household_id, at=at)
    rules.check_reason(reason)
    if suspend:
        noticed = {step.operator_id for step in absence.steps if step.what == What.NOTICED}
        rules.may_suspend(absence.standing, noticed_by=noticed, decider=operator.id, grounds=absence.grounds)
    else:
        rules.may_keep(absence.standing)
    item = _item(roll_call, absence, reason=normalise_text(reason)[:500])
    return _record("absence.suspended" if suspend else "absence.kept", operator, roll_call, [item], at=at)[0]


@transaction.atomic
def receive_appeal(
    *, operator: Operator, roll_call_id: UUID, household_id: UUID, reason: str, hears: str, at: datetime
) -> Step:
    """The family says that it should stay: from now on it keeps its aid until somebody answered."""
    roll_call = roll_call_for(operator, roll_call_id)
    authorize(operator, "absence.appeal", site=roll_call.site)
    absence = absence_for(operator, roll_call, household_id, at=at)
    rules.check_reason(reason)
    rules.may_appeal(absence.standing)
    item = _item(
        roll_call, absence, reason=normalise_text(reason)[:500], hears=normalise_text(hears)[:120],
    )
    return _record("absence.appealed", operator, roll_call, [item], at=at)[0]


@transaction.atomic
def answer_appeal(
    *, operator: Operator, roll_call_id: UUID, household_id: UUID, grant: bool, reason: str, at: datetime
) -> Step:
    """Somebody who neither gave notice nor decided answers. Granted, the family is on every list as before."""
    roll_call = roll_call_for(operator, roll_call_id)
    authorize(operator, "absence.hear", site=roll_call.site)
    absence = absence_for(operator, roll_call, household_id, at=at)
    rules.check_reason(reason)
    against = {step.operator_id for step in absence.steps if step.what in (What.NOTICED, What.SUSPENDED)}
    rules.may_hear(absence.standing, against=against, hearer=operator.id)
    item = _item(
        roll_call, absence, reason=normalise_text(reason)[:500], appeal=str(absence.standing.appeal),
    )
    return _record("absence.granted" if grant else "absence.heard", operator, roll_call, [item], at=at)[0]


def _chosen(
    operator: Operator, roll_call_id: UUID, households: Collection[UUID], *, at: datetime
) -> tuple[RollCall, list[Absence]]:
    roll_call = roll_call_for(operator, roll_call_id)
    authorize(operator, "absence.notify", site=roll_call.site)
    known = {each.household.id: each for each in absences_at(operator, roll_call, at=at)}
    if not households:
        raise Invalid("absence-nobody", _("Choose at least one family."))
    if set(households) - set(known):
        rules.must_be_absent([])
    return roll_call, [known[id_] for id_ in dict.fromkeys(households)]


def _item(roll_call: RollCall, absence: Absence, **facts: Any) -> Item:
    """Under the key of the household; the scope is its site, so that laptops of that site learn of it."""
    return Item(
        about=("household", absence.household.id), subject=absence.household.id,
        scope=scope_at(roll_call, absence.household.site),
        facts={"id": str(new_id()), "campaign": str(roll_call.campaign_id), **facts},
    )


def _record(action: str, operator: Operator, roll_call: RollCall, items: Sequence[Item], *, at: datetime) -> list[Step]:
    return list(journal.record_all(
        action, items=items, by=operator, scope=scope_at(roll_call, roll_call.site), purpose="assistance", at=at
    ))


def _known_to_be_past(at: datetime) -> datetime:
    """What time it must be at least, by the newest entries this node holds, whatever its clock says now."""
    newest = LogEntry.objects.order_by("-lamport").values_list("recorded_at", flat=True)[:ENTRIES_LOOKED_AT]
    return max(at, rules.middle_of(list(newest)) or at)
