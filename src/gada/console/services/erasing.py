"""What the retention clock proposes is decided by a data-protection officer, confirmed by somebody else, then erased.

Never by itself. Whoever was seen again, is held or asked something meanwhile is spared: the clock is asked once more
for each chunk, in the transaction that erases it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.console.models import ErasureRun
from gada.console.queries.due import lines_for, lines_of
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.journal import Scope
from gada.people.models import Person
from gada.people.queries import people_in
from gada.people.retention import classes
from gada.people.services import erase_class, record_erasures
from gada.people.words import Kept, PersonStatus

CHUNK: Final = 50
MOST: Final = 5_000  # people of one run: the rest stays due and is proposed next


def propose_erasure(*, operator: Operator, kept: str, seen: int, ground: str, at: datetime) -> ErasureRun:
    """Propose to erase one class of everybody for whom it is overdue now; a second person confirms it.

    `seen`: how many the preview showed. Raises NotPermitted, Invalid `retention-unknown`, `reason-missing`, Refusal
    `erasure-changed`, `erasure-empty`, `erasure-waiting`.
    """
    authorize(operator, "erasure.propose", at=at)
    if kept not in classes() or kept == Kept.ACCOUNTS:
        raise Invalid("retention-unknown", _("There is no such class of data."))
    ground = normalise_text(" ".join(ground.split()))
    if not ground or len(ground) > 300:
        raise Invalid("reason-missing", _("Say why, in at most %(most)s characters."), most=300)
    waiting = ErasureRun.objects.filter(agency=operator.agency_id, kept=kept, finished_at=None, declined_at=None)
    if waiting.exists():
        raise Refusal("erasure-waiting", _("An erasure of this class is under way. Finish it first."))
    due = overdue(operator, kept, at=at)
    if len(due) != seen:
        raise Refusal("erasure-changed", _("Other people are due by now. Look at the new list, then decide again."))
    if not due:
        raise Refusal("erasure-empty", _("Nobody is due. Nothing is erased."))
    people = due[:MOST]
    with transaction.atomic():
        run = ErasureRun.objects.create(
            id=new_id(), agency=operator.agency_id, kept=kept, people=[str(id_) for id_ in people], total=len(people),
            ground=ground, proposed_by=operator.id, proposed_at=at,
        )
        _note("erasure.proposed", operator, run, at=at)
    return run


def overdue(operator: Operator, kept: str, *, at: datetime) -> list[UUID]:
    """Everybody at this operator's sites whose class is due and whose clock nothing stops, longest first."""
    return [line.person for line in lines_for(operator, at=at, until=at, kept=kept) if not line.stopped]


def confirm_erasure(*, operator: Operator, run_id: UUID, at: datetime) -> ErasureRun:
    """A second person says yes; a worker carries it out. Raises Refusal `two-people-erase`, `erasure-not-so`,
    `erasure-beyond`."""
    from gada.console.tasks import erase_what_is_due

    authorize(operator, "erasure.confirm", at=at)
    with transaction.atomic():
        run = _locked(operator, run_id)
        if run.proposed_by == operator.id:
            raise Refusal("two-people-erase", _("Somebody else confirms what you decided: two people erase."))
        if not _within(operator, run.people):
            raise Refusal(
                "erasure-beyond", _("Some of these people are at sites where you may not confirm. Ask somebody else.")
            )
        ErasureRun.objects.filter(id=run.id).update(confirmed_by=operator.id, confirmed_at=at)
        _note("erasure.confirmed", operator, run, at=at)
        erase_what_is_due.enqueue(str(run.id))
    run.refresh_from_db()
    return run


def decline_erasure(*, operator: Operator, run_id: UUID, at: datetime) -> ErasureRun:
    """Say no, or take one's own proposal back: nothing is erased."""
    authorize(operator, "erasure.decline", at=at)
    with transaction.atomic():
        run = _locked(operator, run_id)
        ErasureRun.objects.filter(id=run.id).update(declined_by=operator.id, declined_at=at)
        _note("erasure.declined", operator, run, at=at)
    run.refresh_from_db()
    return run


def continue_erasure(*, run_id: UUID, at: datetime) -> ErasureRun | None:
    """Erase the next people; None when nothing is left. Each chunk is kept with the count of those done, or not at all.

    A kill between the entries and the keys loses nothing: `finish_erasures` destroys those keys at the next start.
    """
    with transaction.atomic():
        run = ErasureRun.objects.select_for_update().get(id=run_id)
        if run.confirmed_at is None or run.finished_at is not None:
            return None
        part = [UUID(each) for each in run.people[run.done : run.done + CHUNK]]
        due = {line.person for line in lines_of(part, at=at, until=at, kept=run.kept) if not line.stopped}
        standing = Person.objects.select_related("site").exclude(status=PersonStatus.ERASED)
        people = list(standing.filter(id__in=due).order_by("id"))
        photos = _erase(run, people, at=at)
        ErasureRun.objects.filter(id=run.id).update(
            done=F("done") + len(part), spared=F("spared") + len(part) - len(people),
            finished_at=at if run.done + len(part) >= run.total else None,
        )
    if run.kept == Kept.IDENTITY and people:
        vault.shred([each.id for each in people])
        for photo in photos:
            vault.drop_blob(photo)
    run.refresh_from_db()
    return run


def _erase(run: ErasureRun, people: Sequence[Person], *, at: datetime) -> list[UUID]:
    """The entries, in the name of the officer who decided. Gives photos to drop after the keys."""
    officer = Operator.objects.get(id=run.proposed_by)
    if not people:
        return []
    if run.kept == Kept.IDENTITY:
        return record_erasures(operator=officer, people=people, ground=run.ground, at=at)
    erase_class(operator=officer, people=people, name=run.kept, ground=run.ground, at=at)
    return []


def _locked(operator: Operator, run_id: UUID) -> ErasureRun:
    run = ErasureRun.objects.select_for_update().filter(id=run_id, agency=operator.agency_id).first()
    if run is None:
        raise NotFound("erasure-unknown", _("This erasure is not on this node."))
    if run.confirmed_at or run.declined_at:
        raise Refusal("erasure-not-so", _("Somebody decided this meanwhile. Look at the page again."))
    return run


def _within(operator: Operator, people: Sequence[str]) -> bool:
    here = people_in(operator)
    parts = (people[start : start + CHUNK] for start in range(0, len(people), CHUNK))
    gone = Person.objects.filter(status=PersonStatus.ERASED)
    return all(
        here.filter(id__in=part).count() + gone.filter(id__in=part).count() == len(part) for part in parts
    )


def _note(action: str, operator: Operator, run: ErasureRun, *, at: datetime) -> None:
    journal.record(
        action, by=operator, about=("erasure", run.id), purpose="erasure", at=at, scope=Scope(agency=run.agency),
        facts={"class": run.kept, "people": run.total, "ground": run.ground},
    )
