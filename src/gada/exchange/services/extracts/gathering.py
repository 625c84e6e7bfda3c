"""Which families go into an extract, what is said of each, and who is left out and why: the gate, for everybody."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from gada import vault
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.queries import sites_of
from gada.assistance.models import DistributionList, Entitlement, EntitlementStatus
from gada.engine.proof.secrets import derive
from gada.exchange.models import Extract
from gada.exchange.rules.extracts import SHIELDS, Place, Source, ground_of, row_code
from gada.exchange.rules.gate import Ground, PersonFacts, may_leave
from gada.exchange.services.standing import parted, person_facts
from gada.exchange.services.values import value_of_person
from gada.journal import Scope
from gada.matching.queries import canonical_household_of
from gada.people.models import Household, Membership, Person
from gada.people.queries import households_here
from gada.people.words import HouseholdStatus, PersonStatus, Recipient, Relationship, Sex

YEARS_OF_A_SMALL_CHILD = 5
BY_TURN = {Recipient.PRINCIPAL: 0, Recipient.NONE: 1, Recipient.ALTERNATE: 2}


@dataclass(frozen=True, slots=True)
class Family:
    """One row: its code, who is named, and the fields of the request."""

    household: UUID
    person: UUID
    code: str
    values: Mapping[str, Any]


@dataclass(slots=True)
class Gathered:
    """Who goes in, in the order of their codes, and how many families stay out for which reason."""

    families: list[Family] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def ground_for(extract: Extract, *, at: datetime, field: str | None = None) -> Ground:
    """What the gate is asked on for this extract now."""
    own = vault.identity()
    return ground_of(
        ours=Place(own.kind, own.country), theirs=Place(extract.kind, extract.country), field=field,
        legal_basis=extract.legal_basis, fields=extract.fields, state=extract.state_at(at),
    )


def scope_of_extract(agency: UUID, of: DistributionList | Site | Programme | None) -> Scope:
    if isinstance(of, DistributionList):
        return Scope(agency=agency, site=of.site_id, programme=of.cycle.intervention.programme_id)
    if isinstance(of, Site):
        return Scope(agency=agency, site=of.id)
    return Scope(agency=agency, programme=of.id if of is not None else None)


def gather(extract: Extract, *, operator: Operator, at: datetime) -> Gathered:
    """Ask the gate about every family of the request that this operator may make it for. Writes nothing."""
    found, key = Gathered(), derive(vault.node_key(), purpose="extract-rows")
    homes = _standing(_asked(extract, found.left_out), operator, found.left_out)
    for part in parted(sorted(homes)):
        _gather_part(extract, {id_: homes[id_] for id_ in part}, found, key, at=at)
    found.families.sort(key=lambda family: family.code)
    return found


def _asked(extract: Extract, left_out: Counter[str]) -> set[UUID]:
    if extract.source == Source.LIST:
        owed = Entitlement.objects.filter(list=extract.of)
        left_out["family-duplicate"] += owed.filter(status=EntitlementStatus.HELD).count()
        owed = owed.exclude(status__in=[EntitlementStatus.CANCELLED, EntitlementStatus.HELD])
        return set(owed.values_list("household_id", flat=True))
    if extract.source == Source.NUMBERS:
        return {UUID(id_) for id_ in extract.households}
    where = {"site": extract.of} if extract.source == Source.SITE else {"programme": extract.of}
    return set(Household.objects.filter(**where).values_list("id", flat=True))


def _standing(asked: set[UUID], operator: Operator, left_out: Counter[str]) -> dict[UUID, Household]:
    """Those who still stand, each family once: a joined one as the one that goes on, a duplicate as its first."""
    homes = _held(asked)
    for turn in range(8):  # joined to one that was joined since
        joined = {home.merged_into for home in homes.values() if home.merged_into} - set(homes)
        if not joined or turn == 7:
            break
        homes |= _held(joined)
    seen = households_here(operator).filter(site__in=sites_of(operator, action="extract.make"))
    here = {id_ for part in parted(homes) for id_ in seen.filter(id__in=part).values_list("id", flat=True)}
    ahead = canonical_household_of(homes)
    kept: dict[UUID, Household] = {}
    families: set[UUID] = set()
    for home in sorted(homes.values(), key=lambda home: (home.id != ahead[home.id], str(home.id))):
        if home.status == HouseholdStatus.MERGED:
            left_out["family-joined"] += 1
        elif home.status != HouseholdStatus.ACTIVE:
            left_out["family-withdrawn"] += 1
        elif home.id not in here:
            left_out["family-elsewhere"] += 1
        elif ahead[home.id] in families:
            left_out["family-duplicate"] += 1
        else:
            families.add(ahead[home.id])
            kept[home.id] = home
    return kept


def _held(ids: Iterable[UUID]) -> dict[UUID, Household]:
    rows = (Household.objects.filter(id__in=part).select_related("site") for part in parted(ids))
    return {home.id: home for part in rows for home in part}


def _gather_part(
    extract: Extract, homes: Mapping[UUID, Household], found: Gathered, key: bytes, *, at: datetime
) -> None:
    members: dict[UUID, list[Membership]] = defaultdict(list)
    for row in Membership.objects.filter(household__in=homes, until=None).select_related("person"):
        members[row.household_id].append(row)
    facts = person_facts({row.person_id for rows in members.values() for row in rows})
    ground = ground_for(extract, at=at)
    grounds = [ground_for(extract, at=at, field=name) for name in extract.fields]
    for id_, home in homes.items():
        named = _who_collects(members[id_])
        if named is None:
            found.left_out["person-outside"] += 1
        elif (why := _why_not(named, members[id_], facts, ground, grounds)) is not None:
            found.left_out[why] += 1
        else:
            values = {name: _value(name, home, named.person, members[id_], at) for name in extract.fields}
            found.families.append(Family(id_, named.person_id, row_code(key, extract.id, id_), values))


def _who_collects(members: Iterable[Membership]) -> Membership | None:
    """The one who is named: the principal recipient, else the head, else another recipient."""
    able = [
        row for row in members
        if row.person.status == PersonStatus.ACTIVE
        and (row.recipient != Recipient.NONE or row.relationship == Relationship.HEAD)
    ]
    return min(able, key=lambda row: (BY_TURN[Recipient(row.recipient)], str(row.id)), default=None)


def _why_not(
    named: Membership, members: Iterable[Membership], facts: Mapping[UUID, PersonFacts], ground: Ground,
    grounds: Iterable[Ground],
) -> str | None:
    """The gate's reason against a family: against who is named, any field, or a member whom it shields."""
    for each in (ground, *grounds):
        if (refusal := may_leave(each, person=facts[named.person_id])) is not None:
            return refusal.code
    for row in members:
        refusal = may_leave(ground, person=facts[row.person_id])
        if refusal is not None and refusal.code in SHIELDS:
            return refusal.code
    return None


def _value(name: str, home: Household, person: Person, members: list[Membership], at: datetime) -> Any:
    own = [row for row in members if row.relationship != Relationship.COLLECTOR]
    match name:
        case "name":
            return f"{person.given} {person.surname}".strip()
        case "size":
            return len(own)
        case "place":
            return home.site.name
        case "number":
            return home.number
        case "home":
            return home.place
        case "phone":
            return value_of_person(person, "phone")
        case "sex":
            return {Sex.FEMALE: "F", Sex.MALE: "M"}.get(Sex(person.sex), "")
        case "birth_year":
            return _years(person)
        case "under_five":
            return sum(_is_small(row.person, at) for row in own)
    raise KeyError(name)


def _years(person: Person) -> str:
    if person.birth_from is None or person.birth_to is None:
        return ""
    first, last = person.birth_from.year, person.birth_to.year
    return str(first) if first == last else f"{first}–{last}"


def _is_small(person: Person, at: datetime) -> bool:
    if person.birth_from is None or person.birth_to is None:
        return False
    middle = person.birth_from + (person.birth_to - person.birth_from) / 2
    return (timezone.localdate(at) - middle).days < YEARS_OF_A_SMALL_CHILD * 365.25
