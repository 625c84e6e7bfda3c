"""Taking back what happened: a new entry; the rows are then as they were before it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.refusal import NotFound, Refusal
from gada.people.models import Change, Happening
from gada.people.services.registering import scope_of
from gada.people.services.telling import locked_household
from gada.people.words import Happened

NEEDS = {Happened.SPLIT: "household.restructure", Happened.MERGED: "household.restructure"}


@transaction.atomic
def undo_happening(*, operator: Operator, happening_id: UUID, at: datetime) -> Happening:
    """Take one happening back. Raises Refusal `undone-already`, `undo-later-first` when something later rests on it."""
    happening = Happening.objects.select_for_update().filter(id=happening_id).first()
    if happening is None:
        raise NotFound("happening-unknown", _("There is nothing under this number that could be undone."))
    household = locked_household(happening.household)
    authorize(operator, NEEDS.get(Happened(happening.kind), "household.change"), site=household.site)
    if happening.undone_version:
        raise Refusal("undone-already", _("This was undone already."))
    if later := what_rests_on(happening):
        raise Refusal(
            "undo-later-first", _("Something later rests on this. Undo that first: %(what)s."),
            what=Happened(later.kind).label,
        )
    undone: Happening = journal.record(
        "household.change_undone", by=operator, about=("household", household.id), subject=household.id,
        facts={"undone": _whole(happening)}, mentions=_people(happening),
        scope=scope_of(household.site, household.programme), purpose="registration", at=at,
    )
    return undone


def what_rests_on(happening: Happening) -> Happening | None:
    """The newest happening not undone that sets what this one set, or touches a household or membership it began."""
    mine = list(happening.changes.all())
    standing = Change.objects.filter(happening__undone_version="").select_related("happening")
    later = standing.filter(version__gt=happening.version)
    set_again = {(change.target, change.field) for change in mine if change.field not in ("start", "founded")}
    begun = {change.target for change in mine if change.field == "start"}
    founded = {change.target for change in mine if change.field == "founded"}
    targets = {target for target, _name in set_again} | begun
    found = [
        each for each in later.filter(target__in=targets)
        if (each.target, each.field) in set_again or each.target in begun
    ]
    chosen = later.filter(field__in=("head", "principal"), household__in={change.household for change in mine})
    found += [each for each in chosen if _is_of(each.value, begun)]
    found += list(later.filter(household__in=founded))
    newest = max(found, key=lambda each: each.version, default=None)
    return newest.happening if newest else None


def households_begun(happening: Happening) -> set[UUID]:
    """Households that exist because of it: whoever undoes it asks first what they have been given since."""
    return set(happening.changes.filter(field="founded").values_list("target", flat=True))


def _is_of(value: Any, begun: set[UUID]) -> bool:
    return bool(value) and UUID(str(value)) in begun


def _people(happening: Happening) -> tuple[UUID, ...]:
    people = happening.changes.exclude(person=None).values_list("person", flat=True)
    return tuple(sorted({each for each in people if each}))


def _whole(happening: Happening) -> dict[str, Any]:
    """All of it, so that its undoing may arrive first elsewhere."""
    return {
        "id": str(happening.id), "kind": happening.kind, "household": str(happening.household),
        "person": str(happening.person) if happening.person else None, "reason": happening.reason,
        "by": str(happening.by), "at": happening.at.astimezone(UTC).isoformat(), "version": happening.version,
        "changes": [
            {
                "household": str(change.household) if change.household else None,
                "person": str(change.person) if change.person else None, "target": str(change.target),
                "field": change.field, "value": change.value,
                **({} if change.settles is None else {"saw": change.settles}),
            }
            for change in happening.changes.order_by("id")
        ],
    }
