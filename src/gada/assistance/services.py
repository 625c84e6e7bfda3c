"""Writers of assistance: lists, recognising, handing over, refusing, following judgements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.rules import Role
from gada.agencies.services import authorize
from gada.assistance import rules
from gada.assistance.models import (
    Cycle,
    DistributionList,
    Entitlement,
    EntitlementStatus,
    Intervention,
    ListStatus,
    Method,
    Redemption,
    RefusalSlip,
    Verification,
)
from gada.biometrics.queries import verify
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.journal import Entry, Item, Scope
from gada.matching.queries import canonical_household_of
from gada.people.models import Household, Membership
from gada.people.rules import new_number
from gada.people.words import PersonStatus, Recipient

CHUNK = 500


@transaction.atomic
def create_intervention(*, operator: Operator, programme: Programme, name: str, item: str, at: datetime) -> Intervention:
    """Begin what a programme hands out."""
    authorize(operator, "intervention.create", programme=programme)
    id_ = new_id()
    made: Intervention = journal.record(
        "intervention.created", by=operator, about=("intervention", id_), purpose="assistance", at=at,
        facts={"id": str(id_), "name": normalise_text(name), "item": normalise_text(item)},
        scope=Scope(agency=programme.agency_id, programme=programme.id),
    )
    return made


@transaction.atomic
def create_cycle(*, operator: Operator, intervention: Intervention, name: str, starts_on: date, ends_on: date, at: datetime) -> Cycle:
    """Open one round of an intervention."""
    authorize(operator, "intervention.create", programme=intervention.programme)
    if ends_on < starts_on:
        raise Invalid("cycle-order", _("The last day lies before the first."))
    id_ = new_id()
    made: Cycle = journal.record(
        "cycle.created", by=operator, about=("cycle", id_), purpose="assistance", at=at,
        facts={
            "id": str(id_), "intervention": str(intervention.id), "name": normalise_text(name),
            "starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat(),
        },
        scope=Scope(agency=intervention.programme.agency_id, programme=intervention.programme_id),
    )
    return made


@transaction.atomic
def make_list(*, operator: Operator, cycle: Cycle, site: Site, contents: Sequence[Mapping[str, Any]], at: datetime) -> DistributionList:
    """Prepare the list of one site for one cycle; who is on it is decided when it is opened."""
    authorize(operator, "list.make", site=site)
    rules.check_contents(contents)
    if DistributionList.objects.filter(cycle=cycle, site=site).exists():
        raise Refusal("list-exists", _("There is already a list for this site and this cycle."))
    id_ = new_id()
    made: DistributionList = journal.record(
        "list.made", by=operator, about=("list", id_), purpose="assistance", at=at, scope=_scope(cycle, site),
        facts={"id": str(id_), "cycle": str(cycle.id), "contents": [dict(line) for line in contents]},
    )
    return made


@transaction.atomic
def verify_list(*, operator: Operator, list_id: UUID, at: datetime) -> DistributionList:
    """A second person checks the list."""
    made = _locked_list(list_id)
    authorize(operator, "list.verify", site=made.site)
    rules.may_verify_list(status=made.status, made_by=made.made_by, verifier=operator.id)
    verified: DistributionList = journal.record(
        "list.verified", by=operator, about=("list", made.id), facts={"households": _households(made).count()},
        purpose="assistance", scope=_scope(made.cycle, made.site), at=at,
    )
    return verified


@transaction.atomic
def open_list(*, operator: Operator, list_id: UUID, at: datetime) -> DistributionList:
    """Freeze the list: one entitlement per family, and the desks may begin. Doing it again changes nothing."""
    made = _locked_list(list_id)
    authorize(operator, "list.open", site=made.site)
    if made.status == ListStatus.FROZEN:
        return made
    if made.status != ListStatus.VERIFIED:
        raise Refusal("list-not-verified", _("Somebody else must check this list before it is opened."))
    scope, items = _scope(made.cycle, made.site), _items_for(made)
    for start in range(0, len(items), CHUNK):
        journal.record_all("entitlement.opened", items=items[start : start + CHUNK], by=operator, scope=scope, purpose="assistance", at=at)
    opened: DistributionList = journal.record(
        "list.frozen", by=operator, about=("list", made.id), facts={"entitlements": len(items)}, scope=scope,
        purpose="assistance", at=at,
    )
    return opened


@transaction.atomic
def close_list(*, operator: Operator, list_id: UUID, at: datetime) -> DistributionList:
    """No more handing over on this list."""
    made = _locked_list(list_id)
    authorize(operator, "list.open", site=made.site)
    closed: DistributionList = journal.record(
        "list.closed", by=operator, about=("list", made.id), facts={}, scope=_scope(made.cycle, made.site),
        purpose="assistance", at=at,
    )
    return closed


@transaction.atomic
def recognise_finger(
    *, operator: Operator, entitlement_id: UUID, person_id: UUID, fingers: Mapping[int, Any], at: datetime, other: bool = False
) -> Verification:
    """Compare a finger just taken with those of one recipient. "Not recognised" is a step, never a no."""
    entitlement = _locked_entitlement(entitlement_id)
    _check_recipient(entitlement, person_id)
    authorize(operator, "collector.verify", site=entitlement.list.site)
    found = verify(person_id=person_id, fingers=fingers)
    recognised = found is not None and found.score >= rules.RECOGNISED_SCORE
    return _record_step(
        operator=operator, entitlement=entitlement, person_id=person_id, at=at, recognised=recognised,
        method=Method.OTHER_FINGER if other else Method.FINGER, reason="", score=found.score if found else None,
        finger=found.held if found else None,
    )


@transaction.atomic
def take_step(
    *, operator: Operator, entitlement_id: UUID, person_id: UUID, method: str, recognised: bool, reason: str, at: datetime
) -> Verification:
    """One further step of the ladder: photo, card with another recipient, supervisor — with its reason."""
    entitlement = _locked_entitlement(entitlement_id)
    _check_recipient(entitlement, person_id)
    authorize(operator, "collector.verify", site=entitlement.list.site)
    if method in (Method.FINGER, Method.OTHER_FINGER):
        raise Invalid("step-needs-a-finger", _("This step needs a finger on the reader."))
    rules.check_step(method=method, recognised=recognised, reason=reason, supervisor=_is_supervisor(operator, entitlement))
    return _record_step(
        operator=operator, entitlement=entitlement, person_id=person_id, at=at, recognised=recognised, method=method,
        reason=normalise_text(reason), score=None, finger=None,
    )


@transaction.atomic
def redeem_entitlement(
    *, operator: Operator, entitlement_id: UUID, at: datetime, redemption_id: UUID | None = None, device: str = "",
    device_id: UUID | None = None,
) -> Redemption:
    """Hand over. The same `redemption_id` again answers the same redemption: a double press does nothing."""
    entitlement = _locked_entitlement(entitlement_id)
    authorize(operator, "entitlement.redeem", site=entitlement.list.site)
    if redemption_id and (done := Redemption.objects.filter(id=redemption_id, entitlement=entitlement).first()):
        return done
    rules.may_redeem(
        status=entitlement.status, list_status=entitlement.list.status, held=entitlement.status == EntitlementStatus.HELD,
        leased_to=entitlement.leased_to_id, device=device_id, lease_until=entitlement.lease_until, at=at,
    )
    proof = rules.proof_of(Verification.objects.filter(entitlement=entitlement), at=at)
    id_ = redemption_id or new_id()
    made: Redemption = journal.record(
        "entitlement.redeemed", by=operator, about=("entitlement", entitlement.id), mentions=[proof.person_id],
        facts={
            "id": str(id_), "entitlement": str(entitlement.id), "collected_by": str(proof.person_id),
            "method": proof.method, "verification": str(proof.id), "device": device,
        },
        scope=_scope(entitlement.cycle, entitlement.list.site), purpose="assistance", at=at,
    )
    return made


@transaction.atomic
def refuse_collection(
    *, operator: Operator, entitlement_id: UUID, reason: str, way_forward: str, at: datetime, claimed_by: str = ""
) -> RefusalSlip:
    """A supervisor says no to who came — not to the family: the entitlement stays open for the rightful one."""
    entitlement = _locked_entitlement(entitlement_id)
    authorize(operator, "collection.refuse", site=entitlement.list.site)
    if not reason.strip() or not way_forward.strip():
        raise Invalid("reason-missing", _("A refusal says why, and what the person can do now."))
    id_ = new_id()
    slip: RefusalSlip = journal.record(
        "collection.refused", by=operator, about=("entitlement", entitlement.id), subject=entitlement.household_id,
        facts={
            "id": str(id_), "number": new_number(), "entitlement": str(entitlement.id),
            "claimed_by": normalise_text(claimed_by), "reason": normalise_text(reason),
            "way_forward": normalise_text(way_forward),
            "appeal_until": (at + timedelta(days=rules.APPEAL_DAYS)).date().isoformat(),
        },
        scope=_scope(entitlement.cycle, entitlement.list.site), purpose="assistance", at=at,
    )
    return slip


def settle_after_judgement(entry: Entry) -> None:
    """Reaction to a judgement and to its undoing: entitlements follow the families, in the same transaction."""
    touched = {UUID(change[which]) for change in entry.facts["households"] for which in ("id", "before", "after")}
    if not touched:
        return
    whole = touched | set(canonical_household_of(touched).values())
    rows = list(
        Entitlement.objects.select_for_update(of=("self",))
        .filter(Q(household__in=whole) | Q(canonical_household__in=whole)).exclude(status=EntitlementStatus.CANCELLED)
    )
    now = canonical_household_of({row.household_id for row in rows})
    groups: dict[tuple[UUID, str], list[Entitlement]] = defaultdict(list)
    for row in rows:
        groups[row.cycle_id, row.item].append(row)
    for group in groups.values():
        _settle_group(entry, group, now)


def _settle_group(entry: Entry, group: Sequence[Entitlement], now: Mapping[UUID, UUID]) -> None:
    claims = [
        rules.Claim(row.id, now.get(row.household_id, row.household_id), row.status, row.collected_twice, (row.lamport, str(row.id)))
        for row in group
    ]
    settled = rules.settle_claims(claims)
    moved = {
        str(claim.id): str(claim.canonical_household)
        for claim, row in zip(claims, group, strict=True) if claim.canonical_household != row.canonical_household
    }
    if not moved and not any((settled.hold, settled.release, settled.twice, settled.once)):
        return
    journal.record(
        "entitlement.settled", by=entry.by, about=("cycle", group[0].cycle_id), scope=entry.scope, purpose="assistance",
        case=entry.case or entry.about, at=entry.recorded_at,
        facts={
            "judgement": entry.facts["judgement"], "families": moved, "hold": [str(i) for i in settled.hold],
            "release": [str(i) for i in settled.release], "twice": [str(i) for i in settled.twice],
            "once": [str(i) for i in settled.once],
        },
    )


def _record_step(
    *, operator: Operator, entitlement: Entitlement, person_id: UUID, method: str, recognised: bool, reason: str,
    score: int | None, finger: int | None, at: datetime,
) -> Verification:
    id_ = new_id()
    step: Verification = journal.record(
        "collector.verified", by=operator, about=("person", person_id), mentions=[person_id], purpose="assistance", at=at,
        facts={
            "id": str(id_), "entitlement": str(entitlement.id), "method": str(method), "recognised": recognised,
            "score": score, "finger": finger, "reason": reason,
        },
        subject=person_id, scope=_scope(entitlement.cycle, entitlement.list.site),
    )
    return step


def _items_for(made: DistributionList) -> list[Item]:
    """One entitlement per family: households judged one get a single one, in the name of the first."""
    households = list(_households(made))
    families = canonical_household_of({household.id for household in households})
    open_memberships = Membership.objects.filter(
        household__in=households, until=None, person__status=PersonStatus.ACTIVE
    ).exclude(relationship="collector")
    members = Counter(families.get(id_, id_) for id_ in open_memberships.values_list("household_id", flat=True))
    taken = set(
        Entitlement.objects.filter(cycle=made.cycle, status__in=["open", "redeemed"]).values_list("canonical_household", flat=True)
    )
    item = made.cycle.intervention.item
    items = []
    for household in households:
        family = families.get(household.id, household.id)
        if family in taken:
            continue
        taken.add(family)
        id_, size = new_id(), max(1, members[family])
        items.append(Item(about=("entitlement", id_), facts={
            "id": str(id_), "list": str(made.id), "cycle": str(made.cycle_id), "household": str(household.id),
            "canonical_household": str(family), "item": item, "members": size, "leased_to": None,
            "contents": rules.contents_for(made.contents, members=size),
        }))
    return items


def _households(made: DistributionList) -> Any:
    return Household.objects.filter(site=made.site, status=PersonStatus.ACTIVE).order_by("enrolled_at", "id")


def _check_recipient(entitlement: Entitlement, person_id: UUID) -> None:
    """Only those who may collect for this family are compared with who came."""
    family = [entitlement.household_id, entitlement.canonical_household]
    may = Membership.objects.filter(household__in=family, person_id=person_id, until=None)
    if not may.exclude(recipient=Recipient.NONE).exists() and not may.filter(relationship="head").exists():
        raise Refusal("not-a-recipient", _("This person is not among those who may collect for the family."))


def _is_supervisor(operator: Operator, entitlement: Entitlement) -> bool:
    return Role.SUPERVISOR in operator.roles_at(entitlement.list.site)


def _locked_list(list_id: UUID) -> DistributionList:
    made = DistributionList.objects.select_for_update(of=("self",)).select_related("cycle__intervention__programme", "site").filter(id=list_id).first()
    if made is None:
        raise NotFound("list-unknown", _("There is no such distribution list."))
    return made


def _locked_entitlement(entitlement_id: UUID) -> Entitlement:
    found = (
        Entitlement.objects.select_for_update(of=("self",)).select_related("list__site", "cycle__intervention__programme")
        .filter(id=entitlement_id).first()
    )
    if found is None:
        raise NotFound("entitlement-unknown", _("There is no such entitlement."))
    return found


def _scope(cycle: Cycle, site: Site) -> Scope:
    return Scope(agency=site.agency_id, site=site.id, programme=cycle.intervention.programme_id)
