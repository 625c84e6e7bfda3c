"""`may`: nothing is implied, and every limit of an assignment holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gada.agencies.rules import Action, Held, Place, Role, may, wait_after
from gada.engine.proof.ids import new_id

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
OURS, THEIRS = new_id(), new_id()
DIFFA, MARADI = Place(new_id(), OURS), Place(new_id(), OURS)
THEIR_SITE = Place(new_id(), THEIRS)
FOOD, SCHOOL = Place(new_id(), OURS), Place(new_id(), OURS)
ENROL = Action("person.enrol", "person.enrolled", {Role.CLERK, Role.SUPERVISOR}, "Register")
FOUND = Action("site.create", "site.created", {Role.ADMIN}, "Add a site", agency_wide=True)


def test_nobody_may_anything() -> None:
    assert not may([], ENROL, None, None, AT)


@pytest.mark.parametrize("role", [role for role in Role if role not in ENROL.roles])
def test_other_roles_may_not_even_the_administrator(role: Role) -> None:
    assert not may([Held(role, OURS)], ENROL, DIFFA, None, AT)


@pytest.mark.parametrize(("held", "site", "programme", "allowed"), [
    (Held("clerk", OURS), DIFFA, FOOD, True),
    (Held("clerk", OURS, site=DIFFA.id), DIFFA, None, True),
    (Held("clerk", OURS, site=DIFFA.id), None, None, True),
    (Held("clerk", OURS, site=DIFFA.id), MARADI, None, False),
    (Held("clerk", OURS), THEIR_SITE, None, False),
    (Held("clerk", OURS, site=THEIR_SITE.id), THEIR_SITE, None, False),
    (Held("clerk", OURS, programme=FOOD.id), DIFFA, FOOD, True),
    (Held("clerk", OURS, programme=FOOD.id), DIFFA, SCHOOL, False),
    (Held("clerk", OURS, valid_until=AT), DIFFA, None, False),
    (Held("clerk", OURS, valid_until=AT + timedelta(seconds=1)), DIFFA, None, True),
])
def test_an_assignment_opens_its_place_and_time_only(
    held: Held, site: Place, programme: Place, allowed: bool
) -> None:
    assert may([held], ENROL, site, programme, AT) is allowed


def test_two_half_permissions_do_not_make_one() -> None:
    here_for_school = Held("clerk", OURS, site=DIFFA.id, programme=SCHOOL.id)
    there_for_food = Held("clerk", OURS, site=MARADI.id, programme=FOOD.id)
    assert not may([here_for_school, there_for_food], ENROL, DIFFA, FOOD, AT)


def test_what_concerns_the_agency_asks_for_a_role_at_the_agency() -> None:
    assert may([Held("admin", OURS)], FOUND, None, None, AT)
    assert not may([Held("admin", OURS, site=DIFFA.id)], FOUND, None, None, AT)


def test_waiting_grows_and_ends_at_an_hour() -> None:
    waits = [wait_after(failures) for failures in range(1, 40)]
    assert waits[:4] == [timedelta()] * 4
    assert waits[4] == timedelta(seconds=30)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)
