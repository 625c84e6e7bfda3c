"""Readers: agreements with where they stand, packages, runs, differences and cases that this viewer may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from gada.agencies.models import Operator
from gada.agencies.queries import permissions_of
from gada.engine.refusal import NotFound
from gada.exchange.models import (
    Agreement,
    Link,
    Notice,
    OverlapRun,
    Package,
    PairCase,
    Peer,
    Proposal,
    RefusedPackage,
)
from gada.exchange.queries.extracts import (
    ExtractLine,
    ExtractSheet,
    extract_for,
    extracts_for,
    how_many_extracts_wait_for,
    served_by_partners,
    whose_code,
)
from gada.exchange.queries.known import Delivered, Ground, KnownTo, known_to, links_of, partner_data_of
from gada.exchange.queries.lending import (
    lend_own_signers,
    lend_partner_prints,
    lend_partner_signers,
    partner_prints_of,
)
from gada.exchange.rules.gate import state_of
from gada.exchange.services.standing import agreement_called, latest_notices, standing_of
from gada.journal.recording import record_read
from gada.people.models import Person
from gada.people.queries import seen_by

__all__ = [
    "AgreementLine",
    "Delivered",
    "ExtractLine",
    "ExtractSheet",
    "Ground",
    "KnownTo",
    "agreement_for",
    "agreements_for",
    "extract_for",
    "extracts_for",
    "how_many_extracts_wait_for",
    "known_to",
    "lend_own_signers",
    "lend_partner_prints",
    "lend_partner_signers",
    "links_of",
    "notices_of",
    "packages_for",
    "pair_cases_for",
    "partner_data_of",
    "partner_prints_of",
    "peers_for",
    "people_named",
    "proposals_for",
    "refused_packages_for",
    "runs_for",
    "served_by_partners",
    "whose_code",
]


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
        seen_by(viewer, "link__person__", action="proposal.decide"), state="open"
    )
    return rows.select_related("link__person", "link__peer").order_by("opened_at", "id")


def pair_cases_for(viewer: Operator) -> QuerySet[PairCase]:
    """Pairs that wait for our answer, about people at the viewer's sites."""
    rows = PairCase.objects.filter(seen_by(viewer, "person__", action="pair.judge"), our_answer="")
    return rows.select_related("person", "peer").order_by("opened_at", "id")


def people_named(viewer: Operator, people: Iterable[UUID], *, at: datetime) -> list[Person]:
    """These people, as far as they are at the viewer's sites; leaves a line for each."""
    found = list(
        Person.objects.filter(seen_by(viewer), id__in=list(people)).order_by("given", "id")[:200]
    )
    record_read(by=viewer, people=[person.id for person in found], purpose="exchange", page="equality", at=at)
    return found
