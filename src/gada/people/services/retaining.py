"""Writers of retention: figures, the end of a programme, legal holds, requests of people, one class erased."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator, Programme
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.journal import Entry, Item, Scope
from gada.people.models import ErasedClass, LegalHold, Person, PersonRequest, ProgrammeEnd, RetentionRule
from gada.people.retention import DEFAULT_DEADLINE_DAYS, Figures, check_figures, classes, mark_of, ruled
from gada.people.services.registering import scope_of
from gada.people.words import Asked, Kept, Outcome, PersonStatus

LONGEST_WORDS = 1000
LONGEST_HOLD = timedelta(days=3 * 366)


@transaction.atomic
def set_retention(
    *, operator: Operator, name: str, programme: Programme | None, figures: Figures, reason: str, at: datetime
) -> RetentionRule:
    """Other days for a class, of one programme or of the whole agency, within the limits of the table.

    Raises NotPermitted, Invalid `retention-unknown`, `retention-limits`, `reason-missing`.
    """
    authorize(operator, "retention.set", programme=programme)
    check_figures(name, figures)
    made: RetentionRule = journal.record(
        "retention.set", by=operator, about=("programme", programme.id) if programme else _agency(operator),
        scope=Scope(agency=operator.agency_id, programme=programme.id if programme else None), purpose="erasure",
        facts={"id": str(new_id()), "class": name, **figures.as_facts(), "reason": _said(reason, 300)}, at=at,
    )
    return made


@transaction.atomic
def end_programme(*, operator: Operator, programme: Programme, ended_on: date | None, at: datetime) -> ProgrammeEnd:
    """Say on which day a programme ended, or (None) that it goes on. Raises NotPermitted, Invalid `end-in-future`."""
    authorize(operator, "retention.end", programme=programme)
    if ended_on is not None and ended_on > at.date():
        raise Invalid("end-in-future", _("This day is still to come. Say it once the programme is over."))
    said: ProgrammeEnd = journal.record(
        "retention.programme_ended", by=operator, about=("programme", programme.id), purpose="erasure", at=at,
        scope=Scope(agency=programme.agency_id, programme=programme.id),
        facts={"id": str(new_id()), "ended_on": ended_on.isoformat() if ended_on else None},
    )
    return said


@transaction.atomic
def place_hold(*, operator: Operator, person_id: UUID, reason: str, until: date, at: datetime) -> LegalHold:
    """Stop the clock for somebody, with a reason and a day. Raises Invalid `hold-day`, `reason-missing`."""
    person = _standing(person_id)
    authorize(operator, "hold.place", site=person.site_id)
    if not at.date() < until <= (at + LONGEST_HOLD).date():
        raise Invalid("hold-day", _("Choose a day to come, within three years: a hold is looked at again then."))
    held: LegalHold = journal.record(
        "hold.placed", by=operator, about=("person", person.id), subject=person.id, scope=scope_of(person.site),
        facts={"id": str(new_id()), "reason": _said(reason, 300), "until": until.isoformat()}, purpose="erasure", at=at,
    )
    return held


@transaction.atomic
def lift_hold(*, operator: Operator, hold_id: UUID, at: datetime) -> LegalHold:
    """End a hold before its day. Raises NotFound `hold-unknown`."""
    hold = LegalHold.objects.filter(id=hold_id, lifted_at=None).first()
    if hold is None:
        raise NotFound("hold-unknown", _("This hold has ended already."))
    person = _standing(hold.person)
    authorize(operator, "hold.lift", site=person.site_id)
    lifted: LegalHold = journal.record(
        "hold.lifted", by=operator, about=("person", person.id), scope=scope_of(person.site),
        facts={"id": str(hold.id)}, purpose="erasure", at=at,
    )
    return lifted


@transaction.atomic
def receive_request(
    *, operator: Operator, person_id: UUID, asked: str, words: str, at: datetime, days: int = DEFAULT_DEADLINE_DAYS
) -> PersonRequest:
    """Note what somebody asks about their data; to be answered within `days`. Raises Invalid `request-unknown`."""
    person = _standing(person_id)
    authorize(operator, "request.receive", site=person.site_id)
    if asked not in Asked.values:
        raise Invalid("request-unknown", _("Choose what the person asks."))
    received: PersonRequest = journal.record(
        "request.received", by=operator, about=("person", person.id), subject=person.id, scope=scope_of(person.site),
        facts={
            "id": str(new_id()), "asked": asked, "words": normalise_text(words.strip())[:LONGEST_WORDS],
            "due_on": (at + timedelta(days=days)).date().isoformat(),
        },
        purpose="request", at=at,
    )
    return received


@transaction.atomic
def answer_request(
    *, operator: Operator, request_id: UUID, outcome: str, answer: str, at: datetime
) -> PersonRequest:
    """Record the answer given. What was asked is done on its own page (correct, object, erase, report).

    Raises NotFound `request-gone`, Refusal `request-answered`, Invalid `outcome-unknown`, `reason-missing`.
    """
    held = PersonRequest.objects.filter(id=request_id).select_related("site").first()
    if held is None:
        raise NotFound("request-gone", _("This request is not here."))
    authorize(operator, "request.answer", site=held.site_id)
    if held.outcome:
        raise Refusal("request-answered", _("Somebody answered this already. Look at the page again."))
    if outcome not in Outcome.values:
        raise Invalid("outcome-unknown", _("Choose how it was answered."))
    erased = Person.objects.filter(id=held.person, status=PersonStatus.ERASED).exists()
    answered: PersonRequest = journal.record(
        "request.answered", by=operator, about=("person", held.person), scope=scope_of(held.site),
        subject=None if erased else held.person, purpose="request", at=at, facts={
            "id": str(held.id), "outcome": outcome, "answer": "" if erased else _said(answer, LONGEST_WORDS),
        },
    )
    return answered


def erase_class(
    *, operator: Operator, people: Sequence[Person], name: str, ground: str, at: datetime
) -> None:
    """Erase one class of these people's data, in the transaction of whoever decides. Raises Invalid `class-whole`.

    Rows, files and search keys lose it now; the key store remembers it, so that no restored backup brings it back.
    """
    if name not in classes() or name in (Kept.IDENTITY, Kept.ACCOUNTS):
        raise Invalid("class-whole", _("This class goes only with the whole person."))
    for site in {person.site_id for person in people}:
        authorize(operator, "person.erase_class", site=site)
    journal.record_all(
        "person.class_erased", by=operator, purpose="erasure", at=at, items=[
            Item(
                about=("person", each.id), scope=scope_of(each.site),
                facts={"id": str(new_id()), "class": name, "ground": normalise_text(ground)},
            )
            for each in people
        ],
    )


def erase_classes_again(listed: Collection[UUID], *, by: tuple[str, UUID], at: datetime) -> int:
    """Classes that the key store remembers as erased and a restored backup still shows; gives how many. In its
    transaction."""
    standing = Person.objects.exclude(status=PersonStatus.ERASED).select_related("site")
    known = set(ErasedClass.objects.values_list("person", "kept"))
    items = [
        Item(
            about=("person", each.id), scope=scope_of(each.site),
            facts={"id": str(new_id()), "class": str(kept.name), "ground": "erased before the restore"},
        )
        for each in standing.iterator(2000) for kept in ruled()
        if mark_of(each.id, kept.name) in listed and (each.id, kept.name) not in known
    ]
    journal.record_all("person.class_erased", items=items, by=by, purpose="erasure", at=at)
    return len(items)


def remember_class(entry: Entry) -> None:
    """`person.class_erased`, here or at another node of ours: photos go, and the key store remembers."""
    person = entry.about[1]
    transaction.on_commit(partial(vault.remember_erased, [mark_of(person, entry.facts["class"])]))
    drop_erased_photos(entry)


def drop_erased_photos(entry: Entry) -> None:
    """Photos that an erasure on this node left without a row, those that arrived late among them."""
    for files in ErasedClass.objects.filter(person=entry.about[1], kept=Kept.PHOTO).values_list("files", flat=True):
        transaction.on_commit(partial(vault.drop_for_good, [UUID(photo) for photo in files]))


def _standing(person_id: UUID) -> Person:
    person = Person.objects.select_related("site").exclude(status=PersonStatus.ERASED).filter(id=person_id).first()
    if person is None:
        raise NotFound("person-unknown", "Nobody is registered under this number.")
    return person


def _said(text: str, longest: int) -> str:
    said = normalise_text(" ".join(text.split()))
    if not said or len(said) > longest:
        raise Invalid("reason-missing", _("Say why, in at most %(most)s characters."), most=longest)
    return said


def _agency(operator: Operator) -> tuple[str, UUID]:
    return ("agency", operator.agency_id)
