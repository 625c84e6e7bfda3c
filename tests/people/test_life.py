"""What happens to a household after its registration: refused to outsiders, undone exactly, the same in any order."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gada.agencies.models import Operator
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Refusal
from gada.journal import Entry, Scope, registry
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.journal.reading import entry_of, open_entries
from gada.people.models import Change, Death, Happening, Household, Membership, Person, SearchKey
from gada.people.queries import search_people
from gada.people.rules import birth_of
from gada.people.services import (
    add_member,
    choose_head,
    choose_recipients,
    end_membership,
    erase_person,
    merge_households,
    move_household,
    note_death,
    return_household,
    return_person,
    split_household,
    undo_happening,
    withdraw_household,
    withdraw_person,
)
from tests.people.builders import a_household, a_member
from tests.world import AT, Role, a_site, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
LATER, TODAY = AT + timedelta(hours=1), date(2026, 3, 14)
NODES = [UUID(int=number) for number in (1, 2, 3)]


def open_in(household: Household) -> list[Membership]:
    return list(household.memberships.filter(until=None).order_by("since", "id"))


def the_head(household: Household) -> Membership:
    return household.memberships.get(relationship="head", until=None)


def others(household: Household) -> list[Membership]:
    return [each for each in open_in(household) if each.relationship != "head"]


def a_death(who: Operator, household: Household) -> Happening:
    head, next_head = the_head(household), others(household)[0]
    return note_death(
        operator=who, person_id=head.person_id, died=birth_of(year=2026, month=3), said_by="Sa sœur", at=LATER,
        today=TODAY, successors={household.id: next_head.id},
    )


def a_split(who: Operator, household: Household) -> Household:
    one, two = others(household)[:2]
    return split_household(
        operator=who, household_id=household.id, leaving={one.id: "head", two.id: "child"}, place="NE009", at=LATER
    )


DEEDS = {
    "birth": lambda who, h: add_member(operator=who, household=h, member=a_member(), at=LATER, born=True),
    "joining": lambda who, h: add_member(operator=who, household=h, member=a_member(), at=LATER),
    "leaving": lambda who, h: end_membership(
        operator=who, membership_id=others(h)[0].id, reason="moved", at=LATER
    ),
    "death": a_death,
    "head": lambda who, h: choose_head(
        operator=who, household_id=h.id, membership_id=others(h)[0].id, former_becomes="spouse", at=LATER
    ),
    "recipients": lambda who, h: choose_recipients(
        operator=who, household_id=h.id, principal=others(h)[0].id, alternates=[others(h)[1].id], at=LATER
    ),
    "split": a_split,
    "merge": lambda who, h: merge_households(
        operator=who, household_id=h.id, other_id=a_household(of=2).id, becomes={}, at=LATER
    ),
    "move": lambda who, h: move_household(operator=who, household_id=h.id, place="NE017", at=LATER),
    "withdrawal": lambda who, h: withdraw_household(operator=who, household_id=h.id, reason="wish", at=LATER),
    "one withdraws": lambda who, h: withdraw_person(
        operator=who, person_id=others(h)[0].person_id, reason="wish", at=LATER
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_the_outsider_is_refused_and_nothing_is_written(deed: str) -> None:
    household = a_household(of=4)
    a_household(of=2)
    for stranger in (
        an_operator(Role.CLERK, Role.SUPERVISOR, Role.DPO, agency=an_agency()), an_operator(Role.AUDITOR),
        an_operator(Role.CLERK, Role.SUPERVISOR, site=a_site()),
    ):
        with refused("not-permitted"):
            DEEDS[deed](stranger, household)
        assert not Happening.objects.exists()
        written = LogEntry.objects.filter(action__startswith="household.").exclude(action="household.enrolled")
        assert not written.exists()


def test_an_outsider_takes_nothing_back() -> None:
    household = a_household(of=4)
    a_death(an_operator(Role.CLERK), household)
    with refused("not-permitted"):
        undo_happening(
            operator=an_operator(Role.CLERK, agency=an_agency()), happening_id=Happening.objects.get().id, at=LATER
        )


def test_a_clerk_neither_splits_nor_joins_households() -> None:
    household, clerk = a_household(of=4), an_operator(Role.CLERK)
    for deed in ("split", "merge"):
        with refused("not-permitted"):
            DEEDS[deed](clerk, household)


def rows(*, without: set[UUID] = frozenset()) -> dict[str, Any]:
    """Everything a household shows, by table."""
    return {
        "households": list(Household.objects.exclude(id__in=without).order_by("id").values()),
        "people": list(Person.objects.exclude(id__in=without).order_by("id").values()),
        "memberships": list(Membership.objects.order_by("id").values()),
        "keys": sorted(SearchKey.objects.exclude(person__in=without).values_list("person", "key")),
    }


@pytest.mark.parametrize("deed", DEEDS)
def test_undone_everything_is_as_before(deed: str) -> None:
    household, who = a_household(of=4), an_operator(Role.CLERK, Role.SUPERVISOR)
    if deed == "merge":  # the other household is registered before, not by the deed
        other = a_household(of=2)
        before = rows()
        merge_households(operator=who, household_id=household.id, other_id=other.id, becomes={}, at=LATER)
    else:
        before = rows()
        DEEDS[deed](who, household)
    happening = Happening.objects.get()
    assert rows() != before
    made = {
        *Household.objects.exclude(id__in=[each["id"] for each in before["households"]]).values_list("id", flat=True),
        *Person.objects.exclude(id__in=[each["id"] for each in before["people"]]).values_list("id", flat=True),
    }
    undone = undo_happening(operator=who, happening_id=happening.id, at=LATER)
    assert undone.undone_at == LATER and rows(without=made) == before
    assert {h.status for h in Household.objects.filter(id__in=made)} <= {"undone"}
    if deed == "birth":
        assert Person.objects.get(id__in=made).status == "withdrawn"
    with refused("undone-already"):
        undo_happening(operator=who, happening_id=happening.id, at=LATER)


def test_entries_alone_explain_a_year_with_its_undoings() -> None:
    household, who = a_household(of=5), an_operator(Role.CLERK, Role.SUPERVISOR)
    for deed in ("birth", "death", "recipients", "split", "move", "one withdraws"):
        DEEDS[deed](who, household)
    for kind in ("split", "member_died"):
        with suppress(Refusal):  # the death is followed by other recipients: that stays
            undo_happening(operator=who, happening_id=Happening.objects.get(kind=kind).id, at=LATER)
    erased = Happening.objects.get(kind="member_withdrawn").person
    assert erased is not None
    erase_person(operator=an_operator(Role.DPO), person_id=erased, ground="demande", at=LATER)
    assert compare_state().differences == ()


# What each does


def test_a_death_ends_what_it_ends_and_somebody_leads_in_the_same_act() -> None:
    household, clerk = a_household(of=3), an_operator(Role.CLERK)
    head, child = the_head(household), others(household)[0]
    words = {"operator": clerk, "person_id": head.person_id, "at": LATER, "today": TODAY}
    with refused("head-needed"):
        note_death(**words, died=birth_of(year=2026), said_by="Voisin")
    with refused("teller-missing"):
        note_death(**words, died=birth_of(year=2026), said_by=" ", successors={household.id: child.id})
    with refused("death-impossible"):
        note_death(**words, died=birth_of(year=1900), said_by="Voisin", successors={household.id: child.id})
    with refused("death-impossible"):
        note_death(**words, died=birth_of(year=2027), said_by="Voisin", successors={household.id: child.id})
    a_death(clerk, household)
    assert (the_head(household).id, the_head(household).recipient) == (child.id, "principal")
    dead = Person.objects.get(id=head.person_id)
    assert dead.status == "deceased" and not dead.memberships.filter(until=None).exists()
    death = Death.objects.get(person=dead.id)
    assert (death.earliest, death.latest, death.said_by) == (date(2026, 3, 1), date(2026, 3, 31), "Sa sœur")
    with refused("person-not-active"):
        note_death(**words, died=birth_of(year=2026), said_by="Voisin")
    erase_person(operator=an_operator(Role.DPO), person_id=dead.id, ground="demande", at=LATER)
    assert not Death.objects.exists()


def test_a_split_has_its_own_number_and_the_head_may_be_among_those_who_go() -> None:
    household, who = a_household(of=4), an_operator(Role.SUPERVISOR)
    head, one, two, three = the_head(household), *others(household)
    common = {"operator": who, "household_id": household.id, "at": LATER}
    with refused("household-head"):
        split_household(**common, leaving={one.id: "child"})
    with refused("head-needed"):
        split_household(**common, leaving={head.id: "head", one.id: "spouse"})
    with refused("nobody-stays"):
        split_household(**common, leaving={each.id: "head" if each == head else "child" for each in open_in(household)})
    made = split_household(**common, leaving={head.id: "head", one.id: "spouse"}, stays_head=two.id)
    assert made.number != household.number and made.site_id == household.site_id and made.status == "active"
    assert {each.relationship for each in open_in(made)} == {"head", "spouse"}
    assert the_head(household).id == two.id and three.id in {each.id for each in open_in(household)}
    assert the_head(made).recipient == the_head(household).recipient == "principal"


def test_two_households_become_one_and_both_numbers_lead_to_it() -> None:
    household, other, who = a_household(of=3), a_household(of=2), an_operator(Role.SUPERVISOR)
    bride = the_head(other)
    merge_households(
        operator=who, household_id=household.id, other_id=other.id, becomes={bride.id: "spouse"}, at=LATER
    )
    other.refresh_from_db()
    assert (other.status, other.merged_into) == ("merged", household.id) and len(open_in(household)) == 5
    assert household.memberships.get(person=bride.person_id).relationship == "spouse"
    assert bride.person in search_people(who, other.number) and bride.person in search_people(who, household.number)
    with refused("household-not-active"):
        move_household(operator=who, household_id=other.id, place="X", at=LATER)
    with refused("same-household"):
        merge_households(operator=who, household_id=household.id, other_id=household.id, becomes={}, at=LATER)


def test_a_household_moves_to_another_site_with_its_people() -> None:
    household, who, there = a_household(of=3), an_operator(Role.CLERK), a_site()
    move_household(operator=who, household_id=household.id, place="NE020", site=there, at=LATER)
    household.refresh_from_db()
    assert (household.place, household.site_id) == ("NE020", there.id)
    assert set(Person.objects.values_list("site", flat=True)) == {there.id}
    with refused("nothing-moved"):
        move_household(operator=who, household_id=household.id, place="NE020", at=LATER)
    with refused("site-of-another-agency"):
        move_household(operator=who, household_id=household.id, place="", site=a_site(agency=an_agency()), at=LATER)


def test_withdrawn_people_come_back_as_they_were() -> None:
    household, who = a_household(of=3), an_operator(Role.CLERK)
    before, gone = rows(), others(household)[0]
    withdraw_person(operator=who, person_id=gone.person_id, reason="wish", at=LATER)
    assert Person.objects.get(id=gone.person_id).status == "withdrawn" and len(open_in(household)) == 2
    return_person(operator=who, person_id=gone.person_id, at=LATER)
    assert rows() == before
    withdraw_household(operator=who, household_id=household.id, reason="no-need", at=LATER)
    assert set(Person.objects.values_list("status", flat=True)) == {"withdrawn"} and len(open_in(household)) == 3
    with refused("withdrew-with-household"):
        return_person(operator=who, person_id=the_head(household).person_id, at=LATER)
    return_household(operator=who, household_id=household.id, at=LATER)
    assert rows() == before
    with refused("not-withdrawn"):
        return_household(operator=who, household_id=household.id, at=LATER)


def test_what_something_later_rests_on_is_not_undone() -> None:
    household, who = a_household(of=4), an_operator(Role.CLERK, Role.SUPERVISOR)
    a_death(who, household)
    death = Happening.objects.get()
    head = others(household)[0]
    choose_head(operator=who, household_id=household.id, membership_id=head.id, former_becomes="child", at=LATER)
    with refused("undo-later-first"):
        undo_happening(operator=who, happening_id=death.id, at=LATER)
    undo_happening(operator=who, happening_id=Happening.objects.get(kind="head_chosen").id, at=LATER)
    undo_happening(operator=who, happening_id=death.id, at=LATER)
    made = a_split(who, household)
    add_member(operator=who, household=made, member=a_member(), at=LATER, born=True)
    with refused("undo-later-first"):
        undo_happening(operator=who, happening_id=Happening.objects.get(kind="split").id, at=LATER)


# Any order of arrival


def entries_kept() -> list[Entry]:
    return [entry_of(each) for each in open_entries(LogEntry.objects.order_by("lamport"))
            if each.row.action in registry.APPLY and each.row.action.split(".")[0] in ("household", "person")]


def forget_rows() -> None:
    for model in (SearchKey, Membership, Change, Happening, Death):
        model.objects.all().delete()
    for document in (Person, Household):
        for related in ("documents", "consents"):
            if hasattr(document, related):
                getattr(document, related).rel.related_model.objects.all().delete()
        document.objects.all().delete()


def everything() -> dict[str, Any]:
    return rows() | {
        model.__name__: list(model.objects.order_by("id").values()) for model in (Happening, Change, Death)
    }


PROPERTY = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@PROPERTY
@given(data=st.data())
def test_a_years_entries_give_the_same_rows_in_any_order_however_often(data: st.DataObject) -> None:
    with transaction.atomic():
        household, who = a_household(of=5), an_operator(Role.CLERK, Role.SUPERVISOR)
        for deed in data.draw(st.lists(st.sampled_from(sorted(DEEDS)), min_size=1, max_size=3, unique=True)):
            try:
                DEEDS[deed](who, household)
                if data.draw(st.booleans()):
                    newest = Happening.objects.order_by("version").last()
                    assert newest is not None
                    undo_happening(operator=who, happening_id=newest.id, at=LATER)
            except (Refusal, IndexError, Membership.DoesNotExist):
                continue  # withdrawn, or nobody left: refused with a reason, and nothing written
        truth, entries = everything(), entries_kept()
        for _ in range(2):
            forget_rows()
            order = data.draw(st.permutations(entries))
            for entry in (*order, *order[:3]):
                registry.APPLY[entry.action]([entry])
            assert everything() == truth
        transaction.set_rollback(True)


def told(action: str, facts: dict[str, Any], household: UUID, *, lamport: int, author: UUID) -> Entry:
    return Entry(
        id=new_id(), log=author, author=author, action=action, schema=1, about=("household", household),
        by=("operator", author), scope=Scope(), purpose="registration", case=None, lamport=lamport, happened_at=AT,
        recorded_at=AT, facts={"schema": 1, **facts}, subject=household,
    )


@st.composite
def a_clash(draw: st.DrawFn, members: list[Membership], stranger: UUID) -> list[dict[str, Any]]:
    """What some node set without knowing of the others: any field to any value."""
    home = str(members[0].household_id)
    some = st.sampled_from([str(each.id) for each in members])
    changes = {}
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(["head", "principal", "until", "relationship", "recipient", "start", "place"]))
        target = home if name in ("head", "principal", "place") else draw(some)
        value: Any = {
            "head": draw(some), "principal": draw(some | st.just("")), "until": draw(st.sampled_from(["", str(AT)])),
            "relationship": draw(st.sampled_from(["head", "child", "spouse"])), "place": draw(st.sampled_from("ABC")),
            "recipient": draw(st.sampled_from(["", "alternate", "principal"])),
            "start": {"person": str(stranger), "relationship": draw(st.sampled_from(["head", "child"])),
                      "recipient": draw(st.sampled_from(["", "principal"])), "since": AT.isoformat(), "until": None},
        }[name]
        target = str(new_id()) if name == "start" else target
        changes[target, name] = {
            "household": home, "person": str(stranger) if name == "start" else None, "target": target, "field": name,
            "value": value,
        }
    return list(changes.values())


@PROPERTY
@given(data=st.data())
def test_what_nodes_decided_apart_gives_one_head_and_the_same_rows_in_any_order(data: st.DataObject) -> None:
    with transaction.atomic():
        household, elsewhere = a_household(of=4), a_household(of=1)
        members, stranger = list(household.memberships.all()), elsewhere.memberships.get().person_id
        entries, begun = entries_kept(), []
        for lamport in range(100, 100 + data.draw(st.integers(2, 5))):
            facts = {
                "id": str(new_id()), "kind": "head_chosen", "household": str(household.id), "person": None,
                "reason": "", "changes": data.draw(a_clash(members, stranger)),
            }
            author = NODES[lamport % 2]  # a node counts each of its entries once: two may share a counter, never a node
            entry = told("household.head_chosen", facts, household.id, lamport=lamport // 2, author=author)
            entries.append(entry)
            begun.append(entry)
            if data.draw(st.integers(0, 2)) == 0:
                taken = {**facts, "version": entry.version, "by": str(author), "at": AT.isoformat()}
                entries.append(told("household.change_undone", {"undone": taken}, household.id, lamport=lamport + 50,
                                    author=data.draw(st.sampled_from(NODES))))
        seen = []
        for _ in range(3):
            forget_rows()
            for entry in data.draw(st.permutations(entries)):
                registry.APPLY[entry.action]([entry])
            heads = Membership.objects.filter(household=household, until=None, relationship="head").count()
            assert heads == (1 if open_in(household) else 0)
            seen.append(everything())
        assert seen[0] == seen[1] == seen[2]
        transaction.set_rollback(True)
