"""A campaign of presence, and a family on its way: `noticed(a_household(), a_roll_call())`."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from gada.agencies.models import Operator, Site
from gada.assistance.models import DistributionList, Entitlement
from gada.assistance.services import close_list, make_list, open_list, redeem_entitlement, verify_list
from gada.assistance.services.lists import create_cycle
from gada.people.models import Household
from gada.presence.models import RollCall, Step
from gada.presence.services import (
    close_roll_call,
    confirm_presence,
    decide_absence,
    give_notice,
    open_campaign,
    warn_families,
)
from tests.assistance.builders import RATION, recognised
from tests.world import AT, Role, a_node, an_operator

DAY = timedelta(days=1)
LAST_DAY = date(2026, 3, 20)
AFTER = AT + 10 * DAY  # the campaign is over
LATER = AFTER + 15 * DAY  # grace is over, too


def bakr(name: str = "Bakr") -> Operator:
    return Operator.objects.filter(name=name).first() or an_operator(Role.SUPERVISOR, name=name)


def a_roll_call(*, site: Site | None = None, **rule: object) -> RollCall:
    """Opened by the administrator; closed by nobody."""
    values: dict[str, object] = {
        "name": "Mars", "sites": [site or a_node().site], "starts_on": AT.date(), "ends_on": LAST_DAY,
        "appeal_at": "Bureau du site", "misses": None, **rule,
    }
    return open_campaign(operator=a_node().admin, at=AT, **values)[0]  # type: ignore[arg-type]


def head_of(household: Household) -> UUID:
    return household.memberships.get(relationship="head").person_id


def seen(household: Household, roll_call: RollCall, *, at=AT, others: bool = True, agent: Operator | None = None):
    """The head came, two neighbours knew them; the others stood beside."""
    people = [each.person_id for each in household.memberships.filter(until=None)] if others else []
    return confirm_presence(
        operator=agent or bakr(), roll_call_id=roll_call.id, household_id=household.id, who=head_of(household),
        people=people, means="known", vouchers=["Issa Garba", "Hadiza Maïga"], at=at,
    )


def warned(household: Household, roll_call: RollCall, *, at=AFTER) -> Step:
    return warn_families(operator=bakr(), roll_call_id=roll_call.id, households=[household.id], at=at)[0]


def noticed(household: Household, roll_call: RollCall, *, at=AFTER) -> Step:
    warned(household, roll_call, at=at)
    return give_notice(
        operator=bakr(), roll_call_id=roll_call.id, households=[household.id], channel="posted", at=at
    )[0]


def decided(household: Household, roll_call: RollCall, *, suspend: bool = True, at=LATER, by: str = "Dina") -> Step:
    return decide_absence(
        operator=bakr(by), roll_call_id=roll_call.id, household_id=household.id, suspend=suspend,
        reason="personne depuis mars", at=at,
    )


def suspended(household: Household, roll_call: RollCall) -> Step:
    noticed(household, roll_call)
    return decided(household, roll_call)


def distributions(cycle, count: int, *, collected: dict[int, Household] | None = None, at=AT) -> list[DistributionList]:
    """That many distributions opened and closed, one after the other; in some of them a family collected."""
    made = []
    for index in range(count):
        one = create_cycle(
            operator=a_node().admin, intervention=cycle.intervention, name=f"Tour {index} {at:%d}",
            starts_on=AT.date(), ends_on=LAST_DAY, at=at,
        )
        opened = opened_list(one, at=at + index * DAY)
        if collected and index in collected:
            entitlement = Entitlement.objects.get(list=opened, household=collected[index])
            recognised(entitlement)
            redeem_entitlement(operator=an_operator(Role.DISTRIBUTOR), entitlement_id=entitlement.id, at=AT)
        made.append(close_list(operator=bakr(), list_id=opened.id, at=at + index * DAY))
    return made


def opened_list(cycle, *, at) -> DistributionList:
    made = make_list(operator=bakr(), cycle=cycle, site=a_node().site, contents=RATION, at=at)
    verify_list(operator=bakr("Dina"), list_id=made.id, at=at)
    return open_list(operator=bakr(), list_id=made.id, at=at)


__all__ = ["close_roll_call"]
