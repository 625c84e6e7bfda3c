"""Readers: each takes `viewer` and returns only what that viewer's sites allow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gada.agencies.models import Operator
from gada.agencies.queries import sites_of
from gada.engine.linkage import Features, fold_name, search_keys
from gada.engine.refusal import Invalid, NotFound
from gada.people.keeping_keys import key_number
from gada.people.models import Consent, Household, Membership, Person, SearchKey
from gada.people.rules import allows, read_number
from gada.people.words import Answer, PersonStatus, Purpose

MOST_PER_KEY = 2000  # a key held by more people says too little to be worth reading them all


def people_in(viewer: Operator) -> QuerySet[Person]:
    """Everybody at the sites of this viewer."""
    return Person.objects.filter(site__in=sites_of(viewer)).exclude(status=PersonStatus.ERASED)


def _members() -> Coalesce:
    """Open memberships of a household, counted for it alone: nothing is grouped, nothing else is read."""
    held = Membership.objects.filter(household=OuterRef("pk"), until=None).order_by().values("household")
    return Coalesce(Subquery(held.annotate(count=Count("id")).values("count")), 0)


def households_in(viewer: Operator) -> QuerySet[Household]:
    """Every household at the sites of this viewer, with its members counted."""
    return Household.objects.filter(site__in=sites_of(viewer)).annotate(member_count=_members())


def person_for(viewer: Operator, person_id: UUID) -> Person:
    """One person with documents, answers and memberships. Raises NotFound outside the viewer's sites."""
    person = (
        people_in(viewer).select_related("site")
        .prefetch_related(
            "documents", Prefetch("consents", Consent.objects.order_by("lamport")),
            Prefetch("memberships", Membership.objects.select_related("household").order_by("since")),
        )
        .filter(id=person_id).first()
    )
    if person is None:
        raise NotFound("person-unknown", "Nobody is registered under this number.")
    return person


def household_for(viewer: Operator, household_id: UUID) -> Household:
    """One household with its open memberships and people."""
    members = Membership.objects.filter(until=None).select_related("person").order_by("since", "id")
    household = (
        households_in(viewer).select_related("site", "programme")
        .prefetch_related(Prefetch("memberships", members, to_attr="open_memberships")).filter(id=household_id).first()
    )
    if household is None:
        raise NotFound("household-unknown", "There is no household under this number.")
    return household


def candidate_ids(features: Features, *, most: int = 500) -> list[UUID]:
    """People sharing a search key with these features, most shared keys first.

    Not limited to a viewer's sites: a duplicate may be anywhere. Callers show them only through a query that is.
    """
    keys = sorted(map(key_number, search_keys(features)))
    counts: dict[UUID, int] = {}
    for key in keys:
        for person_id in SearchKey.objects.filter(key=key).values_list("person_id", flat=True)[:MOST_PER_KEY]:
            counts[person_id] = counts.get(person_id, 0) + 1
    return sorted(counts, key=lambda person_id: (-counts[person_id], person_id))[:most]


def newest_answers(people: Iterable[UUID], purpose: str) -> dict[UUID, str]:
    """The newest answer of each person to one purpose (absent: never asked)."""
    answers: dict[UUID, str] = {}
    ids = list(people)
    for start in range(0, len(ids), 500):
        rows = Consent.objects.filter(person_id__in=ids[start : start + 500], purpose=purpose).order_by("lamport", "id")
        answers.update(rows.values_list("person_id", "answer"))
    return answers


def may_use(people: Iterable[UUID], purpose: str, *, default: bool = False) -> set[UUID]:
    """Those whose newest answer lets this purpose go on."""
    ids = list(people)
    answers = newest_answers(ids, purpose)
    return {person_id for person_id in ids if allows(answers.get(person_id), default=default)}


def registered_since(viewer: Operator, since: datetime) -> dict[str, int]:
    """Today's figures: households and people registered since a moment."""
    people = people_in(viewer).filter(enrolled_at__gte=since)
    refused = Consent.objects.filter(person__in=people, purpose=Purpose.PRINTS, answer=Answer.NO)
    return {
        "households": households_in(viewer).filter(enrolled_at__gte=since).count(),
        "people": people.count(), "refused_prints": refused.values("person").distinct().count(),
    }


def search_people(
    viewer: Operator, text: str, *, most: int = 20, within: QuerySet[Person] | None = None
) -> list[Person]:
    """People at this viewer's sites by number, phone, document or name — whatever was typed.

    `within` limits to some of them, such as the people of a list.
    """
    text = " ".join(text.split())
    here = people_in(viewer).select_related("site")
    if within is not None:
        here = here.filter(id__in=within.values("id"))
    if not text:
        return []
    by_number = here.filter(number=_as_number(text)) | here.filter(memberships__household__number=_as_number(text))
    if found := list(by_number.distinct()[:most]):
        return found
    digits = "".join(character for character in text if character.isdigit())
    if len(digits) >= 6:
        plain = "".join(text.split()).upper()
        found = list((here.filter(phone__endswith=digits[-8:]) | here.filter(documents__number=plain)).distinct()[:most])
        if found:
            return found
    return _by_name(here, text, most)


def _as_number(text: str) -> str:
    try:
        return read_number(text)
    except Invalid:
        return ""


def _by_name(here: QuerySet[Person], text: str, most: int) -> list[Person]:
    """Names by their folded words: every spelling of a name finds every other; whoever has most of the words first."""
    words = sorted({key_number(f"w:{fold_name(word)}") for word in text.split() if fold_name(word)})
    rows = (
        SearchKey.objects.filter(key__in=words, person__in=here).values("person")
        .annotate(shared=Count("key", distinct=True)).order_by("-shared", "person")[:most]
    )
    ranked = [row["person"] for row in rows]
    people = {person.id: person for person in here.filter(id__in=ranked)}
    return [people[person_id] for person_id in ranked if person_id in people]
