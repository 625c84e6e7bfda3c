"""People with their households as the linkage engine weighs them: five queries for any number up to 500."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django.conf import settings

from gada.biometrics.queries import usable_fingers_of
from gada.engine.fingerprint import compare
from gada.engine.linkage import Decision, Features, Relative
from gada.engine.linkage.batch.population import LARGEST_REGISTRATION
from gada.engine.linkage.model import Model, read_model
from gada.engine.linkage.usual import USUAL
from gada.matching.rules import Comparing, Part, Templates, weigh_pair
from gada.people.features import features_from_facts, features_of
from gada.people.models import Document, Membership, Person
from gada.people.words import PersonStatus, Recipient, Relationship

BATCH = 500
SAID = (
    "id", "given", "surname", "father", "mother", "sex", "birth_from", "birth_to", "birth_precision", "birth_source",
    "phone",
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One registered person ready to be compared."""

    person: Person
    features: Features
    parts: tuple[Part, ...]

    @property
    def households(self) -> frozenset[UUID]:
        return frozenset(part.household for part in self.parts)

    @property
    def leads(self) -> bool:
        return any(part.leads for part in self.parts)


def weighed_people(people: Iterable[UUID]) -> dict[UUID, Weighed]:
    """Those of these people who are registered now (not withdrawn, deceased or erased)."""
    ids = list(dict.fromkeys(people))
    found: dict[UUID, Weighed] = {}
    for start in range(0, len(ids), BATCH):
        found |= _weighed(ids[start : start + BATCH])
    return found


def weigh_now(
    left: Weighed, right: Weighed, *, people: int | None = None, fingers: Mapping[UUID, Templates] | None = None,
    comparing: Comparing = compare,
) -> Decision:
    """The evidence of two people as it is now, with every finger that both have.

    `people`: among how many they are weighed (None: everybody registered now, counted); `fingers`: theirs, if read.
    """
    held = usable_fingers_of([left.person.id, right.person.id]) if fingers is None else fingers
    return weigh_pair(
        left.features, right.features, held.get(left.person.id, {}), held.get(right.person.id, {}),
        people=people_known() if people is None else people, comparing=comparing, model=model_in_use(),
    )


def model_in_use() -> Model:
    """The linkage model of this node: the file that the settings name, else the usual one.

    Raises Invalid `model-unreadable`.
    """
    return own_model() or USUAL


@lru_cache(maxsize=1)
def own_model() -> Model | None:
    """The model trained on this agency's own people, if the settings name one."""
    return read_model(Path(settings.LINKAGE_MODEL)) if settings.LINKAGE_MODEL else None


def people_known() -> int:
    """How many people are registered here now."""
    return Person.objects.filter(status=PersonStatus.ACTIVE).count()


def _weighed(ids: list[UUID]) -> dict[UUID, Weighed]:
    people = Person.objects.filter(id__in=ids, status=PersonStatus.ACTIVE).select_related("site").in_bulk()
    own = list(Membership.objects.filter(person__in=people, until=None).select_related("household"))
    open_ = Membership.objects.filter(household__in={m.household_id for m in own}, until=None)
    members: dict[UUID, list[Membership]] = {}
    for membership in open_.select_related("person").order_by("since", "id"):
        members.setdefault(membership.household_id, []).append(membership)
    documents: dict[UUID, list[Document]] = {}
    for document in Document.objects.filter(person__in=people):
        documents.setdefault(document.person_id, []).append(document)
    mine: dict[UUID, list[Membership]] = {}
    for membership in own:
        mine.setdefault(membership.person_id, []).append(membership)
    return {
        id_: _weigh(person, mine.get(id_, []), members, documents.get(id_, [])) for id_, person in people.items()
    }


def _weigh(
    person: Person, own: list[Membership], members: Mapping[UUID, list[Membership]], documents: list[Document]
) -> Weighed:
    household = own[0].household if own else None
    features = features_of(
        person, documents=documents, place=household.place if household else "",
        origin=household.origin if household else "",
    )
    others = [m for m in members.get(household.id, []) if m.person_id != person.id] if household else []
    others = others if len(others) <= LARGEST_REGISTRATION else []
    parts = tuple(
        Part(m.household_id, m.relationship == Relationship.HEAD or m.recipient != Recipient.NONE,
             len(members.get(m.household_id, [])))
        for m in own
    )
    return Weighed(
        person,
        replace(
            features, household=tuple(_relative(m) for m in others),
            is_head=any(m.relationship == Relationship.HEAD for m in own),
        ),
        parts,
    )


def _relative(membership: Membership) -> Relative:
    features = features_of(membership.person, documents=())
    return Relative(
        given=features.given, surname=features.surname, sex=features.sex, birth=features.birth,
        is_head=membership.relationship == Relationship.HEAD,
    )


def everybody(*, newest: UUID | None = None) -> Iterator[tuple[UUID, UUID | None, Features]]:
    """Everybody registered here (up to `newest`) with the household they are in: plain values, no rows as objects."""
    here = Person.objects.filter(status=PersonStatus.ACTIVE).order_by("id")
    if newest is not None:
        here = here.filter(id__lte=newest)
    last = UUID(int=0)
    while people := list(here.filter(id__gt=last).values(*SAID)[:BATCH]):
        ids = [person["id"] for person in people]
        members = Membership.objects.filter(person__in=ids, until=None).order_by("-since", "-id")
        homes = {row[0]: row[1:] for row in members.values_list(
            "person_id", "household_id", "household__place", "household__origin"
        )}
        papers: dict[UUID, list[dict[str, str]]] = {}
        for id_, kind, number in Document.objects.filter(person__in=ids).values_list("person_id", "kind", "number"):
            papers.setdefault(id_, []).append({"kind": kind, "number": number})
        for person in people:
            home, place, origin = homes.get(person["id"], (None, "", ""))
            facts = {**person, "documents": papers.get(person["id"], ())}
            yield person["id"], home, features_from_facts(facts, place=place, origin=origin)
        last = ids[-1]
