"""Where the tokens of a sweep stand: rows read, then counted by rules/ledger.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from gada.agencies.models import Operator
from gada.agencies.queries import sites_of
from gada.fixing.models import (
    Load,
    Phase,
    Printing,
    Spending,
    Sweep,
    Tokenless,
    Verdict,
    Visit,
    Voiding,
    Withdrawal,
)
from gada.fixing.rules.ledger import Ledger, Lines, ledger_of
from gada.people.models import Happening, Household
from gada.people.words import Happened, HouseholdStatus, LeavingReason


def ledger_of_sweep(sweep: Sweep) -> Ledger:
    """Everything about one sweep, counted. Whoever asks has been let in by `sweep_for`."""
    spendings, tokenless = _rows(Spending, sweep), _rows(Tokenless, sweep)
    undone, joined = _left({each.household_id for each in (*spendings, *tokenless)})
    return ledger_of(Lines(
        printings=_rows(Printing, sweep), loads=_rows(Load, sweep), visits=_rows(Visit, sweep),
        voidings=_rows(Voiding, sweep), spendings=spendings, tokenless=tokenless, verdicts=_rows(Verdict, sweep),
        undone=undone, joined=joined,
    ))


def ledger_of_token(sweep: Sweep, number: int) -> Ledger:
    """The same for one number alone, as a registration asks it: four short questions however large the sweep is."""
    around = {"first__lte": number, "last__gte": number}
    spendings = _rows(Spending, sweep, number=number)
    undone, joined = _left({each.household_id for each in spendings})
    return ledger_of(Lines(
        visits=_rows(Visit, sweep, **around), voidings=_rows(Voiding, sweep, **around), spendings=spendings,
        undone=undone, joined=joined,
    ))


def lines_for(sweep: Sweep) -> list[tuple[str, Any]]:
    """What was noted of a sweep, newest first: (visit | load | voiding, row). Those withdrawn are left out."""
    found = [(model.__name__.lower(), row) for model in (Visit, Load, Voiding) for row in _rows(model, sweep)]
    return sorted(found, key=lambda pair: (pair[1].lamport, pair[1].id), reverse=True)


def token_lines(ledger: Ledger, *, state: str = "") -> list[tuple[int, str]]:
    """Every number that was carried, handed out, spent or voided, in order, with where it stands."""
    numbers = sorted({*ledger.carried, *ledger.given, *ledger.spent, *ledger.voided})
    named = [(number, ledger.state_of(number)) for number in numbers]
    return [(number, found) for number, found in named if not state or found == state]


def families_not_asked(sweep: Sweep) -> int:
    """Families registered at the site since the sweep was opened that nobody asked: by import, by forms on phones."""
    phases = list(Phase.objects.filter(sweep=sweep).order_by("lamport", "id"))
    opened = next((each.at for each in phases if each.is_open), None)
    if opened is None:
        return 0
    found = Household.objects.filter(site=sweep.site_id, enrolled_at__gte=opened)
    if not phases[-1].is_open:
        found = found.filter(enrolled_at__lte=phases[-1].at)
    spent = Spending.objects.filter(sweep=sweep).values("household_id")
    without = Tokenless.objects.filter(sweep=sweep).values("household_id")
    return found.exclude(id__in=spent).exclude(id__in=without).count()


def how_many_wait_for(viewer: Operator) -> int:
    """Tokens that several families came with at the viewer's sites, not judged yet. One query where there are none."""
    sites = sites_of(viewer, action="token.judge")
    twice = Spending.objects.filter(sweep__site__in=sites).values("sweep", "number").annotate(
        families=Count("household", distinct=True)
    ).filter(families__gt=1).order_by()
    sweeps = {row["sweep"] for row in twice}
    return sum(len(ledger_of_sweep(sweep).open_clashes) for sweep in Sweep.objects.filter(id__in=sweeps))


def _rows(model: Any, sweep: Sweep, **only: Any) -> list[Any]:
    rows: QuerySet[Any] = model.objects.filter(sweep=sweep, **only).order_by("lamport", "id")
    if model in (Load, Visit, Voiding):
        rows = rows.exclude(id__in=Withdrawal.objects.filter(sweep=sweep).values("line"))
    return list(rows)


def _left(households: set[UUID]) -> tuple[frozenset[UUID], dict[UUID, UUID]]:
    """Which of them were entered by mistake or taken back, and which were joined to another."""
    mistakes, joined = set[UUID](), dict[UUID, UUID]()
    for part in _parts(households):
        found = Household.objects.filter(id__in=part)
        mistakes |= set(found.filter(status=HouseholdStatus.UNDONE).values_list("id", flat=True))
        gone = found.filter(status=HouseholdStatus.WITHDRAWN).values_list("id", flat=True)
        left = Happening.objects.filter(household__in=list(gone), kind=Happened.WITHDRAWN, undone_version="")
        why = dict(left.order_by("version").values_list("household", "reason"))  # the newest withdrawal counts
        mistakes |= {id_ for id_, reason in why.items() if reason == LeavingReason.MISTAKE}
        into = found.filter(status=HouseholdStatus.MERGED).exclude(merged_into=None)
        joined |= {id_: other for id_, other in into.values_list("id", "merged_into") if other}
    return frozenset(mistakes), joined


def _parts(ids: set[UUID]) -> Iterator[list[UUID]]:
    ordered = sorted(ids)
    return (ordered[start : start + 500] for start in range(0, len(ordered), 500))


def family_numbers(households: set[UUID]) -> dict[UUID, str]:
    """The public numbers of these households; one whose registration has not arrived is left out."""
    return {
        id_: number for part in _parts(households)
        for id_, number in Household.objects.filter(id__in=part).values_list("id", "number")
    }
