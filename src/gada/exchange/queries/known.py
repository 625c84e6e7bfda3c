"""Known to partners: with whom a person is linked and why, and what each partner delivered about them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from gada.agencies.models import Operator
from gada.engine.refusal import Refusal
from gada.exchange.models import Agreement, Link, OverlapRun, PartnerPrints, Proposal, Statement
from gada.exchange.rules.fields import LABELS, PRINTS, same_value
from gada.exchange.rules.gate import Standing, state_of
from gada.exchange.rules.keeping import kept_until, may_use
from gada.exchange.rules.sentences import value_in_words
from gada.exchange.rules.terms import Terms
from gada.exchange.services.standing import current_agreement, own_id, standing_of
from gada.exchange.services.values import compositions_of, values_of
from gada.journal.models import LogEntry
from gada.journal.reading import open_entries
from gada.people.models import Person
from gada.people.queries import seen_by


@dataclass(frozen=True, slots=True)
class Delivered:
    """One field that a partner delivered. Where `shut` says why not, the value stays closed and is not used."""

    field: str
    label: str
    received_at: datetime
    kept_until: datetime
    shut: Refusal | None = None
    theirs: str = ""
    ours: str = ""
    differs: bool = False
    proposal: UUID | None = None  # waits for a person

    @property
    def is_prints(self) -> bool:
        return self.field == PRINTS


@dataclass(frozen=True, slots=True)
class Ground:
    """How it was decided that two people are one: by adjudicators of both sides, or by the agreed rule."""

    by_people: bool
    total: int | None = None  # tenths of a power of ten, as the comparison added them up
    fingers: int = 0
    version: int | None = None  # of the agreement at that comparison


@dataclass(frozen=True, slots=True)
class KnownTo:
    """One partner who knows this person too."""

    link: Link
    agreement: Agreement
    state: str
    ground: Ground
    delivered: tuple[Delivered, ...]

    @property
    def waiting(self) -> bool:
        return any(each.proposal for each in self.delivered)


@dataclass(frozen=True, slots=True)
class Stands:
    """An agreement and where it stands, read once for all its links."""

    agreement: Agreement
    terms: Terms
    standing: Standing


def known_to(viewer: Operator, person_id: UUID, *, at: datetime) -> list[KnownTo]:
    """Each partner linked with somebody at the viewer's sites; one query when there is none."""
    links = list(links_of(viewer, person_id).select_related("person").order_by("made_at", "id"))
    if not links:
        return []
    stands = _stands(link.agreement_id for link in links)
    said = partner_data_of(viewer, person_id)
    prints = PartnerPrints.objects.filter(link__in=links, package__state="done").order_by("received_at", "id")
    waiting = {
        (link_id, field): id_
        for link_id, field, id_ in Proposal.objects.filter(link__in=links, state="open")
        .order_by("opened_at")
        .values_list("link_id", "field", "id")
    }
    ours = _our_values(links[0].person, {each.field for each in said})
    grounds = _grounds(person_id)
    found = []
    for link in links:
        here = stands[link.agreement_id]
        rows = [
            _said(each, here, ours=_ours(each, link, ours), proposal=waiting.get((link.id, each.field)), at=at)
            for each in said
            if each.link_id == link.id
        ]
        rows += [_prints(each, here, link, at=at) for each in prints if each.link_id == link.id]
        state = state_of(here.terms, here.standing, at)
        found.append(KnownTo(link, here.agreement, state, grounds.get(link.id, Ground(False)), tuple(rows)))
    return found


def partner_data_of(viewer: Operator, person_id: UUID) -> list[Statement]:
    """What partners said about a person, the newest of each field; only at the viewer's sites."""
    rows = Statement.objects.filter(
        seen_by(viewer, "link__person__"),
        link__person_id=person_id,
        link__withdrawn_at=None,
        package__state="done",
    ).select_related("link__peer")
    newest: dict[tuple[UUID, str], Statement] = {}
    for said in rows.order_by("ordinal"):
        newest[said.link_id, said.field] = said
    order = list(LABELS)
    return sorted(newest.values(), key=lambda said: (said.link.peer.name, order.index(said.field)))


def links_of(viewer: Operator, person_id: UUID) -> QuerySet[Link]:
    """Partners who know this person too, at the viewer's sites."""
    return Link.objects.filter(
        seen_by(viewer, "person__"), person_id=person_id, withdrawn_at=None
    ).select_related("peer")


def _stands(agreements: Iterable[UUID]) -> dict[UUID, Stands]:
    found = {}
    for agreement_id in set(agreements):
        agreement = current_agreement(agreement_id)
        found[agreement_id] = Stands(agreement, agreement.terms, standing_of(agreement))
    return found


def _why_not(here: Stands, field: str, received_at: datetime, at: datetime) -> Refusal | None:
    partner = here.agreement.peer_id
    return may_use(
        here.terms, here.standing, partner=partner, own=own_id(), field=field, received_at=received_at, at=at
    )


def _said(said: Statement, here: Stands, *, ours: Any, proposal: UUID | None, at: datetime) -> Delivered:
    shut = _why_not(here, said.field, said.received_at, at)
    until = kept_until(here.terms, said.field, said.received_at)
    label = str(LABELS[said.field])
    if shut is not None:
        return Delivered(said.field, label, said.received_at, until, shut, proposal=proposal)
    return Delivered(
        said.field, label, said.received_at, until,
        theirs=value_in_words(said.field, said.value),
        ours=value_in_words(said.field, ours) if ours is not None else "",
        differs=ours is None or not same_value(said.field, ours, said.value),
        proposal=proposal,
    )  # fmt: skip


def _prints(prints: PartnerPrints, here: Stands, link: Link, *, at: datetime) -> Delivered:
    until = kept_until(here.terms, PRINTS, prints.received_at)
    shut = _why_not(here, PRINTS, prints.received_at, at)
    return Delivered(PRINTS, str(LABELS[PRINTS]), prints.received_at, until, shut)


def _our_values(person: Person, fields: set[str]) -> dict[str, Any]:
    values = values_of([person.id], fields - {"household"}).get(person.id, {})
    if "phone" in fields:  # never given on when it is not safe, but on its own page it is the one we hold
        values["phone"] = re.sub(r"[^0-9+]", "", person.phone)
    return values


def _ours(said: Statement, link: Link, ours: dict[str, Any]) -> Any:
    if said.field != "household":
        return ours.get(said.field)
    return compositions_of([link.person_id], link.agreement_id).get(link.person_id)


def _grounds(person_id: UUID) -> dict[UUID, Ground]:
    """link → how it was decided, as the entry that made it says."""
    rows = LogEntry.objects.filter(action="link.made", about_type="person", about_id=person_id)
    opened = [each for each in open_entries(rows) if each.facts]
    runs = {each.facts["run"] for each in opened if each.facts and each.facts["run"]}
    versions = {
        str(id_): version
        for id_, version in OverlapRun.objects.filter(id__in=runs).values_list("id", "agreement__version")
    }
    return {
        UUID(each.facts["id"]): Ground(
            by_people=each.row.by_type == "pair",
            total=each.facts["total"],
            fingers=len(each.facts["print_scores"]),
            version=versions.get(str(each.facts["run"])),
        )
        for each in opened
        if each.facts
    }
