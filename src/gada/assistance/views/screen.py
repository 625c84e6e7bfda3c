"""What the desk's one screen shows: the family, what was done so far, and what can be done next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from gada import journal
from gada.agencies.models import Device
from gada.agencies.queries import devices_of
from gada.agencies.rules import Role
from gada.assistance import queries, rules
from gada.assistance.forms import RefusalForm, StepForm
from gada.assistance.models import DistributionList, Entitlement, EntitlementStatus, ListStatus, Method
from gada.assistance.queries import AtTheDesk
from gada.biometrics.models import Finger
from gada.biometrics.queries import prints_lent, usable_fingers_of
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Refusal
from gada.people.words import Recipient

DESK, READ, HANDED = "desk", "desk_read", "desk_handed"
FOUND_BY = {False: "finger", True: "partner-print"}  # as the line in the journal says it
SECONDS_OF_ONE_READING = 600  # the same screen again, after a finger or a step, is still the same reading


@dataclass(frozen=True, slots=True)
class Desk:
    """This browser's desk: its name, and the registered device that bears it."""

    name: str
    device: Device | None


def desk_of(request: HttpRequest) -> Desk:
    """The desk named in this session."""
    said = request.session.get(DESK) or {}
    device = devices_of(request.user).filter(pk=said["device"]).first() if said.get("device") else None
    return Desk(said.get("name", ""), device)


def leave_a_line(
    request: HttpRequest, made: DistributionList, people: Iterable[UUID], *, page: str, found_by: str = ""
) -> None:
    """Say in the journal whose data were shown, for assistance."""
    journal.record_read(
        by=request.user,
        people=people,
        purpose="assistance",
        page=page,
        at=timezone.now(),
        criteria={"fields": [found_by]} if found_by else None,
        scope=journal.Scope(
            agency=made.site.agency_id, site=made.site_id, programme=made.cycle.intervention.programme_id
        ),
    )


def leave_a_line_once(request: HttpRequest, made: DistributionList, shown: AtTheDesk) -> None:
    """One line per family served, not one per keystroke."""
    now, last = int(timezone.now().timestamp()), request.session.get(READ) or ["", 0]
    if last[0] == str(shown.entitlement.pk) and now - last[1] < SECONDS_OF_ONE_READING:
        return
    leave_a_line(request, made, [row.person_id for row in shown.recipients], page="desk")
    request.session[READ] = [str(shown.entitlement.pk), now]


def lines_of(entitlement: Entitlement) -> list[dict[str, Any]]:
    """What is due, ready to be read aloud."""
    return [line | {"amount": rules.quantity_text(line["quantity"])} for line in entitlement.contents]


def desk_context(request: HttpRequest, made: DistributionList) -> dict[str, Any]:
    """What stands on every desk screen, with a family or without."""
    desk = desk_of(request)
    return {
        "made": made,
        "desk": desk,
        "pace": queries.seconds_a_family(made),
        "leases": queries.leases_of(desk.device, made, at=timezone.now()),
        "is_open": made.status == ListStatus.FROZEN,
    }


def family_context(
    request: HttpRequest,
    made: DistributionList,
    shown: AtTheDesk,
    *,
    at: datetime,
    step_form: StepForm | None = None,
    refusal_form: RefusalForm | None = None,
) -> dict[str, Any]:
    """The family, its state in one word, and the way on."""
    proof, last = _proof_and_last(shown, at)
    who = _who(request, shown, proof)
    people = [row.person_id for row in shown.recipients]
    state = _state(request, shown, proof, last)
    asks = state in ("look", "ready", "unknown")
    may_scan = asks and bool(usable_fingers_of(people) or prints_lent(people, at=at))
    supervisor = Role.SUPERVISOR in request.user.roles_at(made.site)
    chosen = (step_form.data.get("method") if step_form else None) or request.GET.get("step", "")
    if refusal_form is not None:
        chosen = Method.SUPERVISOR
    rungs = _rungs(shown, who, may_scan)
    return {
        "shown": shown,
        "entitlement": shown.entitlement,
        "household": shown.household,
        "who": who,
        "state": state,
        "photo_url": _photo_url(made, shown, who),
        "lines": lines_of(shown.entitlement),
        "may_scan": may_scan,
        "others": [row for row in shown.recipients if row != who],
        "proof": proof,
        "last": last,
        "chance": rules.chance_one_in(last.score)
        if last and last.recognised and last.score is not None
        else None,
        "finger": Finger(last.finger).label if last and last.finger else "",
        "redemption_id": new_id(),
        "rungs": rungs,
        "supervisor": supervisor,
        "rung": chosen if chosen in [rung["value"] for rung in rungs] else "",
        "step_form": step_form or StepForm(people=_people_for(shown, who, chosen)),
        "refusal_form": refusal_form or RefusalForm(),
        "collector": _collector(shown),
        "elsewhere": queries.served_elsewhere(
            queries.households_of(shown.entitlement), since=made.cycle.starts_on
        ),
        **_done_by(request, shown),
    }


