"""From the list to the hand: who may, what the ladder asks, and a second collection that cannot happen."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from gada import journal
from gada.assistance.models import Entitlement, Redemption
from gada.assistance.queries.desk import families_named, people_of_list, recipients_of
from gada.assistance.services import (
    make_list,
    open_list,
    redeem_entitlement,
    refuse_collection,
    settle_after_judgement,
    take_step,
    verify_list,
)
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Refusal
from gada.journal.comparing import compare_state
from gada.matching.models import Case
from gada.matching.services import check_person, judge_case, undo_judgement
from gada.people.rules import birth_of
from gada.people.services import merge_households, withdraw_household
from tests.assistance.builders import RATION, a_cycle, an_open_list, recognised, the_entitlement
from tests.people.builders import a_household, a_member
from tests.world import AT, Role, a_node, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db


def test_a_clerk_hands_nothing_over():
    household = a_household()
    an_open_list()
    with refused("not-permitted"):
        redeem_entitlement(operator=an_operator(Role.CLERK), entitlement_id=the_entitlement(household).id, at=AT)


def test_another_agency_hands_nothing_over():
    household = a_household()
    an_open_list()
    chen = an_operator(Role.DISTRIBUTOR, Role.SUPERVISOR, name="Chen", agency=an_agency())
    entitlement = the_entitlement(household)
    for attempt in (
        lambda: redeem_entitlement(operator=chen, entitlement_id=entitlement.id, at=AT),
        lambda: refuse_collection(operator=chen, entitlement_id=entitlement.id, reason="x", way_forward="y", at=AT),
        lambda: recognised(entitlement, agent=chen),
    ):
        with refused("not-permitted"):
            attempt()


def test_whoever_makes_a_list_may_not_check_it_and_an_unchecked_list_does_not_open():
    a_household()
    bakr = an_operator(Role.SUPERVISOR)
    made = make_list(operator=bakr, cycle=a_cycle(), site=a_node().site, contents=RATION, at=AT)
    with refused("list-own"):
        verify_list(operator=bakr, list_id=made.id, at=AT)
    with refused("list-not-verified"):
        open_list(operator=bakr, list_id=made.id, at=AT)


def test_each_family_gets_one_entitlement_by_its_size():
    a_household(of=4)
    alone = a_household(of=1)
    an_open_list()
    assert Entitlement.objects.count() == 2
    assert [line["quantity"] for line in the_entitlement(alone).contents] == [10_000, 5_000]


def test_opening_a_list_twice_opens_nothing_twice():
    a_household()
    opened = an_open_list()
    open_list(operator=an_operator(Role.SUPERVISOR), list_id=opened.id, at=AT)
    assert Entitlement.objects.count() == 1


def test_nobody_collects_unrecognised():
    household = a_household()
    an_open_list()
    agent = an_operator(Role.DISTRIBUTOR)
    with refused("not-verified"):
        redeem_entitlement(operator=agent, entitlement_id=the_entitlement(household).id, at=AT)


def test_an_old_recognition_does_not_carry():
    household = a_household()
    an_open_list()
    entitlement = the_entitlement(household)
    recognised(entitlement)
    with refused("not-verified"):
        redeem_entitlement(
            operator=an_operator(Role.DISTRIBUTOR), entitlement_id=entitlement.id, at=AT + timedelta(hours=3)
        )


def test_a_child_who_does_not_collect_is_not_compared():
    household = a_household(of=2)
    an_open_list()
    child = household.memberships.get(relationship="child")
    with refused("not-a-recipient"):
        take_step(
            operator=an_operator(Role.DISTRIBUTOR),
            entitlement_id=the_entitlement(household).id,
            person_id=child.person_id,
            method="photo",
            recognised=True,
            reason="came alone",
            at=AT,
        )


def test_only_a_supervisor_takes_the_last_step():
    household = a_household()
    an_open_list()
    entitlement = the_entitlement(household)
    head = household.memberships.get(relationship="head").person_id
    step = dict(
        entitlement_id=entitlement.id,
        person_id=head,
        method="supervisor",
        recognised=True,
        reason="knows the family",
        at=AT,
    )
    with refused("supervisor-needed"):
        take_step(operator=an_operator(Role.DISTRIBUTOR), **step)
    assert take_step(operator=an_operator(Role.SUPERVISOR), **step).recognised


def test_a_step_says_why():
    household = a_household()
    an_open_list()
    head = household.memberships.get(relationship="head").person_id
    with refused("reason-missing"):
        take_step(
            operator=an_operator(Role.DISTRIBUTOR), entitlement_id=the_entitlement(household).id, person_id=head,
            method="photo", recognised=True, reason=" ", at=AT,
        )


def test_a_second_collection_is_refused():
    household = a_household()
    an_open_list()
    entitlement, agent = the_entitlement(household), an_operator(Role.DISTRIBUTOR)
    recognised(entitlement, agent=agent)
    redeem_entitlement(operator=agent, entitlement_id=entitlement.id, at=AT)
    recognised(entitlement, agent=agent)
    with refused("already-collected"):
        redeem_entitlement(operator=agent, entitlement_id=entitlement.id, at=AT)


def test_a_double_press_is_one_redemption():
    household = a_household()
    an_open_list()
    entitlement, agent, id_ = the_entitlement(household), an_operator(Role.DISTRIBUTOR), new_id()
    recognised(entitlement, agent=agent)
    first = redeem_entitlement(operator=agent, entitlement_id=entitlement.id, at=AT, redemption_id=id_)
    assert redeem_entitlement(operator=agent, entitlement_id=entitlement.id, at=AT, redemption_id=id_).id == first.id
    assert Redemption.objects.count() == 1


def test_the_database_itself_refuses_a_second_redemption_and_a_second_entitlement():
    household = a_household()
    an_open_list()
    entitlement = the_entitlement(household)
    row = dict(entitlement=entitlement, collected_by=new_id(), method="photo", operator_id=new_id(), at=AT)
    Redemption.objects.create(id=new_id(), **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Redemption.objects.create(id=new_id(), **row)
    twin = Entitlement.objects.get(id=entitlement.id)
    twin.id = new_id()
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_two_desks_pressing_at_the_same_moment_hand_over_once():
    household = a_household()
    an_open_list()
    entitlement = the_entitlement(household)
    agents = [an_operator(Role.DISTRIBUTOR) for _ in range(4)]
    recognised(entitlement)
    together, outcomes = threading.Barrier(len(agents)), []

    def press(agent):
        try:
            together.wait()
            redeem_entitlement(operator=agent, entitlement_id=entitlement.id, at=AT)
            outcomes.append("handed over")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    desks = [threading.Thread(target=press, args=(agent,)) for agent in agents]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    assert sorted(outcomes) == ["already-collected"] * 3 + ["handed over"]
    assert Redemption.objects.count() == 1


def test_a_refusal_leaves_the_entitlement_open_for_the_rightful_one():
    household = a_household()
    an_open_list()
    entitlement = the_entitlement(household)
    slip = refuse_collection(
        operator=an_operator(Role.SUPERVISOR),
        entitlement_id=entitlement.id,
        reason="the print and the photo are not hers",
        way_forward="come back with the card or with another recipient",
        at=AT,
    )
    assert slip.appeal_until == (AT + timedelta(days=30)).date()
    recognised(entitlement)
    redeem_entitlement(operator=an_operator(Role.DISTRIBUTOR), entitlement_id=entitlement.id, at=AT)


def test_only_a_supervisor_says_no_and_says_why():
    household = a_household()
    an_open_list()
    entitlement = the_entitlement(household)
    with refused("not-permitted"):
        refuse_collection(
            operator=an_operator(Role.DISTRIBUTOR),
            entitlement_id=entitlement.id,
            reason="x",
            way_forward="y",
            at=AT,
        )
    with refused("reason-missing"):
        refuse_collection(
            operator=an_operator(Role.SUPERVISOR),
            entitlement_id=entitlement.id,
            reason="x",
            way_forward="",
            at=AT,
        )


def two_registrations():
    """One woman alone, registered twice under two spellings."""
    same = {
        "father": "Issoufou Garba",
        "mother": "Hadiza Moussa",
        "birth": birth_of(year=1984, month=3, day=14),
        "sex": "F",
        "phone": "+22790112233",
    }
    return tuple(
        a_household(members=(a_member(head=True, given=given, surname=surname, **same),))
        for given, surname in (("Zeinabou", "Issoufou"), ("Zeynabou", "Issoufou"))
    )


def judged(one, other, *, same: bool):
    """What a judgement leaves in the journal, through the rows that matching keeps."""
    adjudicator = an_operator(Role.ADJUDICATOR, Role.SUPERVISOR)
    check_person(person=other.memberships.get(relationship="head").person, at=AT)
    case = Case.objects.get()
    verdict = "same" if same else "different"
    judgement = judge_case(operator=adjudicator, case_id=case.id, verdict=verdict, reason="prints agree", at=AT)
    if same:  # two families become one: that takes a second reader
        second = an_operator(Role.ADJUDICATOR)
        judge_case(operator=second, case_id=case.id, verdict=verdict, reason="the same scar", at=AT)
    return lambda: undo_judgement(operator=adjudicator, judgement_id=judgement.id, reason="a mistake", at=AT)


def states():
    return sorted(Entitlement.objects.values_list("status", "collected_twice"))


def test_judged_one_family_the_younger_entitlement_waits_and_undoing_gives_it_back():
    one, other = two_registrations()
    an_open_list()
    undo = judged(one, other, same=True)
    assert states() == [("held", False), ("open", False)]
    assert the_entitlement(other).status == "held", "the family keeps its older entitlement"
    with refused("entitlement-held"):
        redeem_entitlement(operator=an_operator(Role.DISTRIBUTOR), entitlement_id=the_entitlement(other).id, at=AT)
    undo()
    assert states() == [("open", False), ("open", False)]
    assert the_entitlement(other).held_by is None
    assert compare_state().differences == ()


def test_while_readers_have_not_agreed_nobody_loses_aid():
    """A case waits, then one reader says "the same": both families keep their right, and receive."""
    one, other = two_registrations()
    an_open_list()
    check_person(person=other.memberships.get(relationship="head").person, at=AT)
    case = Case.objects.get()
    bakr = an_operator(Role.ADJUDICATOR)
    made = judge_case(operator=bakr, case_id=case.id, verdict="same", reason="", at=AT)
    assert made.waits and states() == [("open", False), ("open", False)]
    younger = the_entitlement(other)
    recognised(younger)
    redeem_entitlement(operator=an_operator(Role.DISTRIBUTOR), entitlement_id=younger.id, at=AT)
    judge_case(operator=an_operator(Role.ADJUDICATOR), case_id=case.id, verdict="same", reason="", at=AT)
    assert (the_entitlement(one).status, the_entitlement(other).status) == ("held", "redeemed")
    undo_judgement(operator=bakr, judgement_id=made.id, reason="a mistake", at=AT)
    assert (the_entitlement(one).status, the_entitlement(other).status) == ("open", "redeemed")
    assert compare_state().differences == ()


def test_somebody_in_an_open_case_receives_aid():
    one, other = two_registrations()
    an_open_list()
    check_person(person=other.memberships.get(relationship="head").person, at=AT)
    assert Case.objects.get().status == "open"
    for household in (one, other):
        recognised(the_entitlement(household))
        redeem_entitlement(operator=an_operator(Role.DISTRIBUTOR), entitlement_id=the_entitlement(household).id, at=AT)
    assert states() == [("redeemed", False), ("redeemed", False)]


def test_judged_one_family_after_one_collected_the_other_waits():
    one, other = two_registrations()
    an_open_list()
    younger = the_entitlement(other)
    recognised(younger)
    redeem_entitlement(operator=an_operator(Role.DISTRIBUTOR), entitlement_id=younger.id, at=AT)
    undo = judged(one, other, same=True)
    assert (the_entitlement(one).status, the_entitlement(other).status) == ("held", "redeemed")
    undo()
    assert (the_entitlement(one).status, the_entitlement(other).status) == ("open", "redeemed")


def test_judged_one_family_after_both_collected_nothing_is_lost():
    one, other = two_registrations()
    an_open_list()
    for household in (one, other):
        recognised(the_entitlement(household))
        redeem_entitlement(operator=an_operator(Role.DISTRIBUTOR), entitlement_id=the_entitlement(household).id, at=AT)
    undo = judged(one, other, same=True)
    assert states() == [("redeemed", False), ("redeemed", True)]
    undo()
    assert states() == [("redeemed", False), ("redeemed", False)]


def test_judged_two_people_nothing_changes():
    one, other = two_registrations()
    an_open_list()
    judged(one, other, same=False)
    assert states() == [("open", False), ("open", False)]


def test_a_judgement_before_the_list_gives_the_family_one_entitlement():
    one, other = two_registrations()
    judged(one, other, same=True)
    an_open_list()
    assert Entitlement.objects.count() == 1


def test_an_entry_about_nobody_settles_nothing():
    a_node()
    with transaction.atomic():
        journal.record("note.made", by=("node", new_id()), about=("note", new_id()), facts={}, at=AT)
    entry = type("E", (), {"facts": {"households": []}})()
    assert settle_after_judgement(entry) is None


def test_what_was_due_stays_due_after_a_joining_and_after_a_withdrawal():
    household, other = a_household(of=2), a_household(of=2)
    made, who = an_open_list(), an_operator(Role.SUPERVISOR)
    number, owed = other.number, the_entitlement(other)
    merge_households(operator=who, household_id=household.id, other_id=other.id, becomes={}, at=AT)
    withdraw_household(operator=who, household_id=household.id, reason="wish", at=AT)
    bride = other.memberships.get(relationship="head").person
    assert bride.id in {each.person_id for each in recipients_of(owed)} and bride.id in people_of_list(made)
    found = families_named(an_operator(Role.DISTRIBUTOR), made, number)
    assert {each.entitlement.id for each in found} == {owed.id, the_entitlement(household).id}
    take_step(
        operator=an_operator(Role.DISTRIBUTOR), entitlement_id=owed.id, person_id=bride.id, method="photo",
        recognised=True, reason="reader out of order", at=AT,
    )
    assert an_open_list(cycle=a_cycle("Avril")).entitlements.count() == 0, "on no new list"
