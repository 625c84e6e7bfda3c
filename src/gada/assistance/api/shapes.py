"""What the routes of this room take and give."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema

from gada.assistance.models import DistributionList, Method, Redemption, Verification
from gada.assistance.queries import AtTheDesk, Found, Preview
from gada.assistance.rules import chance_one_in, print_of

PLAIN = r"^[^\x00-\x1f\x7f]*$"
LARGEST_PRINT = 12_000_000  # base64 of the 8 MB that a page takes
Words = Annotated[str, Field(min_length=1, max_length=120, pattern=PLAIN)]
Sentence = Annotated[str, Field(max_length=300, pattern=PLAIN)]


class InterventionIn(Schema):
    programme: UUID
    name: Words
    item: Annotated[str, Field(min_length=1, max_length=60, pattern=PLAIN)]


class CycleIn(Schema):
    intervention: UUID
    name: Annotated[str, Field(min_length=1, max_length=60, pattern=PLAIN)]
    starts_on: date
    ends_on: date


class LineIn(Schema):
    """One line of the ration; `quantity` in whole thousandths of the unit (12.5 kg is 12500)."""

    item: Annotated[str, Field(min_length=1, max_length=60, pattern=PLAIN)]
    unit: Annotated[str, Field(max_length=20, pattern=PLAIN)] = ""
    quantity: Annotated[int, Field(gt=0, le=100_000_000)]
    per: Literal["household", "member"] = "household"


class ListIn(Schema):
    cycle: UUID
    site: UUID
    contents: Annotated[list[LineIn], Field(min_length=1, max_length=12)]


class MadeOut(Schema):
    id: UUID
    name: str


class LineOut(Schema):
    item: str
    unit: str
    quantity: int
    per: str = ""


class PreviewOut(Schema):
    """Who would be served if the list were opened now: `by_size` is (members, families)."""

    families: int
    people: int
    by_size: list[tuple[int, int]]
    joined: int
    elsewhere: int


class ListOut(Schema):
    id: UUID
    intervention: str
    cycle: str
    cycle_id: UUID
    site: UUID
    status: str
    families: int
    served: int
    held: int
    contents: list[LineOut]
    preview: PreviewOut | None = None


class FindIn(Schema):
    """What was typed or read from a card, or a finger: base64 of an image or of an ISO/IEC 19794-2 record."""

    text: Annotated[str, Field(max_length=120, pattern=PLAIN)] = ""
    finger: Annotated[str, Field(max_length=LARGEST_PRINT)] = ""


class FoundOut(Schema):
    entitlement: UUID
    household: str
    status: str
    members: int
    person: UUID
    given: str
    surname: str
    score: int | None = None


class FingerIn(Schema):
    """`other`: this is not the first finger tried. `searched`: among how many people this finger found the family."""

    finger: Annotated[str, Field(min_length=1, max_length=LARGEST_PRINT)]
    other: bool = False
    searched: Annotated[int, Field(ge=1, le=10_000_000)] = 1


class StepIn(Schema):
    person: UUID
    method: Literal[Method.PHOTO, Method.CARD_AND_ALTERNATE, Method.SUPERVISOR]
    recognised: bool
    reason: Annotated[str, Field(max_length=200, pattern=PLAIN)] = ""


class StepOut(Schema):
    """`chance_one_in`: such a likeness by chance less than once in so many; absent without a finger.

    `print_of`: the partner whose print it was; empty when it was ours.
    """

    id: UUID
    person: UUID
    method: str
    recognised: bool
    score: int | None
    chance_one_in: int | None
    print_of: str = ""
    at: datetime


class HandOverIn(Schema):
    """`redemption` makes the press unique: the same one again answers the same hand-over."""

    redemption: UUID | None = None
    desk: Annotated[str, Field(max_length=60, pattern=PLAIN)] = ""
    device: UUID | None = None


class HandedOut(Schema):
    id: UUID
    entitlement: UUID
    collected_by: UUID
    method: str
    print_of: str = ""
    desk: str
    at: datetime


class RefusalIn(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=300, pattern=PLAIN)]
    way_forward: Annotated[str, Field(min_length=1, max_length=300, pattern=PLAIN)]
    claimed_by: Annotated[str, Field(max_length=120, pattern=PLAIN)] = ""


class SlipOut(Schema):
    id: UUID
    number: str
    reason: str
    way_forward: str
    appeal_until: date


class RecipientOut(Schema):
    person: UUID
    given: str
    surname: str
    relationship: str
    recipient: str


class FamilyOut(Schema):
    entitlement: UUID
    list_id: UUID
    household: str
    status: str
    members: int
    contents: list[LineOut]
    recipients: list[RecipientOut]
    steps: list[StepOut]
    redemption: HandedOut | None


def list_out(made: DistributionList) -> ListOut:
    return ListOut(
        id=made.id,
        intervention=made.cycle.intervention.name,
        cycle=made.cycle.name,
        cycle_id=made.cycle_id,
        site=made.site_id,
        status=made.status,
        families=made.families,
        served=made.served,
        held=made.held,
        contents=[LineOut(**line) for line in made.contents],
    )


def family_out(shown: AtTheDesk) -> FamilyOut:
    entitlement = shown.entitlement
    return FamilyOut(
        entitlement=entitlement.id,
        list_id=entitlement.list_id,
        household=shown.household.number,
        status=entitlement.status,
        members=entitlement.members,
        contents=[LineOut(**line) for line in entitlement.contents],
        recipients=[
            RecipientOut(
                person=row.person_id,
                given=row.person.given,
                surname=row.person.surname,
                relationship=row.relationship,
                recipient=row.recipient,
            )
            for row in shown.recipients
        ],
        steps=[step_out(step) for step in shown.steps],
        redemption=handed_out(shown.redemption) if shown.redemption else None,
    )


def step_out(step: Verification) -> StepOut:
    by_finger = step.recognised and step.score is not None
    return StepOut(
        id=step.id,
        person=step.person_id,
        method=step.method,
        recognised=step.recognised,
        score=step.score,
        chance_one_in=chance_one_in(step.score) if by_finger else None,
        print_of=print_of(step.source),
        at=step.at,
    )


def handed_out(made: Redemption) -> HandedOut:
    return HandedOut(
        id=made.id,
        entitlement=made.entitlement_id,
        collected_by=made.collected_by,
        method=made.method,
        print_of=print_of(made.source),
        desk=made.device,
        at=made.at,
    )


def preview_out(seen: Preview) -> PreviewOut:
    return PreviewOut(
        families=seen.families,
        people=seen.people,
        by_size=list(seen.by_size),
        joined=seen.joined,
        elsewhere=seen.elsewhere,
    )


def found_out(each: Found) -> FoundOut:
    entitlement, person = each.entitlement, each.person
    return FoundOut(
        entitlement=entitlement.id,
        household=entitlement.household.number,
        status=entitlement.status,
        members=entitlement.members,
        person=person.id,
        given=person.given,
        surname=person.surname,
        score=each.score,
    )
