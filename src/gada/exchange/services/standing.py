"""What the gate must know: where an agreement stands here, and the facts of each person it is asked about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.engine.refusal import NotFound
from gada.exchange.models import Agreement, Notice
from gada.exchange.rules.gate import PersonFacts, Standing, must, state_of
from gada.people.models import Membership, Person
from gada.people.queries import newest_answers
from gada.people.words import PersonStatus, Purpose

BATCH = 500


def agreement_called(digest: str) -> Agreement:
    """One version of an agreement. Raises NotFound `agreement-unknown`."""
    agreement = Agreement.objects.select_related("peer").filter(digest=digest).first()
    if agreement is None:
        raise NotFound("agreement-unknown", _("This agreement is not known here."))
    return agreement


def current_agreement(agreement_id: UUID) -> Agreement:
    """The newest version in force, else the newest text. Raises NotFound `agreement-unknown`."""
    versions = Agreement.objects.select_related("peer").filter(agreement_id=agreement_id)
    found = (
        versions.exclude(active_since=None).order_by("-version").first()
        or versions.order_by("-version").first()
    )
    if found is None:
        raise NotFound("agreement-unknown", _("This agreement is not known here."))
    return found


def standing_of(agreement: Agreement) -> Standing:
    """Signed, stopped, heard: as this node's log says."""
    newer = Agreement.objects.filter(agreement_id=agreement.agreement_id, version__gt=agreement.version)
    latest = {notice.ours: notice for notice in latest_notices(agreement.agreement_id)}
    peer = agreement.peer
    return Standing(
        active_since=agreement.active_since,
        superseded=newer.exclude(active_since=None).exists(),
        suspended_by_us=True in latest and latest[True].suspended,
        suspended_by_them=False in latest and latest[False].suspended,
        last_contact=peer.last_contact,
        peer_state=peer.state,
    )


def latest_notices(agreement_id: UUID) -> list[Notice]:
    """The newest notice of each side."""
    tops = Notice.objects.filter(agreement_id=agreement_id).values("ours").annotate(top=Max("serial"))
    condition = Q(pk=None)
    for row in tops:
        condition |= Q(agreement_id=agreement_id, ours=row["ours"], serial=row["top"])
    return list(Notice.objects.filter(condition))


def state_now(agreement: Agreement, at: datetime) -> str:
    """draft, active, suspended … as the gate sees it."""
    return state_of(agreement.terms, standing_of(agreement), at)


def must_send(agreement: Agreement, *, at: datetime) -> None:
    """Raises the Refusal of the gate unless we may deliver to the partner under this agreement now."""
    must(
        agreement.terms,
        standing_of(agreement),
        mode="delivery",
        sender=own_id(),
        recipient=agreement.peer_id,
        at=at,
    )


def own_id() -> UUID:
    return vault.identity().node_id


def person_facts(people: Iterable[UUID]) -> dict[UUID, PersonFacts]:
    """The gate's view of these people, in a handful of queries per five hundred."""
    facts: dict[UUID, PersonFacts] = {}
    for part in parted(people):
        sharing, prints = newest_answers(part, Purpose.SHARING), newest_answers(part, Purpose.PRINTS)
        programmes: dict[UUID, set[str]] = {}
        rows = Membership.objects.filter(person_id__in=part, until=None).exclude(household__programme=None)
        for person_id, programme_id in rows.values_list("person_id", "household__programme_id"):
            programmes.setdefault(person_id, set()).add(str(programme_id))
        for person in Person.objects.filter(id__in=part):
            facts[person.id] = PersonFacts(
                site=str(person.site_id),
                programmes=frozenset(programmes.get(person.id, ())),
                status=person.status,
                residence_status=person.residence_status,
                nationality=person.nationality,
                sharing=sharing.get(person.id),
                prints=prints.get(person.id),
                needs_protection=person.needs_protection,
                unaccompanied=person.unaccompanied,
            )
    return facts


def registered_people() -> Iterator[UUID]:
    """Everybody who is registered here, in the order of their ids."""
    people = Person.objects.exclude(status__in=[PersonStatus.ERASED, PersonStatus.WITHDRAWN]).order_by("id")
    yield from people.values_list("id", flat=True).iterator(2000)


def parted(people: Iterable[UUID]) -> Iterator[list[UUID]]:
    """These ids in parts that one query can name."""
    part: list[UUID] = []
    for person_id in people:
        part.append(person_id)
        if len(part) == BATCH:
            yield part
            part = []
    if part:
        yield part
