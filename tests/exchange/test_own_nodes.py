"""Headquarters and its laptops: kits, carrying, what each may see, and everything that can go wrong on the way."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from gada import vault
from gada.agencies.models import Site
from gada.agencies.rules import Role
from gada.agencies.services import assign_role, create_site
from gada.command import gada
from gada.exchange.models import OwnNode
from gada.exchange.queries import lend_own_signers
from gada.exchange.queries.conflicts import conflicts_for, numbers_for
from gada.exchange.queries.own_nodes import batches_for, held_aside_for
from gada.exchange.services import calling
from gada.exchange.services.own_nodes import (
    decide_batch,
    import_sync_file,
    move_headquarters,
    own_node_called,
    renew_node,
    syncing,
    withdraw_node,
)
from gada.exchange.services.own_nodes.newcomers import earlier_entries
from gada.exchange.services.own_nodes.packing import lacking
from gada.journal import keeping, registry
from gada.journal.digesting import digest_state
from gada.journal.models import HeldEntry, LogEntry, Withheld
from gada.matching.models import Case, CaseStatus, CheckRun
from gada.matching.services import continue_check
from gada.people.drafts import PersonDraft
from gada.people.models import Conflict, Correction, Household, Membership, Person
from gada.people.services import (
    add_member,
    choose_head,
    correct_person,
    erase_person,
    give_new_number,
    move_household,
    registering,
    settle_conflict,
    settle_happenings,
)
from gada.project.middleware import use_secret_key
from gada.vault import node as vault_node
from tests.exchange.convergence import Schedule, SitesSchedule
from tests.exchange.own_world import AT, YEAR, OwnWorld, enrol, operator
from tests.world import refused


@pytest.fixture
def world(tmp_path: Path, django_db_blocker: DjangoDbBlocker, django_db_setup: None) -> Iterator[OwnWorld]:
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


@pytest.mark.parametrize("seed", range(2))
def test_any_order_of_sticks_kills_and_wrong_clocks_ends_in_one_state(
    seed: int, tmp_path: Path, django_db_blocker: DjangoDbBlocker, django_db_setup: None
) -> None:
    with django_db_blocker.unblock():
        schedule = Schedule(seed, tmp_path / "world", steps=50)
        assert schedule.run()["arrived"]
        schedule.world.close()


def test_families_that_move_between_sites_are_whole_where_they_are(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker, django_db_setup: None
) -> None:
    with django_db_blocker.unblock():
        schedule = SitesSchedule(7, tmp_path / "world", steps=40, laptops=1)
        counts = schedule.run()
        assert counts["_move"] and counts["compared"] > 20
        schedule.world.close()


@pytest.mark.django_db(transaction=True)
def test_headquarters_on_the_database_of_this_run_and_laptops_on_sqlite(tmp_path: Path) -> None:
    """`--database=postgres` has headquarters on PostgreSQL: what laptops bring is applied there, and goes on."""
    connections["default"].ensure_connection()  # now, while the node of the tests is open, not with another's key
    world = OwnWorld(tmp_path / "world")
    world.headquarters(connection=connections["default"])
    for name in ("a", "b"):
        world.laptop(name, "Diffa")
    with world.here("a"):
        home = enrol()
        person = home.memberships.get(relationship="head").person_id
    world.carry("a", "hq")
    world.carry("hq", "b")
    for name, given in (("a", "Zeynabou"), ("b", "Zainab")):
        with world.here(name):
            correct_person(operator=operator(), person_id=person, changes={"given": given}, saw={}, at=AT)
            move_household(operator=operator(), household_id=home.id, place=f"NE{given}", at=AT)
        world.carry(name, "hq")
    with world.here("hq"):
        lines, count = conflicts_for(operator())
        assert (len(lines), count) == (2, 2) and not HeldEntry.objects.exists()
        [place] = [line for line in lines if line.household]
        settle_happenings(operator=operator(), conflict_id=place.id, version=place.sides[0].version, at=AT)
        whole = digest_state()
    for name in ("a", "b"):
        world.carry("hq", name)
        with world.here(name):
            assert digest_state()["people.Person"] == whole["people.Person"]
            assert digest_state()["people.Household"] == whole["people.Household"]


def test_a_family_that_moves_brings_what_was_said_of_it_before(world: OwnWorld) -> None:
    for name, site in (("a", "Diffa"), ("b", "Maine")):
        world.laptop(name, site)
    with world.here("a"):
        home = enrol()
        person = home.memberships.get(relationship="head").person_id
        correct_person(operator=operator(), person_id=person, changes={"phone": "90112233"}, saw={}, at=AT)
        stays = enrol(given="Reste").id
    world.carry("a", "hq")
    world.carry("hq", "b")
    world.carry("b", "hq")
    with world.here("hq"):
        site = Site.objects.get(name="Maine")
        move_household(operator=operator(), household_id=home.id, place="", site=site, at=AT)
    cut = world.pack("hq", "b")
    arrived = world.take("b", cut)
    with world.here("b"):
        assert Person.objects.get(id=person).phone == "90112233" and Person.objects.count() == 2
        assert not Household.objects.filter(id=stays).exists() and not HeldEntry.objects.exists()
        with refused("site-elsewhere"):  # it knows the other site by name, no more
            enrol()
    assert arrived.kept >= 5
    assert world.take("b", cut).kept == 0
    world.carry("b", "hq")
    world.carry("hq", "a")
    with world.here("a"):
        assert Household.objects.get(id=home.id).site.name == "Maine"  # who served it learns that it went
    with world.here("hq"):
        assign_role(operator=operator(), role=Role.DPO, by=operator("admin"), at=AT)
        erase_person(operator=operator(), person_id=person, ground="sa demande", at=AT)
    world.carry("hq", "a")
    with world.here("a"):
        assert Person.objects.get(id=person).given == ""  # and what it still held of them goes when they are erased
        earlier = [record["kind"] for record in _records_for(world, "b")]
    assert "earlier" not in earlier  # sent with the move, and never again


def _records_for(world: OwnWorld, name: str) -> list[dict[str, Any]]:
    with world.here("hq"):
        node = OwnNode.objects.get(id=world.nodes[name].id)
        return list(earlier_entries(node, lacking(node, node.held), node.held))


def test_a_change_of_one_field_on_two_laptops_is_kept_twice_and_shown_until_a_person_decides(world: OwnWorld) -> None:
    for name in ("a", "b"):
        world.laptop(name, "Diffa")
    with world.here("a"):
        person = enrol().memberships.get(relationship="head").person_id
    world.carry("a", "hq")
    world.carry("hq", "b")
    said = {"a": {"given": "Zeynabou", "phone": "90112233"}, "b": {"given": "Zainab", "mother": "Aïssa"}}
    for name, changes in said.items():
        with world.here(name):
            correct_person(operator=operator(), person_id=person, changes=changes, saw={}, at=AT)
        world.carry(name, "hq")
    with world.here("hq"):
        merged = Person.objects.get(id=person)
        assert (merged.phone, merged.mother) == ("90112233", "Aïssa")  # different fields merge
        conflict = Conflict.objects.get()
        values = {each.value for each in Correction.objects.filter(field="given", version__in=conflict.versions)}
        assert conflict.field == "given" and values == {"Zeynabou", "Zainab"}
        chosen = Correction.objects.get(field="given", value="Zeynabou")
        settle_conflict(operator=operator(), conflict_id=conflict.id, version=chosen.version, at=AT)
        assert not Conflict.objects.exists()
        with refused("conflict-settled"):
            settle_conflict(operator=operator(), conflict_id=conflict.id, version=chosen.version, at=AT)
    for name in ("a", "b"):
        world.carry("hq", name)
        with world.here(name):
            assert Person.objects.get(id=person).given == "Zeynabou"
            assert not Conflict.objects.exists()


def test_the_same_person_on_two_laptops_becomes_a_case_at_headquarters(world: OwnWorld) -> None:
    for name in ("a", "b"):
        world.laptop(name, "Diffa")
        with world.here(name):
            enrol(phone="+22790112233")
        world.carry(name, "hq")
    with world.here("hq"):
        for run in CheckRun.objects.all():
            while continue_check(run_id=run.id, at=AT) is not None:
                pass
        case = Case.objects.filter(status=CaseStatus.OPEN).first()
        assert case is not None and case.left_id != case.right_id


def test_a_stolen_laptop_changes_nothing_and_is_seen(world: OwnWorld) -> None:
    for name in ("a", "b"):
        made = world.laptop(name, "Diffa")
    with world.here("b"):
        enrol(given="Avant")
    world.carry("b", "hq")
    with world.here("hq"):
        laptop = own_node_called(made.id).name
        assert laptop in {signer.name for signer in lend_own_signers()}
        withdraw_node(operator=operator("admin"), node_id=made.id, reason="volé à Diffa", at=AT)
        assert laptop not in {signer.name for signer in lend_own_signers()}  # its cards prove nothing
    with world.here("b"):
        thief = enrol(given="Voleur")
    arrived = world.carry("b", "hq")
    assert (arrived.kept, arrived.held > 0) == (0, True)
    with world.here("hq"):
        assert Person.objects.filter(given="Avant").exists()
        assert not Household.objects.filter(id=thief.id).exists()
        assert set(HeldEntry.objects.values_list("why", flat=True)) == {"withdrawn"}
        with refused("node-withdrawn"):
            syncing.leave(own_node_called(made.id), {}, at=AT)
    world.carry("hq", "a")
    with world.here("a"):
        assert Household.objects.count() == 1  # what it made before stands, everywhere
        assert not HeldEntry.objects.exists()
    with world.here("hq"):  # it is found again: nothing that was set aside is lost
        renew_node(operator=operator("admin"), node_id=made.id, life=YEAR, at=AT)
    world.carry("b", "hq")
    with world.here("hq"):
        assert Household.objects.filter(id=thief.id).exists()
        assert not HeldEntry.objects.exists()


def test_an_expired_laptop_waits_for_headquarters(world: OwnWorld) -> None:
    made = world.laptop("a", "Diffa", life=timedelta(days=30))
    with world.here("a"):
        enrol()
    late = AT + timedelta(days=31)
    assert world.take("hq", world.pack("a", "hq"), at=late).kept == 0
    with world.here("hq"):
        assert set(HeldEntry.objects.values_list("why", flat=True)) == {"expired"}
        renew_node(operator=operator("admin"), node_id=made.id, life=timedelta(days=60), at=late)
    assert world.take("hq", world.pack("a", "hq"), at=late).kept
    world.carry("hq", "a")
    with world.here("a"):
        assert OwnNode.objects.get(id=made.id).expires_at == late + timedelta(days=60)
        assert vault_node.expires_at() == late + timedelta(days=60)


def test_batches_of_a_lost_laptop_are_accepted_or_refused_one_by_one(world: OwnWorld) -> None:
    for name in ("a", "b"):
        made = world.laptop(name, "Diffa")
    with world.here("hq"):
        withdraw_node(operator=operator("admin"), node_id=made.id, reason="volé", at=AT)
    world.carry("hq", "a")
    homes, sticks = [], []
    for given in ("Vraie", "Fausse", "Encore"):
        with world.here("b"):
            homes.append(enrol(given=given).id)
        sticks.append(world.pack("b", "hq"))
        world.take("hq", sticks[-1])
    with world.here("hq"):
        first, second, third = batches_for(operator("admin"))
        assert [line.entries for line in (first, second, third)] == [first.entries, 3, 3]
        with refused("batch-earlier-first"):
            decide_batch(operator=operator("admin"), batch_id=second.id, accept=True, at=AT)
        with refused("not-permitted"):
            decide_batch(operator=operator(), batch_id=first.id, accept=True, at=AT)
        for line, accept in ((first, True), (second, False), (third, True)):
            decide_batch(operator=operator("admin"), batch_id=line.id, accept=accept, at=AT)
        with refused("batch-decided"):
            decide_batch(operator=operator("admin"), batch_id=third.id, accept=True, at=AT)
    for stick in sticks:
        world.take("hq", stick)  # the same sticks again, and straight to the other laptop
    for _ in range(2):
        world.carry("hq", "a")
        world.carry("b", "a")
    for name in ("hq", "a"):
        with world.here(name):
            assert set(Household.objects.values_list("id", flat=True)) == {homes[0], homes[2]}, name
    with world.here("hq"):
        assert set(HeldEntry.objects.values_list("why", flat=True)) == {"refused"}
        assert not batches_for(operator("admin"))


def test_a_laptop_that_was_in_contact_keeps_its_key(world: OwnWorld) -> None:
    made = world.laptop("a", "Diffa", life=timedelta(days=30))
    for days, until in ((10, 30), (20, 50), (40, 70)):
        at = AT + timedelta(days=days)
        world.carry("a", "hq", at=at)
        world.carry("hq", "a", at=at)
        for name in ("hq", "a"):
            with world.here(name):
                assert OwnNode.objects.get(id=made.id).expires_at == AT + timedelta(days=until), (days, name)
    with world.here("a"):
        assert vault_node.expires_at() == AT + timedelta(days=70)


def test_what_is_not_a_laptops_to_make_is_set_aside(world: OwnWorld) -> None:
    world.laptop("a", "Diffa")
    with world.here("a"):
        create_site(name="Inventé", by=operator("admin"), at=AT)
        enrol()
    arrived = world.carry("a", "hq")
    assert arrived.held == 1 and arrived.kept >= 3
    with world.here("hq"):
        assert not Site.objects.filter(name="Inventé").exists()
        assert HeldEntry.objects.get().why == "beyond"


def test_a_newer_release_is_kept_and_applied_after_the_update(
    world: OwnWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.laptop("a", "Diffa")
    with world.here("a"):
        household = enrol()
    path = world.pack("a", "hq")
    monkeypatch.setitem(registry.SCHEMA, "household.enrolled", 0)  # headquarters is one release behind
    assert world.take("hq", path).held >= 1
    with world.here("hq"):
        assert not Household.objects.exists()
    monkeypatch.setitem(registry.SCHEMA, "household.enrolled", 1)
    world.carry("a", "hq")
    with world.here("hq"):
        assert Household.objects.get().id == household.id
        assert Person.objects.count() == 2 and not HeldEntry.objects.exists()


def test_a_full_disk_loses_nothing(world: OwnWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.laptop("a", "Diffa")
    with world.here("a"):
        enrol()
    path = world.pack("a", "hq")

    def full(*_anything: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(keeping, "insert_values", full)
        with refused("disk-full"):
            world.take("hq", path)
    with world.here("hq"):
        assert not Household.objects.exists()
    world.take("hq", path)
    with world.here("hq"):
        assert Household.objects.count() == 1


def test_a_database_that_can_grow_no_more_loses_nothing(world: OwnWorld) -> None:
    world.laptop("a", "Diffa")
    with world.here("a"):
        for _ in range(6):
            enrol()
    path = world.pack("a", "hq")
    with world.here("hq"):
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA page_count")
            [pages] = cursor.fetchone()
            cursor.execute(f"PRAGMA max_page_count = {pages + 2}")
        with refused("disk-full"):
            import_sync_file(operator=operator(), source=path, at=AT)
        assert not list((vault.data_directory() / "packages").rglob("own-*.gada"))  # nothing half-read lies about
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1000000")
        import_sync_file(operator=operator(), source=path, at=AT)
        assert Household.objects.count() == 6 and not HeldEntry.objects.exists()


def test_nodes_that_headquarters_does_not_know_change_nothing_and_are_seen(world: OwnWorld) -> None:
    for name in ("a", "b"):
        world.laptop(name, "Diffa")
    world.carry("hq", "a")
    with world.here("b"):
        enrol()
    direct = world.pack("b", "hq")
    world.carry("b", "a")
    with world.here("hq"):  # headquarters came back from a backup that is older than the kit
        OwnNode.objects.filter(id=world.nodes["b"].id).delete()
        with refused("node-unknown"):
            import_sync_file(operator=operator(), source=direct, at=AT)
        assert not HeldEntry.objects.exists()
    arrived = world.carry("a", "hq")
    assert arrived.held >= 3
    with world.here("hq"):
        assert not Household.objects.exists()
        [line] = held_aside_for(operator("admin"))
        assert (line["author"], line["why"]) == (world.nodes["b"].id, "unknown")


def test_headquarters_moves_and_laptops_follow(world: OwnWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drill: a new address by the command, refusals, then a laptop that calls there once it was in contact."""
    world.laptop("a", "Diffa")
    run = CliRunner()
    with world.here("hq"):
        said = run.invoke(gada, ["site", "move-headquarters", "https://nouveau.example.org", "--by", "admin"])
        assert said.exit_code == 0 and "https://nouveau.example.org" in said.output
        said = run.invoke(gada, ["site", "move-headquarters", "nouveau.example.org", "--by", "admin"])
        assert said.exit_code and said.exception and "address-malformed" in repr(said.exception.__dict__) + said.output
        with refused("not-permitted"):
            move_headquarters(operator=operator(), address="https://ailleurs.example.org", at=AT)
    with world.here("a"):
        assert own_node_called(world.nodes["hq"].id).address == ""
        with refused("headquarters-only"):
            move_headquarters(operator=operator("admin"), address="https://ailleurs.example.org", at=AT)
    world.carry("hq", "a")
    asked: list[str] = []

    def unreachable(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        raise httpx.ConnectError("not yet")

    whole = httpx.Client
    monkeypatch.setattr(calling.httpx, "Client", lambda **_: whole(transport=httpx.MockTransport(unreachable)))
    with world.here("a"), pytest.raises(calling.Unreachable):
        syncing.sync_with(operator=operator(), at=AT)
    assert asked and asked[0].startswith("https://nouveau.example.org/own/v1/")


def test_a_rewritten_or_foreign_journal_is_refused_whole(world: OwnWorld) -> None:
    world.laptop("a", "Diffa")
    with world.here("a"):
        enrol()
        LogEntry.objects.filter(action="person.enrolled").update(header=b'{"action":"person.enrolled"}')
    with refused("sync-malformed"):
        world.carry("a", "hq")
    other = OwnWorld(world.folder / "other")
    other.headquarters()
    other.laptop("a", "Diffa")
    path = other.pack("a", "hq")
    with refused("package-wrong-recipient"):
        world.take("hq", path)
    other.close()
    with world.here("hq"):
        assert not Household.objects.exists()


def test_photos_follow_and_an_erased_person_stays_erased(world: OwnWorld) -> None:
    for name in ("a", "b"):
        world.laptop(name, "Diffa")
    with world.here("a"):
        person = enrol().memberships.get(relationship="head").person
        photo = vault.put_blob(person.id, b"a photo")
        correct_person(operator=operator(), person_id=person.id, changes={"photo": str(photo)}, saw={}, at=AT)
    world.carry("a", "hq")
    old = world.pack("a", "hq", held={})
    with world.here("hq"):
        assert vault.get_blob(person.id, photo) == b"a photo"
        assign_role(operator=operator(), role=Role.DPO, by=operator("admin"), at=AT)
        erase_person(operator=operator(), person_id=person.id, ground="sa demande", at=AT)
    world.take("hq", old)  # a stick from before
    world.carry("hq", "b")
    world.carry("hq", "a")
    for name in ("a", "b", "hq"):
        with world.here(name):
            assert Person.objects.get(id=person.id).given == ""
            assert person.id not in vault.data_keys([person.id])


def test_the_same_over_a_network_that_cuts(world: OwnWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed requests of the laptop answered by headquarters' own views; every fifth answer gets lost."""
    world.laptop("a", "Diffa")
    with world.here("hq"):
        move_headquarters(operator=operator("admin"), address="http://testserver", at=AT)
        enrol(given="Siège")
    world.carry("hq", "a")
    with world.here("a"):
        for _ in range(3):
            enrol()
    asked, monkey = count(1), monkeypatch

    def answer(request: httpx.Request) -> httpx.Response:
        with world.here("hq"):
            use_secret_key()
            body = request.read()
            said = Client().generic(
                request.method, request.url.path, body, content_type=request.headers["content-type"],
                headers={name: value for name, value in request.headers.items() if name != "host"},
            )
        if next(asked) % 5 == 0:
            raise httpx.ReadTimeout("the network is gone")
        return httpx.Response(said.status_code, content=said.content, headers=dict(said.headers))

    whole = httpx.Client
    monkey.setattr(calling.httpx, "Client", lambda **_: whole(transport=httpx.MockTransport(answer)))
    monkey.setattr(syncing, "PIECE_BYTES", 4000)
    monkey.setattr(timezone, "now", lambda: AT)
    for _ in range(30):
        with world.here("a"):
            try:
                done = syncing.sync_with(operator=operator(), at=AT)
                break
            except calling.Unreachable:
                pass
    assert next(asked) > 6 and done
    for name in ("a", "hq"):
        with world.here(name):
            assert Household.objects.count() == 4
            assert not list((vault.data_directory() / "packages" / "own").glob("arriving-*"))
    with world.here("hq"):
        node = OwnNode.objects.get(name="a")
        assert node.last_contact == AT
        withdraw_node(operator=operator("admin"), node_id=node.id, reason="perdu", at=AT)
    with world.here("a"), pytest.raises(calling.RefusedByPartner) as said:
        for _ in range(9):
            with suppress(calling.Unreachable):
                syncing.sync_with(operator=operator(), at=AT)
    assert said.value.code == "node-withdrawn"


def test_another_head_on_two_laptops_is_shown_and_one_decision_settles_all_of_it(world: OwnWorld) -> None:
    for name in ("a", "b"):
        world.laptop(name, "Diffa")
    with world.here("a"):
        home = enrol()
        for given in ("Amina", "Rakia"):
            draft = PersonDraft(given=given, sex="F", relationship="sibling")
            add_member(operator=operator(), household=home, member=draft, at=AT)
        members = {each.person.given: each.id for each in home.memberships.select_related("person")}
    world.carry("a", "hq")
    world.carry("hq", "b")
    for name, given, becomes in (("a", "Amina", "other-kin"), ("b", "Rakia", "parent")):
        with world.here(name):
            choose_head(
                operator=operator(), household_id=home.id, membership_id=members[given], former_becomes=becomes, at=AT
            )
        world.carry(name, "hq")
    with world.here("hq"):
        lines, count = conflicts_for(operator("amina"))
        assert (len(lines), count) == (1, 1)  # one decision, though three things are at odds
        assert set(Conflict.objects.values_list("field", flat=True)) == {"head", "principal", "relationship"}
        [amina] = [side for side in lines[0].sides if "Amina" in side.value]
        settle_happenings(operator=operator(), conflict_id=lines[0].id, version=amina.version, at=AT)
        assert not Conflict.objects.exists()
        with refused("conflict-settled"):
            settle_happenings(operator=operator(), conflict_id=lines[0].id, version=amina.version, at=AT)
    for name in ("a", "b"):
        world.carry("hq", name)
        with world.here(name):
            head = Membership.objects.get(household=home.id, relationship="head")
            assert (head.id, head.recipient) == (members["Amina"], "principal")
            assert not Conflict.objects.exists()


def test_a_number_given_on_two_laptops_is_shown_and_one_of_the_two_gets_another(
    world: OwnWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        world.laptop(name, "Diffa")
    for name in ("a", "b"):
        with world.here(name), monkeypatch.context() as patched:
            patched.setattr(registering, "free_numbers", lambda _: ["AAAA-AAAA-A", "BBBB-BBBB-B", "CCCC-CCCC-C"])
            enrol(given=name.title())
        world.carry(name, "hq")
    with world.here("hq"):
        lines = numbers_for(operator("amina"))
        assert len(lines) == 3  # the head, the child, the household
        for line in lines:
            give_new_number(operator=operator(), registered=line.id, at=AT)
            with refused("number-own"):
                give_new_number(operator=operator(), registered=line.id, at=AT)
        assert not numbers_for(operator("amina"))
        numbers = set(Person.objects.values_list("number", flat=True))
    for name in ("a", "b"):
        world.carry("hq", name)
        with world.here(name):
            assert set(Person.objects.values_list("number", flat=True)) == numbers
