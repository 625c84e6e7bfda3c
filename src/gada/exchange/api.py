"""JSON for our own operators: agreements, comparisons, packages, differences. Partners' nodes use `/exchange/v1/`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from gada import journal
from gada.agencies.services import authorize
from gada.engine.refusal import NotFound
from gada.exchange import queries, services, tasks
from gada.exchange.models import OverlapRun, Package, Proposal
from gada.exchange.services.standing import current_agreement, state_now

router = Router(tags=["exchange"])
MOST = 200


class AgreementOut(Schema):
    agreement: UUID
    version: int
    digest: str
    partner: str
    partner_node: UUID
    state: str
    purpose: str
    valid_until: str
    people_in_common: int
    differences: int


class ReasonIn(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class StateOut(Schema):
    agreement: UUID
    state: str


class RunOut(Schema):
    """`figures` are counts of both sides: links, cases, and what people who are not shared lost."""

    run: UUID
    state: str
    step: str
    reason: str
    figures: dict[str, dict[str, int]]
    started_at: datetime
    ended_at: datetime | None


class PackageOut(Schema):
    package: UUID
    agreement: UUID
    outgoing: bool
    sequence: int
    state: str
    counts: dict[str, int]
    skipped: int
    reason: str
    sealed_bytes: int
    made_at: datetime


class ProposalOut(Schema):
    proposal: UUID
    person: UUID
    field: str
    ours: Any
    theirs: Any
    partner: str
    state: str


class DecisionIn(Schema):
    accept: bool


class EqualityOut(Schema):
    equal: bool
    people: int
    waiting: int
    differing: list[UUID]
    at: datetime


@router.get("/agreements", response=list[AgreementOut])
def list_agreements(request: HttpRequest) -> Any:
    """The newest version of every agreement and where it stands."""
    authorize(request.user, "agreement.see")
    return [
        {
            "agreement": line.agreement.agreement_id,
            "version": line.agreement.version,
            "digest": line.agreement.digest,
            "partner": line.agreement.peer.name,
            "partner_node": line.agreement.peer_id,
            "state": line.state,
            "purpose": line.agreement.terms.purpose,
            "valid_until": line.agreement.terms.valid_until.isoformat(),
            "people_in_common": line.links,
            "differences": line.waiting,
        }
        for line in queries.agreements_for(request.user, at=timezone.now())
    ]


@router.post("/agreements/{agreement}/suspend", response=StateOut)
def suspend(request: HttpRequest, agreement: UUID, said: ReasonIn) -> Any:
    """Stop everything under an agreement at once."""
    services.suspend_agreement(
        operator=request.user, agreement_id=agreement, reason=said.reason, at=timezone.now()
    )
    return {"agreement": agreement, "state": state_now(current_agreement(agreement), timezone.now())}


@router.post("/agreements/{agreement}/lift", response=StateOut)
def lift(request: HttpRequest, agreement: UUID, said: ReasonIn) -> Any:
    """Lift our own suspension."""
    services.lift_agreement(
        operator=request.user, agreement_id=agreement, reason=said.reason, at=timezone.now()
    )
    return {"agreement": agreement, "state": state_now(current_agreement(agreement), timezone.now())}


@router.post("/agreements/{agreement}/comparisons", response={202: RunOut})
def start_comparison(request: HttpRequest, agreement: UUID) -> Any:
    """Begin to find people in common; the worker carries it through. Ask for the run until its state is done."""
    run = services.start_overlap(operator=request.user, agreement_id=agreement, at=timezone.now())
    tasks.carry_overlap.enqueue(str(run.id))
    return Status(202, _run(run))


@router.get("/comparisons/{run}", response=RunOut)
def read_comparison(request: HttpRequest, run: UUID) -> Any:
    """How far a comparison is, and what it found."""
    authorize(request.user, "agreement.see")
    found = queries.runs_for(request.user).filter(id=run).first()
    if found is None:
        raise NotFound("overlap-unknown", "This comparison is not known here.")
    return _run(found)


@router.post("/comparisons/{run}/resume", response={202: RunOut})
def resume_comparison(request: HttpRequest, run: UUID) -> Any:
    """Go on with a comparison that was cut."""
    authorize(request.user, "overlap.run")
    found = queries.runs_for(request.user).filter(id=run).first()
    if found is None:
        raise NotFound("overlap-unknown", "This comparison is not known here.")
    tasks.carry_overlap.enqueue(str(run))
    return Status(202, _run(found))


@router.get("/packages", response=list[PackageOut])
def list_packages(request: HttpRequest) -> Any:
    """The newest packages, sent and received."""
    authorize(request.user, "agreement.see")
    return [_package(each) for each in queries.packages_for(request.user)[:MOST]]


@router.post("/agreements/{agreement}/packages", response={201: PackageOut})
def make_package(request: HttpRequest, agreement: UUID) -> Any:
    """Write the next package."""
    return Status(
        201, _package(services.make_package(operator=request.user, agreement_id=agreement, at=timezone.now()))
    )


@router.post("/packages/{package}/deliver", response=PackageOut)
def deliver(request: HttpRequest, package: UUID) -> Any:
    """Bring a package to the partner; goes on where the last try was cut."""
    return _package(services.deliver_package(operator=request.user, package_id=package, at=timezone.now()))


@router.post("/agreements/{agreement}/equality", response=EqualityOut)
def prove_equality(request: HttpRequest, agreement: UUID) -> Any:
    """Prove with the partner that all settled values are equal, or name who differs."""
    found = services.prove_equality(operator=request.user, agreement_id=agreement, at=timezone.now())
    named = [person.id for person in queries.people_named(request.user, found.differing, at=timezone.now())]
    return {
        "equal": found.equal,
        "people": found.people,
        "waiting": found.waiting,
        "differing": named,
        "at": found.at,
    }


@router.get("/differences", response=list[ProposalOut])
def list_proposals(request: HttpRequest) -> Any:
    """Differences with partners that wait for a person."""
    authorize(request.user, "proposal.decide")
    waiting = list(queries.proposals_for(request.user)[:MOST])
    journal.record_read(
        by=request.user,
        people=[each.link.person_id for each in waiting],
        purpose="exchange",
        page="proposals",
        at=timezone.now(),
    )
    return [_proposal(each) for each in waiting]


@router.post("/differences/{proposal}", response=ProposalOut)
def decide_proposal(request: HttpRequest, proposal: UUID, said: DecisionIn) -> Any:
    """Take the partner's value over, or keep ours."""
    return _proposal(
        services.decide_proposal(
            operator=request.user, proposal_id=proposal, accept=said.accept, at=timezone.now()
        )
    )


def _run(run: OverlapRun) -> dict[str, Any]:
    return {
        "run": run.id,
        "state": run.state,
        "step": run.step,
        "reason": run.reason,
        "figures": run.figures,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
    }


def _package(package: Package) -> dict[str, Any]:
    return {
        "package": package.id,
        "agreement": package.agreement_key,
        "outgoing": package.outgoing,
        "sequence": package.sequence,
        "state": package.state,
        "counts": package.counts,
        "skipped": package.skipped,
        "reason": package.reason,
        "sealed_bytes": package.sealed_bytes,
        "made_at": package.made_at,
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "proposal": proposal.id,
        "person": proposal.link.person_id,
        "field": proposal.field,
        "ours": proposal.ours,
        "theirs": proposal.theirs,
        "partner": proposal.link.peer.name,
        "state": proposal.state,
    }
