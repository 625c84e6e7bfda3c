"""Readers: agreements with where they stand, packages, runs, differences and cases that this viewer may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from gada.agencies.models import Operator
from gada.agencies.queries import permissions_of, sites_of
from gada.engine.refusal import NotFound
from gada.exchange.models import (
    Agreement,
    Link,
    Notice,
    OverlapRun,
    Package,
    PairCase,
    PartnerPrints,
    Peer,
    Proposal,
    RefusedPackage,
    Statement,
)
from gada.exchange.rules.gate import state_of
from gada.exchange.services.standing import agreement_called, latest_notices, standing_of
from gada.journal.recording import record_read
from gada.people.models import Person


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """An agreement in a list."""

    agreement: Agreement
    state: str
    links: int
    waiting: int


def agreements_for(viewer: Operator, *, at: datetime) -> list[AgreementLine]:
    """The newest version of each agreement, those in force first."""
    if "agreement.see" not in permissions_of(viewer):
        return []
    newest: dict[UUID, Agreement] = {}
    for agreement in Agreement.objects.select_related("peer").order_by("agreement_id", "version"):
        if (
            agreement.active_since
            or agreement.agreement_id not in newest
            or not newest[agreement.agreement_id].active_since
        ):
            newest[agreement.agreement_id] = agreement
    links = dict(Link.objects.filter(withdrawn_at=None).values_list("agreement_id").annotate(Count("id")))
    waiting = dict(
        Proposal.objects.filter(state="open").values_list("link__agreement_id").annotate(Count("id"))
    )
    lines = [
        AgreementLine(
            each,
            state_of(each.terms, standing_of(each), at),
            links.get(each.agreement_id, 0),
            waiting.get(each.agreement_id, 0),
        )
        for each in newest.values()
    ]
    return sorted(lines, key=lambda line: (line.state != "active", line.agreement.prepared_at))


def agreement_for(viewer: Operator, digest: str) -> Agreement:
    """One version. Raises NotFound for who may not see agreements."""
    if "agreement.see" not in permissions_of(viewer):
        raise NotFound("agreement-unknown", "This agreement is not known here.")
    return agreement_called(digest)


def notices_of(agreement: Agreement) -> list[Notice]:
    """The newest word of each side."""
    return latest_notices(agreement.agreement_id)


def packages_for(viewer: Operator, *, agreement_id: UUID | None = None) -> QuerySet[Package]:
    """Packages sent and received, newest first."""
    rows = Package.objects.select_related("peer").filter(
        Q() if "agreement.see" in permissions_of(viewer) else Q(pk=None)
    )
    return rows.filter(agreement_key=agreement_id) if agreement_id else rows


def refused_packages_for(viewer: Operator) -> QuerySet[RefusedPackage]:
    """Files that were refused whole."""
    return RefusedPackage.objects.select_related("peer").filter(
        Q() if "agreement.see" in permissions_of(viewer) else Q(pk=None)
    )


def peers_for(viewer: Operator) -> QuerySet[Peer]:
    """Partners."""
    return Peer.objects.filter(Q() if "agreement.see" in permissions_of(viewer) else Q(pk=None))


def runs_for(viewer: Operator, *, agreement_id: UUID | None = None) -> QuerySet[OverlapRun]:
    """Comparisons, newest first."""
    rows = OverlapRun.objects.select_related("peer", "agreement").filter(
        Q() if "agreement.see" in permissions_of(viewer) else Q(pk=None)
    )
    return rows.filter(agreement_key=agreement_id) if agreement_id else rows


def proposals_for(viewer: Operator) -> QuerySet[Proposal]:
    """Differences that wait, about people at the viewer's sites, oldest first."""
    rows = Proposal.objects.filter(
        state="open", link__person__site__in=sites_of(viewer, action="proposal.decide")
    )
    return rows.select_related("link__person", "link__peer").order_by("opened_at", "id")


def pair_cases_for(viewer: Operator) -> QuerySet[PairCase]:
    """Pairs that wait for our answer, about people at the viewer's sites."""
    rows = PairCase.objects.filter(our_answer="", person__site__in=sites_of(viewer, action="pair.judge"))
    return rows.select_related("person", "peer").order_by("opened_at", "id")


def partner_data_of(viewer: Operator, person_id: UUID) -> list[Statement]:
    """What partners said about a person, the newest of each field; only at the viewer's sites."""
    rows = Statement.objects.filter(
        link__person_id=person_id,
        link__person__site__in=sites_of(viewer),
        link__withdrawn_at=None,
        package__state="done",
    ).select_related("link__peer")
    newest: dict[tuple[UUID, str], Statement] = {}
    for said in rows.order_by("ordinal"):
        newest[said.link_id, said.field] = said
    return sorted(newest.values(), key=lambda said: (said.link.peer.name, said.field))


def links_of(viewer: Operator, person_id: UUID) -> QuerySet[Link]:
    """Partners who know this person too, at the viewer's sites."""
    return Link.objects.filter(
        person_id=person_id, person__site__in=sites_of(viewer), withdrawn_at=None
    ).select_related("peer")


def partner_prints_of(person_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """person → blobs of fingerprint records that a partner delivered to recognise them (never for show)."""
    found: dict[UUID, list[UUID]] = {}
    rows = PartnerPrints.objects.filter(
        link__person_id__in=person_ids, link__withdrawn_at=None, package__state="done"
    )
    for person_id, blob in rows.order_by("received_at").values_list("link__person_id", "blob"):
        found.setdefault(person_id, []).append(blob)
    return found


def people_named(viewer: Operator, people: Iterable[UUID], *, at: datetime) -> list[Person]:
    """These people, as far as they are at the viewer's sites; leaves a line for each."""
    found = list(
        Person.objects.filter(id__in=list(people), site__in=sites_of(viewer)).order_by("given", "id")[:200]
    )
    record_read(by=viewer, people=[person.id for person in found], purpose="exchange", page="equality", at=at)
    return found
