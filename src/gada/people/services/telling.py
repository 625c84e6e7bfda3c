"""One happening as facts: what it sets, on whose household, about whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound, Refusal
from gada.journal import Item
from gada.people.merging import ONCE
from gada.people.models import Change, Happening, Household, Membership
from gada.people.services.registering import scope_of
from gada.people.words import Happened, HouseholdStatus, Recipient, Relationship

Batches = Sequence[tuple[str, Sequence[Item]]]


@dataclass(slots=True)
class Telling:
    """Collects what one happening sets; `facts` are those of its entry."""

    kind: Happened
    household: UUID
    at: datetime
    person: UUID | None = None
    reason: str = ""
    id: UUID = field(default_factory=new_id)
    changes: list[dict[str, Any]] = field(default_factory=list)
    beside: list[UUID] = field(default_factory=list)  # people whom it concerns without setting anything of theirs

    def start(
        self, person: UUID, relationship: str, recipient: str = Recipient.NONE, *, household: UUID | None = None
    ) -> UUID:
        """Somebody belongs to a household from now on; returns the membership."""
        made = new_id()
        self._say(made, "start", {
            "person": str(person), "relationship": str(relationship), "recipient": str(recipient),
            "since": self.at.astimezone(UTC).isoformat(), "until": None,
        }, household=household or self.household, person=person)
        return made

    def end(self, membership: Membership) -> None:
        self._of(membership, "until", self.at.astimezone(UTC).isoformat())

    def reopen(self, membership: Membership) -> None:
        self._of(membership, "until", "")

    def relate(self, membership: Membership, relationship: str) -> None:
        self._of(membership, "relationship", str(relationship))

    def let_collect(self, membership: Membership, recipient: str) -> None:
        self._of(membership, "recipient", str(recipient))

    def lead(self, membership: UUID, *, household: UUID | None = None) -> None:
        home = household or self.household
        self._say(home, "head", str(membership), household=home)

    def make_principal(self, membership: UUID | None, *, household: UUID | None = None) -> None:
        home = household or self.household
        self._say(home, "principal", str(membership or ""), household=home)

    def set_household(self, household: UUID, name: str, value: Any) -> None:
        self._say(household, name, value, household=household)

    def set_person(self, person: UUID, name: str, value: str) -> None:
        self._say(person, name, value, person=person)

    def say_again(self, change: Change) -> None:
        """What an earlier happening said, once more."""
        self._say(change.target, change.field, change.value, household=change.household, person=change.person)

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "id": str(self.id), "kind": str(self.kind), "household": str(self.household),
            "person": str(self.person) if self.person else None, "reason": self.reason, "changes": self.changes,
        }

    @property
    def people(self) -> list[UUID]:
        named = [UUID(change["person"]) for change in self.changes if change["person"]]
        return list(dict.fromkeys(named + self.beside))

    def name_what_was_seen(self) -> None:
        """Every change says what it comes after: of two that did not know of each other a person decides."""
        standing = Change.objects.filter(
            target__in={change["target"] for change in self.changes}, happening__undone_version=""
        )
        seen: dict[tuple[str, str], list[str]] = {}
        for target, name, version in standing.values_list("target", "field", "version"):
            seen.setdefault((str(target), name), []).append(version)
        for change in self.changes:
            if change["field"] not in ONCE:
                change["saw"] = sorted(seen.get((change["target"], change["field"]), []))

    def _of(self, membership: Membership, name: str, value: str) -> None:
        self._say(membership.id, name, value, household=membership.household_id, person=membership.person_id)

    def _say(
        self, target: UUID, name: str, value: Any, *, household: UUID | None = None, person: UUID | None = None
    ) -> None:
        self.changes.append({
            "household": str(household) if household else None, "person": str(person) if person else None,
            "target": str(target), "field": name, "value": value,
        })


def tell(telling: Telling, *, operator: Operator, household: Household, before: Batches = ()) -> Happening:
    """Record it under the key of the household; `before` are entries that come with it."""
    telling.name_what_was_seen()
    entry = Item(
        about=("household", telling.household), subject=telling.household, facts=telling.facts,
        mentions=tuple(telling.people),
    )
    made = journal.record_each(
        [*before, (f"household.{telling.kind.value}", [entry])], by=operator,
        scope=scope_of(household.site, household.programme), purpose="registration", at=telling.at,
    )
    happening: Happening = made[-1][0]
    return happening


def locked_household(household_id: UUID) -> Household:
    """One household, locked. Raises NotFound `household-unknown`."""
    household = (
        Household.objects.select_for_update(of=("self",)).select_related("site", "programme")
        .filter(id=household_id).first()
    )
    if household is None:
        raise NotFound("household-unknown", _("There is no household under this number."))
    return household


def must_stand(household: Household) -> None:
    """Raises Refusal `household-not-active` for one that withdrew, was joined to another or was taken back."""
    if household.status != HouseholdStatus.ACTIVE:
        raise Refusal(
            "household-not-active",
            _("This household is no longer active. Undo what ended it, or let it come back, then go on."),
        )


def open_memberships(household: Household) -> list[Membership]:
    rows = Membership.objects.filter(household=household, until=None).select_related("person")
    return list(rows.order_by("since", "id"))


def member(memberships: Sequence[Membership], membership_id: UUID | None) -> Membership:
    """That membership among these. Raises NotFound `membership-ended`."""
    found = next((each for each in memberships if each.id == membership_id), None)
    if found is None:
        raise NotFound("membership-ended", _("This person is no longer in that household."))
    return found


def relatives(memberships: Sequence[Membership]) -> list[Membership]:
    """Members, without those who only collect."""
    return [each for each in memberships if each.relationship != Relationship.COLLECTOR]
