"""Readers: each takes `viewer` and returns only what that viewer's sites allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gada.agencies.models import Operator
from gada.agencies.queries import within
from gada.engine.linkage import Features, fold_name, search_keys
from gada.engine.linkage.keys import MOST_PER_KEY, nearest, signed
from gada.engine.refusal import Invalid, NotFound
from gada.people.features import phone_key
from gada.people.keeping_keys import key_number
from gada.people.models import Consent, Document, ErasedClass, Household, Membership, Person, SearchKey
from gada.people.retention import fields_of
from gada.people.rules import allows, read_number
from gada.people.words import Answer, PersonStatus, Purpose

PEOPLE_AT_ONCE, LONGEST_RANKING = 40, 20_000
KEYS_AT_ONCE = 200  # SQLite joins at most five hundred
PEOPLE_USUALLY = 100_000  # only the order of candidates hangs on it, and little
Id = TypeVar("Id")


def people_in(viewer: Operator) -> QuerySet[Person]:
    """Everybody at the sites of this viewer, of the programmes they work for there."""
    return Person.objects.filter(seen_by(viewer)).exclude(status=PersonStatus.ERASED)


def seen_by(viewer: Operator, person: str = "", *, action: str | None = None, at: datetime | None = None) -> Q:
    """What a row must fulfil that is about a person whom the viewer may see (with `action`: in a role that opens it).

    `person`: the path from the row to the person, such as `left__`; nothing for people themselves.
    """
    joined = Membership.objects.filter(person=OuterRef(f"{person}pk"), until=None)
    return within(
        viewer, site=f"{person}site", action=action, at=at,
        programme=lambda id_: Q(Exists(joined.filter(household__programme=id_))),
    )


def _members() -> Coalesce:
    """Open memberships of a household, counted for it alone: nothing is grouped, nothing else is read."""
    held = Membership.objects.filter(household=OuterRef("pk"), until=None).order_by().values("household")
    return Coalesce(Subquery(held.annotate(count=Count("id")).values("count")), 0)


def households_in(viewer: Operator) -> QuerySet[Household]:
    """Every household at the sites of this viewer, of their programmes, with its members counted."""
    return households_here(viewer).annotate(member_count=_members())


def households_here(viewer: Operator) -> QuerySet[Household]:
    """The same without the members counted: that would group every household of the site to show eight."""
    return Household.objects.filter(within(viewer))


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
    """People sharing search keys with these features, those first who share most, a rare key counting for more.

    A key that too many share is passed over: it says too little to be worth reading them all. Not limited to a
    viewer's sites: a duplicate may be anywhere. Callers show them only through a query that is.
    """
    return candidates_of({None: features}, most=most)[None]


def candidates_of(sought: Mapping[Id, Features], *, most: int = 500) -> dict[Id, list[UUID]]:
    """The same for several people at once: a family is looked for in one query, not in one for each of its keys."""
    keys = {id_: sorted(map(signed, search_keys(features))) for id_, features in sought.items()}
    holders = _holders_of(sorted({key for some in keys.values() for key in some}))
    return {
        id_: [
            each if isinstance(each, UUID) else UUID(each)
            for each in nearest({key: holders[key] for key in some if key in holders}, people=PEOPLE_USUALLY, most=most)
        ]
        for id_, some in keys.items()
    }


def people_registered() -> tuple[int, int]:
    """How many people a check looks through, and of how many sites.

    In the order of the table: by an index of sites it takes six times as long, and an index of who is active misleads
    SQLite in questions about a few people, nearly all of whom are.
    """
    active = Person.objects.filter(status=PersonStatus.ACTIVE).order_by()
    counted = active.aggregate(people=Count("pk"), sites=Count("site", distinct=True))
    return counted["people"], counted["sites"]


def _holders_of(keys: Sequence[int]) -> dict[int, list[Any]]:
    """Ids of those who have each key, as the database keeps them, and one more than is read of a common one.

    Written out: a registration asks for some eighty keys, and composing a query took longer than answering it.
    """
    of_one = f"SELECT key, person_id FROM {SearchKey._meta.db_table} WHERE key = %s LIMIT {MOST_PER_KEY + 1}"
    found: dict[int, list[Any]] = {}
    with connection.cursor() as cursor:
        for start in range(0, len(keys), KEYS_AT_ONCE):
            part = keys[start : start + KEYS_AT_ONCE]
            cursor.execute(" UNION ALL ".join([f"SELECT * FROM ({of_one}) AS held"] * len(part)), part)
            for key, person in cursor.fetchall():
                found.setdefault(key, []).append(person)
    return found


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
    if number := _as_number(text):
        by_household = Membership.objects.filter(household__number=number).values_list("person_id", flat=True)
        found = list(here.filter(number=number)) or list(here.filter(id__in=list(by_household)))
        if found:
            return found[:most]
    if sum(character.isdigit() for character in text) >= 6:
        by_phone = SearchKey.objects.filter(key=key_number(phone_key(text))).values_list("person_id", flat=True)
        by_document = Document.objects.filter(number="".join(text.split()).upper()).values_list("person_id", flat=True)
        if ids := {*by_phone[:MOST_PER_KEY], *by_document[:MOST_PER_KEY]}:
            found = list(here.filter(id__in=ids)[:most])
            if found:
                return found
    return _by_name(here, text, most, narrow=within is not None)


def _as_number(text: str) -> str:
    try:
        return read_number(text)
    except Invalid:
        return ""


def _by_name(here: QuerySet[Person], text: str, most: int, *, narrow: bool) -> list[Person]:
    """Names by their folded words: every spelling of a name finds every other; whoever has most of the words first."""
    words = sorted({key_number(f"w:{fold_name(word)}") for word in text.split() if fold_name(word)})
    if not words:
        return []
    sharing = SearchKey.objects.filter(key__in=words)
    if not narrow:
        # Counted in the index alone, then looked at in that order until the page is full: of those who share a name
        # most are usually at the viewer's sites, and a page shows few.
        ranked = _ranked(sharing, most=LONGEST_RANKING)
        found = _first_of(ranked, here, most)
        if len(found) == most or len(ranked) < LONGEST_RANKING:
            return found
    return _first_of(_ranked(sharing.filter(person__in=here), most=most), here, most)


def _ranked(sharing: QuerySet[SearchKey], *, most: int) -> list[UUID]:
    counted = sharing.values("person").annotate(shared=Count("id")).order_by("-shared", "person")
    return list(counted.values_list("person", flat=True)[:most])


def _first_of(ranked: Sequence[UUID], here: QuerySet[Person], most: int) -> list[Person]:
    found: list[Person] = []
    for start in range(0, len(ranked), PEOPLE_AT_ONCE):
        part = ranked[start : start + PEOPLE_AT_ONCE]
        people = {person.id: person for person in here.filter(id__in=part)}
        found += [people[person_id] for person_id in part if person_id in people]
        if len(found) >= most:
            break
    return found[:most]


def known_erasures(person_id: UUID, names: Iterable[str]) -> dict[str, Any]:
    """{"after": …} for facts that give a value where one was erased here: the newest erasure of each field or class."""
    held = dict(
        ErasedClass.objects.filter(person=person_id).order_by("version").values_list("kept", "version")
    )
    fields = {**held, **{name: version for kept, version in held.items() for name in fields_of(kept)}}
    after = {name: fields[name] for name in names if name in fields}
    return {"after": after} if after else {}
