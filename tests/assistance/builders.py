"""An open distribution: `a_list(households=3)` made by one supervisor, checked by another."""

from __future__ import annotations

from datetime import date

from gada.agencies.models import Site
from gada.assistance.models import Cycle, DistributionList, Entitlement, Verification
from gada.assistance.services import (
    create_cycle,
    create_intervention,
    make_list,
    open_list,
    take_step,
    verify_list,
)
from gada.people.models import Household
from tests.world import AT, Role, a_node, a_programme, an_operator

RATION = [
    {"item": "Mil", "unit": "kg", "quantity": 10_000, "per": "member"},
    {"item": "Huile", "unit": "l", "quantity": 5_000, "per": "household"},
]


def a_cycle(name: str = "Mars") -> Cycle:
    admin = a_node().admin
    intervention = create_intervention(operator=admin, programme=a_programme(), name="Vivres", item="ration", at=AT)
    return create_cycle(
        operator=admin,
        intervention=intervention,
        name=name,
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 3, 31),
        at=AT,
    )


def an_open_list(*, cycle: Cycle | None = None, site: Site | None = None) -> DistributionList:
    site = site or a_node().site
    bakr, other = an_operator(Role.SUPERVISOR, name="Bakr"), an_operator(Role.SUPERVISOR)
    made = make_list(operator=bakr, cycle=cycle or a_cycle(), site=site, contents=RATION, at=AT)
    verify_list(operator=other, list_id=made.id, at=AT)
    return open_list(operator=bakr, list_id=made.id, at=AT)


def the_entitlement(household: Household) -> Entitlement:
    return Entitlement.objects.get(household=household)


def recognised(entitlement: Entitlement, *, agent=None) -> Verification:
    """Somebody compared the photo and recognised the head."""
    agent = agent or an_operator(Role.DISTRIBUTOR)
    head = entitlement.household.memberships.get(relationship="head")
    return take_step(
        operator=agent, entitlement_id=entitlement.id, person_id=head.person_id, method="photo", recognised=True,
        reason="reader out of order", at=AT,
    )
