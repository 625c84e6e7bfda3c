"""The writer at the desk of presence: who was there, and by what they were recognised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.assistance.services.comparing import likeness_of
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, Refusal
from gada.journal import Item
from gada.presence import rules
from gada.presence.models import Means, RollCall, Sighting
from gada.presence.queries import Family, family_at, roll_call_for
from gada.presence.services.campaigns import scope_at


@dataclass(frozen=True, slots=True)
class Came:
    """Who came, and by what they were recognised; `known` before in this campaign, they need no second proof."""

    person: UUID
    means: str
    score: int | None = None
    known: bool = False


@transaction.atomic
def confirm_presence(
    *, operator: Operator, roll_call_id: UUID, household_id: UUID, at: datetime, people: Sequence[UUID] = (),
    who: UUID | None = None, means: str = "", vouchers: Sequence[str] = (), fingers: Mapping[int, Any] | None = None,
    searched: int = 1,
) -> list[Sighting]:
    """Somebody of a household was recognised, and is there with these others of it, for whom they vouch.

    `fingers` decide who came, compared with everybody of the household; else `means` says by what `who` was
    recognised. Whoever was seen before in this campaign is not recorded again. `searched`: among how many the
    household was found by the same finger. After closing latecomers are confirmed all the same: being seen once, at
    any time, is what every notice promises to be enough.
    """
    roll_call = roll_call_for(operator, roll_call_id)
    family = family_at(operator, roll_call, household_id)
    authorize(operator, "presence.confirm", site=roll_call.site)
    members = {row.person_id: row.person for row in family.members}
    if set(people) - set(members) or (who and who not in members):
        raise Invalid(
            "presence-members", _("Somebody ticked is not in this household any more. Open the family again.")
        )
    came = _finger(operator, roll_call, family, fingers, searched, at) if fingers else _said(
        family, who, means, vouchers, has_photo=bool(who and members[who].photo)
    )
    fresh = [came.person] if came.person not in family.seen else []
    fresh += [id_ for id_ in dict.fromkeys(people) if id_ != came.person and id_ not in family.seen]
    if not fresh:
        raise Refusal(
            "seen-already",
            _("Everybody chosen was seen already in this campaign. Nothing is recorded twice."),
        )
    visit = new_id()
    items = [_item(roll_call, family, came, id_, visit, vouchers) for id_ in fresh]
    return list(journal.record_all(
        "presence.seen", items=items, by=operator, scope=scope_at(roll_call, family.household.site),
        purpose="assistance", at=at,
    ))


def _finger(
    operator: Operator, roll_call: RollCall, family: Family, fingers: Mapping[int, Any], searched: int, at: datetime
) -> Came:
    best = likeness_of(
        [row.person_id for row in family.members], fingers=fingers, searched=searched, operator=operator,
        scope=scope_at(roll_call, family.household.site), at=at,
    )
    if best is None or not best.recognised:
        raise Refusal(
            "presence-finger",
            _(
                "This finger belongs to nobody of this household. That alone is never a no: take another finger, the "
                "card and photo, or two witnesses."
            ),
        )
    return Came(best.found.person_id, Means.FINGER, best.score, known=best.found.person_id in family.seen)


def _said(family: Family, who: UUID | None, means: str, vouchers: Sequence[str], *, has_photo: bool) -> Came:
    if who is None:
        raise Invalid("presence-who", _("Say who of the household came."))
    if who in family.seen and not means:
        return Came(who, family.seen[who].means, known=True)
    rules.check_means(means=means, vouchers=vouchers, finger=False, has_photo=has_photo)
    return Came(who, means)


def _item(
    roll_call: RollCall, family: Family, came: Came, person: UUID, visit: UUID, vouchers: Sequence[str]
) -> Item:
    """One person's entry: under their own key, so that it goes with them when they are erased."""
    first = person == came.person
    return Item(
        about=("person", person), subject=person, mentions=(person,),
        facts={
            "id": str(new_id()), "campaign": str(roll_call.campaign_id), "household": str(family.household.id),
            "visit": str(visit), "seen_at": str(roll_call.site_id), "means": str(came.means if first else Means.FAMILY),
            "score": came.score if first else None, "vouched_by": None if first else str(came.person),
            "vouchers": [normalise_text(name)[:80] for name in vouchers if name.strip()]
            if first and came.means == Means.KNOWN else [],
        },
    )
