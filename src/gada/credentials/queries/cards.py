"""Readers of cards: where each stands, what waits for the printer, whose a number is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, QuerySet, Subquery, Value, When

from gada.agencies.models import Operator, Site
from gada.agencies.queries import sites_of
from gada.credentials.models import Card, Copy, State, Step
from gada.engine.refusal import Invalid, NotFound
from gada.people.models import Membership, Person
from gada.people.queries import people_in
from gada.people.rules import read_number
from gada.people.words import PersonStatus

COLLECTORS, EVERYBODY = "collectors", "everybody"


def with_states(cards: QuerySet[Card]) -> QuerySet[Any]:
    """Each card with its `state`, its `newest` copy (id), that copy's `serial` and how many `copies_made`."""
    copies = Copy.objects.filter(card=OuterRef("pk")).order_by("-lamport", "-id")
    made = copies.order_by().values("card").annotate(count=Count("id")).values("count")
    steps = Step.objects.filter(card=OuterRef("pk"))
    return cards.annotate(
        newest=Subquery(copies.values("id")[:1]),
        serial=Subquery(copies.values("serial")[:1]),
        copies_made=Subquery(made),
        has_confirmed=Exists(steps.filter(what=State.CONFIRMED, copy=OuterRef("newest"))),
        state=Case(
            When(Exists(steps.filter(what=State.CANCELLED)), then=Value(State.CANCELLED.value)),
            When(Exists(steps.filter(what=State.LOST)), then=Value(State.LOST.value)),
            When(newest=None, then=Value(State.ISSUED.value)),
            When(has_confirmed=True, then=Value(State.CONFIRMED.value)),
            default=Value(State.PRINTED.value),
            output_field=CharField(),
        ),
    )


def live(cards: QuerySet[Card]) -> QuerySet[Card]:
    """Those that still count."""
    ended = Step.objects.filter(card=OuterRef("pk"), what__in=[State.LOST, State.CANCELLED])
    return cards.filter(~Exists(ended))


def cards_for(viewer: Operator, *, site: Site | None = None) -> QuerySet[Any]:
    """Every card of people at the viewer's sites, oldest first, with where it stands."""
    people = people_in(viewer).filter(site=site) if site else people_in(viewer)
    found = Card.objects.filter(person__in=people).select_related("person__site")
    return with_states(found).order_by("issued_at", "id")


def cards_of(viewer: Operator, person_id: UUID) -> list[Any]:
    """Every card that this person was ever issued, newest first; of nobody outside the viewer's sites."""
    return list(cards_for(viewer).filter(person=person_id).order_by("-issued_at", "-id"))


def counts_for(viewer: Operator, *, site: Site | None = None) -> dict[str, int]:
    """How many cards stand where."""
    rows = cards_for(viewer, site=site).order_by().values_list("state").annotate(count=Count("id"))
    found: dict[str, int] = dict(rows)
    return {state.value: found.get(state.value, 0) for state in State}


def people_without_card(
    viewer: Operator, *, site: Site | None = None, who: str = COLLECTORS
) -> QuerySet[Person]:
    """Registered people who hold no card that counts: those who collect for a family, or everybody."""
    held = live(Card.objects.filter(person=OuterRef("pk")))
    found = people_in(viewer).filter(~Exists(held), status=PersonStatus.ACTIVE, site__in=sites_of(viewer))
    if site:
        found = found.filter(site=site)
    if who == COLLECTORS:
        collecting = Membership.objects.filter(person=OuterRef("pk"), until=None).exclude(recipient="")
        found = found.filter(Exists(collecting))
    return found.select_related("site").order_by("enrolled_at", "id")


def people_with_two_cards(viewer: Operator, *, site: Site | None = None, most: int = 20) -> list[Person]:
    """Those who hold two cards that count: two laptops issued one each before they heard of each other."""
    people = people_in(viewer).filter(site=site) if site else people_in(viewer)
    held = live(Card.objects.filter(person__in=people)).values("person").annotate(count=Count("id"))
    return list(people.filter(id__in=held.filter(count__gt=1).values("person")).order_by("enrolled_at", "id")[:most])


def cards_called(viewer: Operator, ids: Collection[UUID]) -> list[Any]:
    """Some cards in the order asked, with where they stand. Raises NotFound when one is not the viewer's."""
    found = {card.id: card for card in cards_for(viewer).filter(id__in=list(ids))}
    if missing := [id_ for id_ in ids if id_ not in found]:
        raise NotFound("card-unknown", "There is no card of this number here.", missing=len(missing))
    return [found[id_] for id_ in ids]


def copies_of_batch(viewer: Operator, batch: UUID) -> list[Copy]:
    """What was printed together, in the order of printing. Raises NotFound."""
    people = people_in(viewer).values("id")
    copies = Copy.objects.filter(batch=batch, card__person__in=people).select_related("card__person__site__agency")
    found = list(copies.order_by("lamport", "id"))
    if not found:
        raise NotFound("print-unknown", "Nothing was printed under this number here.")
    return found


def confirmed_copies(copies: Sequence[Copy]) -> set[UUID]:
    """Those of them that came out well."""
    steps = Step.objects.filter(copy__in=[copy.id for copy in copies], what=State.CONFIRMED)
    return {copy for copy in steps.values_list("copy", flat=True) if copy}


def batches_for(viewer: Operator, *, most: int = 10) -> list[dict[str, Any]]:
    """What was printed last: when, how many copies, how many of them are confirmed."""
    done = Step.objects.filter(copy=OuterRef("pk"), what=State.CONFIRMED)
    copies = Copy.objects.filter(card__person__in=people_in(viewer).values("id")).annotate(done=Exists(done))
    rows: QuerySet[Any, Any] = copies.values("batch", "paper", "printed_at").annotate(
        count=Count("id"), confirmed=Count(Case(When(done=True, then=F("id"))))
    )
    return list(rows.order_by("-printed_at")[:most])


def has_successor(card: Card) -> bool:
    """Whether a card was issued in its place."""
    return Card.objects.filter(replaces=card.id).exists()


def ending_of(card: Card) -> Step | None:
    """How it ended: cancelled, or lost; None while it counts."""
    ends = Step.objects.filter(card=card, what__in=[State.LOST, State.CANCELLED])
    return ends.order_by("what", "lamport", "id").first()


def person_of_number(viewer: Operator, text: str) -> Person | None:
    """Whose card bears this number, at the viewer's sites; a cancelled one still says whose it was."""
    try:
        number = read_number(text)
    except Invalid:
        return None
    held = Card.objects.filter(number=number).order_by("lamport", "id").values_list("person_id", flat=True)
    return people_in(viewer).select_related("site").filter(id__in=list(held)).first()
