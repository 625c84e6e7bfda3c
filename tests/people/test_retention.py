"""How long data are kept: the table, the clock, one class erased, and what arrives late for it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gada.console.queries.due import clock, every_line, figures_now
from gada.people.models import Person
from gada.people.retention import Figures, classes, falls_due, ruled
from gada.people.rules import birth_of
from gada.people.services import (
    correct_person,
    end_programme,
    lift_hold,
    place_hold,
    receive_request,
    set_retention,
)
from gada.people.words import Counted, Kept, Stop
from tests.people.builders import a_household, a_member, a_person
from tests.world import AT, Role, a_node, a_programme, an_operator, refused

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


def due(person: Person, kept: str, *, at=AT):  # type: ignore[no-untyped-def]
    return {line.kept: line for line in every_line(person.id, at=at)}[kept]


def test_every_class_has_a_reason_in_both_languages_and_figures_within_its_limits() -> None:
    for each in classes().values():
        assert each.fr and each.en
    for each in ruled():
        assert each.figures
        assert all(each.least <= days <= each.most for days in each.figures.as_facts().values())


def test_leaving_counts_before_the_end_of_a_programme_and_that_before_the_last_contact() -> None:
    figures = Figures(365, 90, 30)
    assert falls_due(figures, contact=AT).at == AT + YEAR
    ended = falls_due(figures, contact=AT, ended=AT - YEAR)
    assert (ended.at, ended.counted) == (AT + timedelta(days=90), Counted.END)
    left = falls_due(figures, contact=AT, ended=AT, left=AT - YEAR)
    assert (left.at, left.counted) == (AT - YEAR + timedelta(days=30), Counted.LEFT)


def test_the_clock_counts_only_classes_that_hold_something() -> None:
    a_node()
    person = a_person(phone="+227 90 11 22 33")
    assert {line.kept for line in every_line(person.id, at=AT)} == {Kept.CONTACT, Kept.IDENTITY}
    assert due(person, Kept.CONTACT).at == AT + YEAR
    assert due(person, Kept.IDENTITY).at == AT + 2 * YEAR


def test_an_officer_sets_other_days_for_a_programme_within_limits() -> None:
    dpo, programme = an_operator(Role.DPO), a_programme()
    person = a_household(programme=programme, members=(a_member(head=True, phone="+227 1"),)).memberships.get().person
    other = a_person(phone="+227 2")
    with refused("retention-limits"):
        set_retention(
            operator=dpo, name="contact", programme=programme, figures=Figures(5000, 90, 90), reason="x", at=AT
        )
    with refused("not-permitted"):
        set_retention(
            operator=an_operator(Role.SUPERVISOR), name="contact", programme=programme, figures=Figures(60, 60, 60),
            reason="x", at=AT,
        )
    set_retention(
        operator=dpo, name="contact", programme=programme, figures=Figures(60, 60, 60), reason="Étude d’impact", at=AT
    )
    assert due(person, Kept.CONTACT).at == AT + timedelta(days=60)
    assert due(other, Kept.CONTACT).at == AT + YEAR
    assert figures_now(dpo.agency_id, programme.id)["contact"] == Figures(60, 60, 60)


def test_a_programme_that_ended_counts_from_its_end() -> None:
    dpo, programme = an_operator(Role.DPO), a_programme()
    person = a_household(programme=programme, members=(a_member(head=True, phone="+227 1"),)).memberships.get().person
    with refused("end-in-future"):
        end_programme(operator=dpo, programme=programme, ended_on=date(2027, 1, 1), at=AT)
    end_programme(operator=dpo, programme=programme, ended_on=AT.date(), at=AT)
    assert due(person, Kept.CONTACT).counted == Counted.END
    end_programme(operator=dpo, programme=programme, ended_on=None, at=AT)
    assert due(person, Kept.CONTACT).counted == Counted.CONTACT


def test_children_holds_and_requests_stop_the_clock() -> None:
    dpo = an_operator(Role.DPO)
    child = a_person(birth=birth_of(year=2020), phone="+227 1")
    assert due(child, Kept.IDENTITY).stopped == Stop.CHILD
    assert due(child, Kept.CONTACT).stopped == ""  # no reason to keep a child's data longer than an adult's
    adult = a_person(phone="+227 2", birth=birth_of(year=1980))
    hold = place_hold(operator=dpo, person_id=adult.id, reason="Enquête", until=AT.date() + YEAR, at=AT)
    assert due(adult, Kept.CONTACT).stopped == Stop.HOLD
    lift_hold(operator=dpo, hold_id=hold.id, at=AT)
    assert due(adult, Kept.CONTACT).stopped == ""
    receive_request(operator=dpo, person_id=adult.id, asked="access", words="", at=AT)
    assert due(adult, Kept.IDENTITY).stopped == Stop.REQUEST


def test_a_sign_of_life_moves_everything() -> None:
    person = a_person(phone="+227 1")
    later = AT + timedelta(days=300)
    clerk = an_operator(Role.CLERK)
    correct_person(operator=clerk, person_id=person.id, changes={"given": "Aïcha"}, saw={}, at=later)
    assert due(person, Kept.CONTACT, at=later).at == later + YEAR
    everybody = clock(Person.objects.all(), at=AT + YEAR, until=AT + YEAR + timedelta(days=1))
    assert person.id not in {line.person for line in everybody if line.kept == Kept.CONTACT}
