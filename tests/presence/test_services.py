"""Who was seen, who is absent by the rule, and what may be done: proposed, told, waited for, decided, undone."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from gada.assistance.models import Entitlement
from gada.assistance.queries import families_for, preview_of, why_not_listed
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.journal.reading import entry_of, open_entries
from gada.journal.registry import APPLY
from gada.people.models import Household
from gada.people.services import erase_person, move_household
from gada.presence import queries, services
from gada.presence.models import Campaign, Closing, RollCall, Sighting, Step
from gada.presence.rules import Stage
from tests.assistance.builders import a_cycle, recognised
from tests.assistance.desk_world import a_family
from tests.biometrics.builders import a_record
from tests.people.builders import a_household
from tests.presence.builders import (
    AFTER,
    DAY,
    LATER,
    a_roll_call,
    bakr,
    decided,
    distributions,
    head_of,
    noticed,
    opened_list,
    seen,
    suspended,
    warned,
)
from tests.world import AT, Role, a_node, a_programme, a_site, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
MODELS = (Campaign, RollCall, Closing, Sighting, Step)


@pytest.fixture(autouse=True)
def _each_its_own_gallery(fresh_gallery: None) -> None:
    """Fingers are searched here."""


def stage_of(household: Household, roll_call: RollCall, *, at=LATER) -> Stage:
    return queries.absence_for(bakr(), roll_call, household.id, at=at).stage


def figures(roll_call: RollCall):
    return queries.figures_for(bakr(), queries.roll_calls_of(bakr(), roll_call.campaign_id))[0]


def appealed(household: Household, roll_call: RollCall, *, at=LATER) -> Step:
    return services.receive_appeal(
        operator=bakr(), roll_call_id=roll_call.id, household_id=household.id, reason="elle était à l’hôpital",
        hears="Chaïbou", at=at,
    )


def answered(household: Household, roll_call: RollCall, *, grant: bool, by: str = "Chaïbou") -> Step:
    return services.answer_appeal(
        operator=bakr(by), roll_call_id=roll_call.id, household_id=household.id, grant=grant, reason="entendue",
        at=LATER + DAY,
    )


# Who may


def test_outsiders_and_clerks_are_refused() -> None:
    household, roll_call = a_household(), a_roll_call()
    for outsider in (
        an_operator(Role.SUPERVISOR, agency=an_agency()), an_operator(Role.SUPERVISOR, site=a_site("Maradi"))
    ):
        with refused("roll-call-unknown"):
            seen(household, roll_call, agent=outsider)
        with refused("roll-call-unknown"):
            services.warn_families(operator=outsider, roll_call_id=roll_call.id, households=[household.id], at=AFTER)
    clerk = an_operator(Role.CLERK)
    for service, more in (
        (services.warn_families, {"households": [household.id]}),
        (services.give_notice, {"households": [household.id], "channel": "posted"}),
        (services.decide_absence, {"household_id": household.id, "suspend": True, "reason": "non"}),
        (services.answer_appeal, {"household_id": household.id, "grant": True, "reason": "oui"}),
        (services.close_roll_call, {}),
    ):
        with refused("not-permitted"):
            service(operator=clerk, roll_call_id=roll_call.id, at=AFTER, **more)


@pytest.mark.parametrize(("rule", "code"), [
    ({"sites": []}, "campaign-incomplete"), ({"ends_on": AT.date() - DAY}, "campaign-order"),
    ({"ends_on": AT.date() + 500 * DAY}, "campaign-long"), ({"appeal_at": " "}, "campaign-appeal"),
    ({"not_seen": False}, "campaign-rule"), ({"misses": 1}, "campaign-misses"), ({"grace_days": 0}, "campaign-grace"),
])
def test_a_campaign_says_where_when_by_what_rule_and_where_to_appeal(rule: dict, code: str) -> None:
    with refused(code):
        a_roll_call(**rule)


# Seeing


def test_expected_is_who_was_registered_at_opening_and_nobody_is_doubled() -> None:
    here, away = a_household(of=3), a_household(of=2)
    roll_call = a_roll_call()
    Household.objects.filter(id=a_household().id).update(enrolled_at=AT + DAY)
    assert len(seen(here, roll_call)) == 3
    with refused("seen-already"):
        seen(here, roll_call, at=AT + DAY)
    told = figures(roll_call)
    assert (told.expected, told.seen, told.missing, told.people, told.besides) == (2, 1, 1, 3, 0)
    assert told.means == {"known": 1, "family": 2}
    move_household(operator=bakr(), household_id=away.id, place="Maradi", site=a_site("Maradi"), at=AT + DAY)
    assert figures(roll_call).expected == 1  # it gave news of itself


def test_means_are_what_they_say() -> None:
    household, roll_call = a_family(finger=7, of=2), a_roll_call()
    came = {"operator": bakr(), "roll_call_id": roll_call.id, "household_id": household.id, "at": AT}
    with refused("presence-who"):
        services.confirm_presence(**came, means="known")
    with refused("presence-witnesses"):
        services.confirm_presence(**came, who=head_of(household), means="known", vouchers=["Issa", "issa "])
    with refused("presence-no-photo"):
        services.confirm_presence(**came, who=head_of(household), means="card")
    with refused("presence-no-finger"):
        services.confirm_presence(**came, who=head_of(household), means="finger")
    with refused("presence-means"):
        services.confirm_presence(**came, who=head_of(household), means="family")
    with refused("presence-members"):
        services.confirm_presence(**came, who=head_of(a_household()), means="known")
    from gada.biometrics.services import read_fingers

    with refused("presence-finger"):
        services.confirm_presence(**came, fingers=read_fingers({0: a_record({2: 8}, 1)}))
    made = services.confirm_presence(**came, fingers=read_fingers({0: a_record({2: 7}, 2)}))
    assert [(each.person, each.means) for each in made] == [(head_of(household), "finger")]
    everybody = [row.person_id for row in household.memberships.all()]
    others = services.confirm_presence(**came, who=head_of(household), people=everybody)
    assert [(each.means, each.vouched_by) for each in others] == [("family", head_of(household))]
    services.close_roll_call(operator=bakr(), roll_call_id=roll_call.id, at=AT)
    late = a_household(of=1)
    assert len(seen(late, roll_call, at=LATER)) == 1


def test_somebody_of_another_site_is_recorded_as_seen_there() -> None:
    maradi = a_site("Maradi")
    roll_call, theirs = a_roll_call(), a_household(of=1, site=maradi)
    made = seen(theirs, roll_call)
    assert made[0].seen_at == roll_call.site_id
    entry = LogEntry.objects.get(action="presence.seen")
    assert (entry.site, entry.about_id) == (maradi.id, head_of(theirs))  # so that laptops of Maradi learn of it
    assert figures(roll_call).people == 0


# Absence


def test_nobody_is_absent_before_the_campaign_ends_nor_who_collected_aid() -> None:
    served, gone = a_household(of=1), a_household(of=1)
    roll_call, cycle = a_roll_call(), a_cycle()
    with refused("not-absent"):
        warned(gone, roll_call, at=AT + DAY)
    entitlement = Entitlement.objects.get(list=opened_list(cycle, at=AT), household=served)
    recognised(entitlement)
    from gada.assistance.services import redeem_entitlement

    redeem_entitlement(
        operator=an_operator(Role.DISTRIBUTOR), entitlement_id=entitlement.id, at=AT + timedelta(hours=1)
    )
    assert queries.grounds_at(roll_call, at=AFTER) == {gone.id: [{"kind": "not-seen"}]}


def test_three_distributions_missed_in_a_row_propose_and_one_collected_between_does_not() -> None:
    gone, once = a_household(of=1), a_household(of=1)
    cycle, roll_call = a_cycle(), a_roll_call(not_seen=False, misses=3)
    distributions(cycle, 2)
    assert queries.grounds_at(roll_call, at=AT) == {}
    distributions(cycle, 1, collected={0: once}, at=AT + 5 * DAY)
    assert queries.grounds_at(roll_call, at=AT) == {gone.id: [{"kind": "missed", "count": 3}]}
    seen(gone, roll_call)
    assert queries.grounds_at(roll_call, at=AFTER) == {}


def test_notice_grace_a_second_person_and_only_then_a_decision() -> None:
    household, roll_call = a_household(of=1), a_roll_call()
    with refused("absence-no-notice"):
        decided(household, roll_call)
    with refused("absence-not-listed"):
        services.give_notice(
            operator=bakr(), roll_call_id=roll_call.id, households=[household.id], channel="posted", at=AFTER
        )
    noticed(household, roll_call)
    with refused("absence-listed"):
        warned(household, roll_call)
    with refused("absence-grace"):
        decided(household, roll_call, at=AFTER + 13 * DAY)
    with refused("absence-own"):
        decided(household, roll_call, by="Bakr")
    with refused("absence-reason"):
        services.decide_absence(
            operator=bakr("Dina"),
            roll_call_id=roll_call.id,
            household_id=household.id,
            suspend=True,
            reason=" ",
            at=LATER,
        )
    assert stage_of(household, roll_call, at=AFTER) == Stage.GRACE
    assert queries.suspended_among([household.id]) == {}
    decided(household, roll_call)
    assert stage_of(household, roll_call) == Stage.SUSPENDED
    household.refresh_from_db()
    assert household.status == "active"  # the record itself says nothing of it


def test_a_clock_that_fell_back_does_not_shorten_grace() -> None:
    household, roll_call = a_household(of=1), a_roll_call()
    services.close_roll_call(operator=bakr(), roll_call_id=roll_call.id, at=AFTER)
    for _ in range(60):  # the node has lived on
        an_operator_signed_something()
    noticed(household, roll_call, at=AT - 360 * DAY)
    with refused("absence-grace"):
        decided(household, roll_call, at=AFTER + 13 * DAY)
    decided(household, roll_call, at=AFTER + 14 * DAY)


def an_operator_signed_something() -> None:
    from django.db import transaction

    from gada import journal

    with transaction.atomic():
        journal.record(
            "operator.signed_in", by=a_node().admin, about=("operator", a_node().admin.id), facts={}, at=AFTER
        )


def test_a_suspended_family_is_on_no_new_list_and_the_desk_says_why() -> None:
    gone, stays = a_household(of=1), a_household(of=1)
    cycle, roll_call = a_cycle(), a_roll_call()
    seen(stays, roll_call)
    suspended(gone, roll_call)
    made = opened_list(cycle, at=LATER)
    assert {each.household_id for each in made.entitlements.all()} == {stays.id}
    assert preview_of(made).suspended == 1
    told = why_not_listed(bakr(), made, gone.number)
    assert [(person.id, why.reason) for person, why in told] == [(head_of(gone), "personne depuis mars")]
    assert "Bureau du site" in told[0][1].what_to_do


def test_a_suspension_of_one_programme_leaves_the_others() -> None:
    food = a_programme("Autre")
    household = a_household(of=1, programme=food)
    cycle, roll_call = a_cycle(), a_roll_call(programme=food)
    suspended(household, roll_call)
    assert set(queries.suspended_among([household.id], programme=food.id)) == {household.id}
    made = opened_list(cycle, at=LATER)
    assert [family.left_out for family in families_for(made)] == [False]


@pytest.mark.parametrize("how", ["granted", "seen"])
def test_coming_back_restores_what_was_opened_meanwhile(how: str) -> None:
    household, roll_call = a_household(of=2), a_roll_call()
    suspended(household, roll_call)
    made = opened_list(a_cycle(), at=LATER)
    assert made.entitlements.count() == 0
    if how == "granted":
        appealed(household, roll_call)
        with refused("absence-own-appeal"):
            answered(household, roll_call, grant=True, by="Dina")
        answered(household, roll_call, grant=True)
        assert stage_of(household, roll_call) == Stage.REINSTATED
    else:
        seen(household, roll_call)
        assert stage_of(household, roll_call) == Stage.RETURNED
    assert [each.members for each in made.entitlements.all()] == [2]
    assert queries.suspended_among([household.id]) == {}
    assert compare_state().differences == ()


def test_an_appeal_suspends_the_suspension_until_it_is_answered() -> None:
    household, roll_call = a_household(of=1), a_roll_call()
    with refused("absence-nothing"):
        appealed(household, roll_call)
    noticed(household, roll_call)
    appealed(household, roll_call, at=AFTER)
    with refused("absence-appeal-waits"):
        decided(household, roll_call)
    with refused("absence-own-appeal"):
        answered(household, roll_call, grant=False, by="Bakr")
    answered(household, roll_call, grant=False)
    decided(household, roll_call)
    assert set(queries.suspended_among([household.id])) == {household.id}
    appealed(household, roll_call)
    assert queries.suspended_among([household.id]) == {}
    answered(household, roll_call, grant=False)
    assert set(queries.suspended_among([household.id])) == {household.id}
    with refused("absence-no-appeal"):
        answered(household, roll_call, grant=True)


def test_a_family_that_is_kept_is_left_in_peace() -> None:
    household, roll_call = a_household(of=1), a_roll_call()
    noticed(household, roll_call)
    decided(household, roll_call, suspend=False, at=AFTER, by="Bakr")
    with refused("absence-over"):
        decided(household, roll_call)
    with refused("absence-listed"):
        warned(household, roll_call)


def test_who_was_seen_by_another_laptop_is_not_suspended_whatever_came_first() -> None:
    household, roll_call = a_household(of=1), a_roll_call()
    noticed(household, roll_call)
    decided(household, roll_call)
    came = seen(household, roll_call, at=AT - 300 * DAY)[0]  # on a laptop that came home late, with a wrong clock
    Sighting.objects.filter(id=came.id).update(lamport=1)
    assert stage_of(household, roll_call) == Stage.RETURNED
    assert queries.suspended_among([household.id]) == {}


def test_any_order_of_arrival_gives_the_same_rows_and_the_same_standing() -> None:
    gone, back, kept = (a_household(of=1) for _ in range(3))
    roll_call = a_roll_call()
    for each in (gone, back, kept):
        noticed(each, roll_call)
    services.close_roll_call(operator=bakr(), roll_call_id=roll_call.id, at=LATER)
    decided(gone, roll_call)
    decided(back, roll_call)
    appealed(back, roll_call)
    answered(back, roll_call, grant=True)
    decided(kept, roll_call, suspend=False)
    entries = [
        entry_of(opened)
        for name in ("presence.", "absence.")
        for opened in open_entries(LogEntry.objects.filter(action__startswith=name).order_by("lamport"))
    ]
    wanted, stages = rows(), [stage_of(each, roll_call) for each in (gone, back, kept)]
    assert stages == [Stage.SUSPENDED, Stage.REINSTATED, Stage.KEPT]
    for seed in range(4):
        for model in reversed(MODELS):
            model.objects.all().delete()
        shuffled = entries * 2
        random.Random(seed).shuffle(shuffled)
        for entry in shuffled:
            APPLY[entry.action]([entry])
        assert rows() == wanted
    assert compare_state().differences == ()


def rows() -> list:
    return [list(model.objects.order_by("pk").values()) for model in MODELS]


def test_what_was_seen_of_somebody_goes_with_them_when_they_are_erased() -> None:
    household, roll_call = a_household(of=2), a_roll_call()
    seen(household, roll_call)
    child = household.memberships.get(relationship="child").person
    erase_person(operator=an_operator(Role.DPO), person_id=child.id, ground="demande", at=AT)
    assert list(Sighting.objects.values_list("person", flat=True)) == [head_of(household)]
    assert compare_state().differences == ()
