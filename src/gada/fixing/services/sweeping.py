"""A sweep: planned, its tokens printed and carried out, its shelters visited, registration opened and closed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.fixing import queries
from gada.fixing.models import Load, Paper, Printing, Sweep, Visit, Voiding, Why, Withdrawal
from gada.fixing.rules.numbers import check_prefix, check_span, spans_in_words
from gada.fixing.rules.shelters import LONGEST_NAME, VisitDraft, check_visit
from gada.journal import Item
from gada.people.services import scope_of

PURPOSE = "registration"
LONGEST_TITLE, LONGEST_WORDS = 80, 200


@transaction.atomic
def plan_sweep(*, operator: Operator, site: Site, name: str, day: date, prefix: str, at: datetime) -> Sweep:
    """Plan a sweep of a site. Its data key, under which the signs of its tokens are made, is drawn with it."""
    authorize(operator, "sweep.plan", site=site)
    letters, title = check_prefix(prefix), normalise_text(" ".join(name.split()))
    if not title or len(title) > LONGEST_TITLE:
        raise Invalid("sweep-name", _("Give the sweep a name, in at most 80 characters."))
    if Sweep.objects.filter(site=site, prefix=letters).exists():
        raise Refusal(
            "sweep-prefix-taken",
            _("Another sweep of this site has tokens that begin with %(prefix)s. Choose other letters."),
            prefix=letters,
        )
    id_ = new_id()
    made: Sweep = journal.record(
        "sweep.planned", by=operator, about=("sweep", id_), subject=id_, scope=scope_of(site), purpose=PURPOSE, at=at,
        facts={"id": str(id_), "name": title, "day": day.isoformat(), "prefix": letters},
    )
    return made


@transaction.atomic
def print_tokens(
    *, operator: Operator, sweep_id: UUID, paper: str, first: int, last: int, at: datetime, again: bool = False
) -> Printing:
    """Put tokens on paper. A number is printed once: twice only when the first sheet is destroyed (`again`)."""
    sweep = _held(operator, sweep_id, "token.print")
    if paper not in Paper.values:
        raise Invalid("paper-unknown", _("Choose one of the papers of the list."))
    check_span(first, last)
    before = queries.ledger_of_sweep(sweep).printed & set(range(first, last + 1))
    if before and not again:
        raise Refusal(
            "tokens-printed-already",
            _(
                "These were printed already: %(numbers)s. Choose other numbers, or say that the first sheets "
                "were destroyed."
            ),
            numbers=spans_in_words(set(before)),
        )
    made: Printing = _record(
        operator, sweep, "token.printed", at, paper=paper, first=first, last=last, again=bool(before)
    )
    return made


@transaction.atomic
def carry_tokens(*, operator: Operator, sweep_id: UUID, team: str, first: int, last: int, at: datetime) -> Load:
    """Note which team carries which tokens out."""
    sweep = _held(operator, sweep_id, "token.carry")
    check_span(first, last)
    name = normalise_text(" ".join(team.split()))
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("visit-team", _("Say which team it was, in at most 40 characters (the block as well)."))
    elsewhere = {
        number for number, load in queries.ledger_of_sweep(sweep).carried.items()
        if first <= number <= last and load.team != name
    }
    if elsewhere:
        raise Refusal(
            "tokens-carried-already",
            _("Another team carries these: %(numbers)s. Take that line back first, if it was a mistake."),
            numbers=spans_in_words(elsewhere),
        )
    made: Load = _record(operator, sweep, "token.carried", at, team=name, first=first, last=last)
    return made


@transaction.atomic
def record_visits(
    *, operator: Operator, sweep_id: UUID, visits: Sequence[VisitDraft], at: datetime
) -> list[Visit]:
    """Note what teams handed out where: all of these lines, or none of them."""
    sweep = _held(operator, sweep_id, "sweep.record")
    ledger = queries.ledger_of_sweep(sweep)
    given, voided = set(ledger.given), set(ledger.voided)
    for draft in visits:
        check_visit(draft)
        numbers = set(range(draft.first, (draft.last or draft.first) + 1)) if draft.first is not None else set()
        _refuse(numbers & given, "tokens-given-already", _(
            "These were handed out already: %(numbers)s. Take that line back first, if it was a mistake."
        ))
        _refuse(numbers & voided, "tokens-voided-already", _(
            "These were voided: %(numbers)s. They cannot be handed out; take the voiding back, if it was a mistake."
        ))
        given |= numbers
    items = [_item(sweep, {
        "team": normalise_text(each.team), "block": normalise_text(each.block), "round": each.round,
        "shelters": [normalise_text(name) for name in each.shelters],
        "empty": [normalise_text(name) for name in each.empty], "first": each.first, "last": each.last,
    }) for each in visits]
    return list(journal.record_all("sweep.visited", items=items, by=operator, purpose=PURPOSE, at=at))


@transaction.atomic
def void_tokens(
    *, operator: Operator, sweep_id: UUID, first: int, last: int, why: str, at: datetime, words: str = ""
) -> Voiding:
    """These tokens count no longer, and why. One that a family came with stays spent."""
    sweep = _held(operator, sweep_id, "token.void")
    check_span(first, last)
    said = normalise_text(" ".join(words.split()))
    if why not in Why.values or len(said) > LONGEST_WORDS or (why == Why.OTHER and not said):
        raise Invalid("void-reason", _("Say why these tokens count no longer (at most 200 characters)."))
    ledger, numbers = queries.ledger_of_sweep(sweep), set(range(first, last + 1))
    _refuse(numbers & set(ledger.spent), "tokens-spent-already", _(
        "Families were registered with these: %(numbers)s. They cannot be voided."
    ))
    _refuse(numbers & set(ledger.voided), "tokens-void-already", _("These were voided already: %(numbers)s."))
    made: Voiding = _record(operator, sweep, "token.voided", at, first=first, last=last, why=why, words=said)
    return made


@transaction.atomic
def withdraw_line(*, operator: Operator, sweep_id: UUID, line: UUID, at: datetime) -> None:
    """Take back a line that was entered by mistake; it stays in the journal."""
    sweep = _held(operator, sweep_id, "sweep.correct")
    if not any(model.objects.filter(id=line, sweep=sweep).exists() for model in (Load, Visit, Voiding)):
        raise NotFound("line-unknown", _("There is no such line in this sweep."))
    if not Withdrawal.objects.filter(line=line).exists():
        _record(operator, sweep, "sweep.line_withdrawn", at, line=str(line))


@transaction.atomic
def open_sweep(*, operator: Operator, sweep_id: UUID, at: datetime) -> None:
    """From now on registrations at this site ask for a token of this sweep."""
    sweep = _held(operator, sweep_id, "sweep.open")
    if not queries.ledger_of_sweep(sweep).given:
        raise Refusal(
            "sweep-nothing-given",
            _("No token was handed out yet: every family would be without one. Enter the lists of the teams first."),
        )
    others = [each for each in queries.open_sweeps(sweep.site_id) if each.id != sweep.id]
    if others:
        raise Refusal(
            "sweep-open-already", _("The sweep “%(name)s” of this site is still open. Close it first."),
            name=others[0].name,
        )
    _record(operator, sweep, "sweep.opened", at)


@transaction.atomic
def close_sweep(*, operator: Operator, sweep_id: UUID, at: datetime) -> None:
    """Registrations no longer ask for a token; what is unspent stays so."""
    _record(operator, _held(operator, sweep_id, "sweep.open"), "sweep.closed", at)


def _held(operator: Operator, sweep_id: UUID, action: str) -> Sweep:
    """The sweep, held for this change. Raises NotFound, NotPermitted."""
    sweep = queries.sweep_for(operator, sweep_id)
    authorize(operator, action, site=sweep.site_id)
    Sweep.objects.select_for_update().get(id=sweep.id)
    return sweep


def _refuse(numbers: Collection[int], code: str, words: Any) -> None:
    if numbers:
        raise Refusal(code, words, numbers=spans_in_words(set(numbers)))


def _item(sweep: Sweep, facts: dict[str, Any]) -> Item:
    return Item(
        about=sweep.reference, scope=scope_of(sweep.site), facts={"id": str(new_id()), "sweep": str(sweep.id), **facts}
    )


def _record(operator: Operator, sweep: Sweep, action: str, at: datetime, **facts: Any) -> Any:
    return journal.record_all(action, items=[_item(sweep, facts)], by=operator, purpose=PURPOSE, at=at)[0]
