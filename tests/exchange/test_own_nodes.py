"""Headquarters and its laptops: kits, carrying, what each may see, and everything that can go wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from gada.journal.models import LogEntry, Withheld
from gada.people.models import Household, Person
from tests.exchange.own_world import OwnWorld, enrol


@pytest.fixture
def world(tmp_path: Path, django_db_blocker: DjangoDbBlocker, unlocked_vault: Path) -> Iterator[OwnWorld]:
    with django_db_blocker.unblock():
        made = OwnWorld(tmp_path / "world")
        made.headquarters()
        yield made
        made.close()


def test_a_family_registered_on_a_laptop_reaches_headquarters_and_the_laptops_of_its_site(world: OwnWorld) -> None:
    for name, site in (("a", "Diffa"), ("b", "Diffa"), ("c", "Maine")):
        world.laptop(name, site)
    with world.here("a"):
        household = enrol()
        entry = LogEntry.objects.get(action="household.enrolled")
    world.carry("a", "hq")
    with world.here("hq"):
        assert Household.objects.get().id == household.id
        arrived = LogEntry.objects.get(action="household.enrolled")
        assert bytes(arrived.header) == bytes(entry.header)  # as authored, never made anew
        assert arrived.log_id == entry.log_id
    world.carry("hq", "b")
    world.carry("hq", "c")
    with world.here("b"):
        assert Person.objects.count() == 2
    with world.here("c"):
        assert not Person.objects.exists()
        assert Withheld.objects.count() >= 3  # it knows how many it may not see, and verified the whole
