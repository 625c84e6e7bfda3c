"""The desk: find, see, recognise, hand over, refuse."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Status

from gada.agencies.services import authorize
from gada.assistance import queries, services
from gada.assistance.api.shapes import (
    FamilyOut,
    FindIn,
    FingerIn,
    FoundOut,
    HandedOut,
    HandOverIn,
    RefusalIn,
    SlipOut,
    StepIn,
    StepOut,
    family_out,
    found_out,
    handed_out,
    step_out,
)
from gada.assistance.models import RefusalSlip
from gada.assistance.queries import AtTheDesk
from gada.assistance.views.screen import FOUND_BY, leave_a_line
from gada.biometrics.services import read_fingers
from gada.engine.refusal import Invalid

router = Router()


@router.post(
    "/lists/{list_id}/find", response=list[FoundOut], summary="Find a family by number, name or finger"
)
def find(request: HttpRequest, list_id: UUID, payload: FindIn) -> list[FoundOut]:
    made = queries.list_for(request.user, list_id)
    authorize(request.user, "collector.verify", site=made.site)
    if payload.finger:
        found, _searched = queries.families_of_finger(
            request.user, made, read_fingers({0: _bytes(payload.finger)}), at=timezone.now()
        )
    else:
        found = queries.families_named(request.user, made, payload.text)
    leave_a_line(
        request,
        made,
        [each.person.id for each in found],
        page="api:desk-find",
        found_by=FOUND_BY[any(each.lent for each in found)] if payload.finger else "text",
    )
    return [found_out(each) for each in found]


@router.get(
    "/entitlements/{entitlement_id}", response=FamilyOut, summary="The family, what it is owed, what was done"
)
def read_family(request: HttpRequest, entitlement_id: UUID) -> FamilyOut:
    shown = _at_the_desk(request, entitlement_id)
    leave_a_line(
        request, shown.entitlement.list, [row.person_id for row in shown.recipients], page="api:desk"
    )
    return family_out(shown)


@router.post(
    "/entitlements/{entitlement_id}/verify", response=StepOut, summary="Compare a finger with who may collect"
)
def verify(request: HttpRequest, entitlement_id: UUID, payload: FingerIn) -> StepOut:
    _at_the_desk(request, entitlement_id)
    return step_out(
        services.recognise_collector(
            operator=request.user,
            entitlement_id=entitlement_id,
            fingers=read_fingers({0: _bytes(payload.finger)}),
            other=payload.other,
            searched=payload.searched,
            at=timezone.now(),
        )
    )


@router.post("/entitlements/{entitlement_id}/steps", response=StepOut, summary="A further step of the ladder")
def take_step(request: HttpRequest, entitlement_id: UUID, payload: StepIn) -> StepOut:
    _at_the_desk(request, entitlement_id)
    return step_out(
        services.take_step(
            operator=request.user,
            entitlement_id=entitlement_id,
            person_id=payload.person,
            method=payload.method,
            recognised=payload.recognised,
            reason=payload.reason,
            at=timezone.now(),
        )
    )


@router.post("/entitlements/{entitlement_id}/redeem", response={201: HandedOut}, summary="Hand over")
def redeem(request: HttpRequest, entitlement_id: UUID, payload: HandOverIn) -> Status[HandedOut]:
    _at_the_desk(request, entitlement_id)
    made = services.redeem_entitlement(
        operator=request.user,
        entitlement_id=entitlement_id,
        redemption_id=payload.redemption,
        device=payload.desk,
        device_id=payload.device,
        at=timezone.now(),
    )
    return Status(201, handed_out(made))


@router.post(
    "/entitlements/{entitlement_id}/refuse", response={201: SlipOut}, summary="Refuse, with slip and appeal"
)
def refuse(request: HttpRequest, entitlement_id: UUID, payload: RefusalIn) -> Status[RefusalSlip]:
    _at_the_desk(request, entitlement_id)
    slip = services.refuse_collection(
        operator=request.user, entitlement_id=entitlement_id, **payload.dict(), at=timezone.now()
    )
    return Status(201, slip)


def _at_the_desk(request: HttpRequest, entitlement_id: UUID) -> AtTheDesk:
    """Outside the caller's sites there is nothing, not even a no."""
    shown = queries.at_the_desk(request.user, entitlement_id)
    authorize(request.user, "collector.verify", site=shown.entitlement.list.site)
    return shown


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("finger-unreadable", _("The finger is not written in base64.")) from None
