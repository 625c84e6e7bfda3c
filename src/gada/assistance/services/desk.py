"""Writers at the desk: recognise who came, hand over, refuse with slip and appeal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.rules import Role
from gada.agencies.services import authorize
from gada.assistance import rules
from gada.assistance.models import (
    Entitlement,
    EntitlementStatus,
    Method,
    Redemption,
    RefusalSlip,
    Verification,
)
from gada.assistance.queries import households_of, recipients_of
from gada.assistance.services.comparing import likeness_of
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.journal import Scope
from gada.people.models import Membership
from gada.people.rules import new_number
from gada.people.words import Recipient


@transaction.atomic
def recognise_finger(
    *,
    operator: Operator,
    entitlement_id: UUID,
    person_id: UUID,
    fingers: Mapping[int, Any],
    at: datetime,
    other: bool = False,
) -> Verification:
    """Compare a finger just taken with those of one recipient. "Not recognised" is a step, never a no.

    Where our prints do not suffice, those that a partner lent are looked at too; the step says whose it was.
    """
    entitlement = _locked_entitlement(entitlement_id)
    _check_recipient(entitlement, person_id)
    authorize(operator, "collector.verify", site=entitlement.list.site)
    best = likeness_of(
        [person_id], fingers=fingers, searched=1, operator=operator, scope=_scope(entitlement), at=at
    )
    return _record_step(
        operator=operator,
        entitlement=entitlement,
        person_id=person_id,
        at=at,
        recognised=best is not None and best.recognised,
        method=Method.OTHER_FINGER if other else Method.FINGER,
        reason="",
        score=best.score if best else None,
        finger=best.found.held if best else None,
        source=best.source if best else None,
    )


@transaction.atomic
def recognise_collector(
    *,
    operator: Operator,
    entitlement_id: UUID,
    fingers: Mapping[int, Any],
    at: datetime,
    other: bool = False,
    searched: int = 1,
) -> Verification:
    """Whose finger is this, among those who may collect for the family? Nobody has to say it first.

    Looking among several people gives chance more occasions: `searched` says among how many the family itself was
    found by this finger, and the score is lowered for it.
    When nobody is recognised the step stands under the name of the first recipient.
    """
    entitlement = _locked_entitlement(entitlement_id)
    authorize(operator, "collector.verify", site=entitlement.list.site)
    recipients = [membership.person_id for membership in recipients_of(entitlement)]
    if not recipients:
        raise Refusal(
            "no-recipient", _("Nobody may collect for this family. A supervisor names a recipient first.")
        )
    best = likeness_of(
        recipients, fingers=fingers, searched=searched, operator=operator, scope=_scope(entitlement), at=at
    )
    recognised = best is not None and best.recognised
    return _record_step(
        operator=operator,
        entitlement=entitlement,
        at=at,
        recognised=recognised,
        reason="",
        score=best.score if best else None,
        person_id=best.found.person_id if best and recognised else recipients[0],
        method=Method.OTHER_FINGER if other else Method.FINGER,
        finger=best.found.held if best and recognised else None,
        source=best.source if best and recognised else None,
    )


@transaction.atomic
def take_step(
    *,
    operator: Operator,
    entitlement_id: UUID,
    person_id: UUID,
    method: str,
    recognised: bool,
    reason: str,
    at: datetime,
) -> Verification:
    """One further step of the ladder: photo, card with another recipient, supervisor — with its reason."""
    entitlement = _locked_entitlement(entitlement_id)
    _check_recipient(entitlement, person_id)
    authorize(operator, "collector.verify", site=entitlement.list.site)
    if method in (Method.FINGER, Method.OTHER_FINGER):
        raise Invalid("step-needs-a-finger", _("This step needs a finger on the reader."))
    rules.check_step(
        method=method, recognised=recognised, reason=reason, supervisor=_is_supervisor(operator, entitlement)
    )
    return _record_step(
        operator=operator,
        entitlement=entitlement,
        person_id=person_id,
        at=at,
        recognised=recognised,
        method=method,
        reason=normalise_text(reason),
        score=None,
        finger=None,
    )


@transaction.atomic
def redeem_entitlement(
    *,
    operator: Operator,
    entitlement_id: UUID,
    at: datetime,
    redemption_id: UUID | None = None,
    device: str = "",
    device_id: UUID | None = None,
) -> Redemption:
    """Hand over. The same `redemption_id` again answers the same redemption: a double press does nothing."""
    entitlement = _locked_entitlement(entitlement_id)
    authorize(operator, "entitlement.redeem", site=entitlement.list.site)
    if redemption_id and (
        done := Redemption.objects.filter(id=redemption_id, entitlement=entitlement).first()
    ):
        return done
    if redemption_id and Redemption.objects.filter(id=redemption_id).exists():
        raise Invalid(
            "redemption-elsewhere", _("This press belonged to another family. Open this family again.")
        )
    rules.may_redeem(
        status=entitlement.status,
        list_status=entitlement.list.status,
        held=entitlement.status == EntitlementStatus.HELD,
        leased_to=entitlement.leased_to_id,
        device=device_id,
        lease_until=entitlement.lease_until,
        at=at,
    )
    proof = rules.proof_of(
        Verification.objects.filter(entitlement=entitlement),
        at=at,
        refusals=RefusalSlip.objects.filter(entitlement=entitlement),
    )
    id_ = redemption_id or new_id()
    made: Redemption = journal.record(
        "entitlement.redeemed",
        by=operator,
        about=("entitlement", entitlement.id),
        mentions=[proof.person_id],
        facts={
            "id": str(id_),
            "entitlement": str(entitlement.id),
            "collected_by": str(proof.person_id),
            "method": proof.method,
            "verification": str(proof.id),
            "source": proof.source,
            "device": device,
        },
        scope=_scope(entitlement),
        purpose="assistance",
        at=at,
    )
    return made


@transaction.atomic
def refuse_collection(
    *,
    operator: Operator,
    entitlement_id: UUID,
    reason: str,
    way_forward: str,
    at: datetime,
    claimed_by: str = "",
) -> RefusalSlip:
    """A supervisor says no to who came — not to the family: the entitlement stays open for the rightful one."""
    entitlement = _locked_entitlement(entitlement_id)
    authorize(operator, "collection.refuse", site=entitlement.list.site)
    if not reason.strip() or not way_forward.strip():
        raise Invalid("reason-missing", _("A refusal says why, and what the person can do now."))
    id_ = new_id()
    slip: RefusalSlip = journal.record(
        "collection.refused",
        by=operator,
        about=("entitlement", entitlement.id),
        subject=entitlement.household_id,
        facts={
            "id": str(id_),
            "number": new_number(),
            "entitlement": str(entitlement.id),
            "claimed_by": normalise_text(claimed_by),
            "reason": normalise_text(reason),
            "way_forward": normalise_text(way_forward),
            "appeal_until": (at + timedelta(days=rules.APPEAL_DAYS)).date().isoformat(),
        },
        scope=_scope(entitlement),
        purpose="assistance",
        at=at,
    )
    return slip


def _record_step(
    *,
    operator: Operator,
    entitlement: Entitlement,
    person_id: UUID,
    method: str,
    recognised: bool,
    reason: str,
    score: int | None,
    finger: int | None,
    at: datetime,
    source: dict[str, Any] | None = None,
) -> Verification:
    id_ = new_id()
    step: Verification = journal.record(
        "collector.verified",
        by=operator,
        about=("person", person_id),
        mentions=[person_id],
        purpose="assistance",
        at=at,
        facts={
            "id": str(id_),
            "entitlement": str(entitlement.id),
            "method": str(method),
            "recognised": recognised,
            "score": score,
            "finger": finger,
            "reason": reason,
            "source": source,
        },
        subject=person_id,
        scope=_scope(entitlement),
    )
    return step


def _check_recipient(entitlement: Entitlement, person_id: UUID) -> None:
    """Only those who may collect for this family are compared with who came."""
    may = Membership.objects.filter(household__in=households_of(entitlement), person_id=person_id, until=None)
    if not may.exclude(recipient=Recipient.NONE).exists() and not may.filter(relationship="head").exists():
        raise Refusal("not-a-recipient", _("This person is not among those who may collect for the family."))


def _is_supervisor(operator: Operator, entitlement: Entitlement) -> bool:
    return Role.SUPERVISOR in operator.roles_at(entitlement.list.site)


def _locked_entitlement(entitlement_id: UUID) -> Entitlement:
    found = (
        Entitlement.objects.select_for_update(of=("self",))
        .select_related("list__site", "cycle__intervention__programme")
        .filter(id=entitlement_id)
        .first()
    )
    if found is None:
        raise NotFound("entitlement-unknown", _("There is no such entitlement."))
    return found


def _scope(entitlement: Entitlement) -> Scope:
    """Whose, where, and for which programme."""
    site = entitlement.list.site
    return Scope(agency=site.agency_id, site=site.id, programme=entitlement.cycle.intervention.programme_id)
