"""Sweeps with tokens handed out, made by the real services: `a_sweep()`, `a_token(sweep, 3)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from gada.agencies.models import Operator, Site
from gada.fixing import queries, services
from gada.fixing.models import Sweep
from gada.fixing.rules.numbers import signs_of, token_of
from gada.fixing.rules.shelters import VisitDraft
from gada.people.models import Household
from tests.people.builders import a_household
from tests.world import AT, Role, a_node, an_operator


def a_sweep(*, site: Site | None = None, prefix: str = "NTK", opened: bool = True) -> Sweep:
    """Twenty tokens printed; 1–8 handed out by team 3 in block B, shelters 12–20, of which 15 was empty."""
    site = site or a_node().site
    boss: dict[str, Any] = {"operator": an_operator(Role.SUPERVISOR, site=site), "at": AT}
    sweep = services.plan_sweep(site=site, name="Aube", day=AT.date(), prefix=prefix, **boss)
    services.print_tokens(sweep_id=sweep.id, paper="sheet", first=1, last=20, **boss)
    services.carry_tokens(sweep_id=sweep.id, team="Équipe 3", first=1, last=10, **boss)
    visit = VisitDraft(
        "Équipe 3", "B", tuple(str(each) for each in range(12, 21)), ("15",), first=1, last=8
    )
    services.record_visits(sweep_id=sweep.id, visits=[visit], **boss)
    if opened:
        services.open_sweep(sweep_id=sweep.id, **boss)
    return sweep


def a_token(sweep: Sweep, number: int) -> str:
    """What stands on it."""
    return token_of(sweep.prefix, number, signs_of(queries.key_of(sweep), sweep.id, number))


def presented(said: Mapping[str, Any], *, household: Household | None = None, by: Operator | None = None) -> Household:
    """A family registered with what it showed, in one transaction."""
    site = household.site if household else a_node().site
    with transaction.atomic():
        household = household or a_household(of=2, site=site)
        clerk = by or an_operator(Role.CLERK, site=site)
        services.present_token(operator=clerk, household=household, said=said, at=AT)
    return household