def people_choices(shown: AtTheDesk) -> list[tuple[str, str]]:
    """Everybody who may collect, as a form offers them."""
    return [(str(row.person_id), name_of(row)) for row in shown.recipients]


def name_of(membership: Any) -> str:
    person = membership.person
    return f"{person.given} {person.surname}".strip()


def _proof_and_last(shown: AtTheDesk, at: datetime) -> tuple[Any, Any]:
    try:
        proof = rules.proof_of(shown.steps, at=at, refusals=shown.refusals)
    except Refusal:
        proof = None
    last = shown.steps[-1] if shown.steps else None
    stale = last is None or at - last.at > rules.VERIFICATION_LIFE
    refused_since = bool(last and shown.refusals and shown.refusals[-1].at > last.at)
    return proof, None if stale or refused_since else last


def _state(request: HttpRequest, shown: AtTheDesk, proof: Any, last: Any) -> str:
    entitlement = shown.entitlement
    if shown.redemption is not None:
        return "handed" if request.session.get(HANDED) == str(shown.redemption.pk) else "already"
    if entitlement.status != EntitlementStatus.OPEN:
        return str(entitlement.status)
    if entitlement.list.status != ListStatus.FROZEN:
        return "closed"
    device = desk_of(request).device
    if entitlement.leased_to and entitlement.leased_to != device and entitlement.lease_until > timezone.now():
        return "leased"
    if not shown.recipients:
        return "nobody"
    return "ready" if proof else "unknown" if last else "look"


def _who(request: HttpRequest, shown: AtTheDesk, proof: Any) -> Any:
    """Whose card is shown: who was recognised, else who was found, else the principal recipient."""
    wanted = str(proof.person_id) if proof else request.GET.get("who") or request.POST.get("who", "")
    if shown.redemption is not None:
        wanted = str(shown.redemption.collected_by)
    return next(
        (row for row in shown.recipients if str(row.person_id) == wanted), next(iter(shown.recipients), None)
    )


def _rungs(shown: AtTheDesk, who: Any, may_scan: bool) -> list[dict[str, Any]]:
    """The ladder of fallbacks as far as this family can climb it. A secret code comes with cards, not before."""
    if who is None:
        return []
    rungs = []
    if may_scan:
        hint = _("thumbs first; moisten the finger, wipe the reader")
        rungs.append({"value": Method.OTHER_FINGER, "label": _("Another finger"), "hint": hint})
    if who.person.photo:
        rungs.append(
            {"value": Method.PHOTO, "label": _("Photo and face"), "hint": _("you compare, you decide")}
        )
    alternates = [name_of(row) for row in shown.recipients if row.recipient == Recipient.ALTERNATE]
    if alternates:
        rungs.append(
            {
                "value": Method.CARD_AND_ALTERNATE,
                "label": _("Card and another recipient"),
                "hint": ", ".join(alternates),
            }
        )
    hint = _("the only one who may say no; slip and appeal are printed")
    rungs.append({"value": Method.SUPERVISOR, "label": _("Supervisor"), "hint": hint})
    for number, rung in enumerate(rungs, start=1):
        rung["key"] = str(number)
        rung["url"] = "?" + urlencode({"step": str(rung["value"]), "who": who.person_id})
    return rungs


def _people_for(shown: AtTheDesk, who: Any, method: str) -> list[tuple[str, str]]:
    if method == Method.CARD_AND_ALTERNATE:
        return [
            (str(row.person_id), name_of(row))
            for row in shown.recipients
            if row.recipient == Recipient.ALTERNATE
        ]
    return [(str(who.person_id), name_of(who))] if who else []


def _photo_url(made: DistributionList, shown: AtTheDesk, who: Any) -> str:
    if who is None or not who.person.photo:
        return ""
    return reverse("assistance:photo", args=[made.pk, shown.entitlement.pk, who.person_id])


def _collector(shown: AtTheDesk) -> str:
    redemption = shown.redemption
    return next(
        (name_of(r) for r in shown.recipients if redemption and r.person_id == redemption.collected_by), ""
    )


def _done_by(request: HttpRequest, shown: AtTheDesk) -> dict[str, str]:
    return {
        "handed_by": queries.name_of(request.user, shown.redemption.operator_id) if shown.redemption else ""
    }
