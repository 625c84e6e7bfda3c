"""Tokens are printed, handed out, spent once; clashes are kept and judged; any order of arrival gives the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from gada.engine.refusal import Invalid
from gada.fixing import queries, services
from gada.fixing.apply import REBUILT
from gada.fixing.models import Spending, Sweep, Tokenless
from gada.fixing.rules.numbers import number_of, read_number, read_token
from gada.fixing.rules.shelters import VisitDraft, read_list, read_shelters, shelters_in_words
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.journal.reading import entry_of, open_entries
from gada.journal.registry import APPLY
from gada.people.models import Household
from gada.people.services import return_household, undo_happening, withdraw_household
from tests.exchange.own_world import OwnWorld, enrol, operator
from tests.fixing.builders import a_sweep, a_token, presented
from tests.people.builders import a_household
from tests.world import AT, Role, a_node, a_site, an_agency, an_operator, refused


def cast() -> tuple[Any, Any, Any]:
    """A clerk and a supervisor of the site, and a supervisor of another agency."""
    site = a_node().site
    return (
        an_operator(Role.CLERK, site=site), an_operator(Role.SUPERVISOR, site=site),
        an_operator(Role.SUPERVISOR, agency=an_agency()),
    )


@pytest.mark.django_db
def test_outsiders_are_refused_and_see_nothing() -> None:
    amina, bakr, chen = cast()
    sweep = a_sweep()
    elsewhere = an_operator(Role.SUPERVISOR, site=a_site())
    for stranger in (chen, elsewhere):
        who: dict[str, Any] = {"operator": stranger, "sweep_id": sweep.id, "at": AT}
        for no in (
            lambda who=who: services.print_tokens(paper="sheet", first=30, last=31, **who),
            lambda who=who: services.carry_tokens(team="1", first=1, last=2, **who),
            lambda who=who: services.record_visits(visits=[], **who),
            lambda who=who: services.void_tokens(first=1, last=1, why="lost", **who),
            lambda who=who: services.withdraw_line(line=sweep.id, **who),
            lambda who=who: services.open_sweep(**who),
            lambda who=who: services.judge_token(number=1, keeps=None, words="x", **who),
            lambda who=who: services.export_tokens(**who),
        ):
            with refused("sweep-unknown"):
                no()
        with refused("not-permitted"):
            services.check_token(operator=stranger, site=sweep.site, text=a_token(sweep, 1))
        assert not queries.sweeps_for(stranger).exists()
    with refused("not-permitted"):
        services.plan_sweep(operator=amina, site=sweep.site, name="x", day=AT.date(), prefix="X", at=AT)
    with refused("not-permitted"):
        services.close_sweep(operator=amina, sweep_id=sweep.id, at=AT)
    assert [each.id for each in queries.sweeps_for(bakr)] == [sweep.id]


@pytest.mark.django_db
def test_a_token_registers_one_family() -> None:
    amina, _, _ = cast()
    sweep = a_sweep()
    family = presented({"token": a_token(sweep, 3).lower().replace("-", " ")})
    spent = Spending.objects.get()
    assert (spent.number, spent.household_id) == (3, family.id)
    for token, code in (
        (a_token(sweep, 3), "token-spent"), (a_token(sweep, 9), "token-not-given"), ("NTK-00003", "token-mistyped"),
        (a_token(sweep, 4)[:-4], "token-signs-missing"), (a_token(sweep, 4).replace("4", "5", 1), "token-mistyped"),
    ):
        with refused(code):
            services.check_token(operator=amina, site=sweep.site, text=token)
    services.void_tokens(operator=amina, sweep_id=sweep.id, first=5, last=5, why="lost", at=AT)
    with refused("token-voided"):
        services.check_token(operator=amina, site=sweep.site, text=a_token(sweep, 5))
    before = Household.objects.count()
    for said, code in (
        ({"token": a_token(sweep, 3)}, "token-spent"), ({}, "token-missing"), ({"without": "other"}, "token-reason"),
    ):
        with refused(code):
            presented(said)
    assert Household.objects.count() == before  # with the family, or not at all
    presented({"without": "missed"})
    presented({"without": "other", "without_words": "née pendant la nuit"})
    presented({"token": a_token(sweep, 1), "without": "lost"})  # it was found after all
    ledger = queries.ledger_of_sweep(sweep)
    assert dict(ledger.reasons) == {"missed": 1, "other": 1}
    assert sorted(ledger.unspent) == [2, 4, 6, 7, 8]
    assert (sorted(ledger.voided), sorted(ledger.astray)) == ([5], [9, 10])


@pytest.mark.django_db
def test_nobody_forges_the_next_number() -> None:
    amina, _, _ = cast()
    sweep, other = a_sweep(), a_sweep(site=a_site(), prefix="NTK")
    signs = a_token(sweep, 3)[-3:]
    with refused("token-foreign"):
        services.check_token(operator=amina, site=sweep.site, text=f"{number_of('NTK', 4)}-{signs}")
    with refused("token-foreign"):
        services.check_token(operator=amina, site=sweep.site, text=a_token(other, 4))


@pytest.mark.django_db
def test_nothing_is_asked_where_no_sweep_is_open() -> None:
    _, bakr, _ = cast()
    sweep = a_sweep()
    services.close_sweep(operator=bakr, sweep_id=sweep.id, at=AT)
    presented({})
    assert not Tokenless.objects.exists()
    services.open_sweep(operator=bakr, sweep_id=sweep.id, at=AT)
    second = services.plan_sweep(operator=bakr, site=sweep.site, name="Autre", day=AT.date(), prefix="AB", at=AT)
    with refused("sweep-nothing-given"):
        services.open_sweep(operator=bakr, sweep_id=second.id, at=AT)
    services.record_visits(operator=bakr, sweep_id=second.id, visits=[VisitDraft("1", first=1, last=2)], at=AT)
    with refused("sweep-open-already"):
        services.open_sweep(operator=bakr, sweep_id=second.id, at=AT)


@pytest.mark.django_db
def test_what_cannot_be_is_refused_with_what_to_do() -> None:
    _, bakr, _ = cast()
    sweep = a_sweep()
    who: dict[str, Any] = {"operator": bakr, "sweep_id": sweep.id, "at": AT}
    for code, no in {
        "sweep-prefix-taken": lambda: services.plan_sweep(
            operator=bakr, site=sweep.site, name="x", day=AT.date(), prefix="ntk", at=AT
        ),
        "sweep-prefix": lambda: services.plan_sweep(
            operator=bakr, site=sweep.site, name="x", day=AT.date(), prefix="OIL", at=AT
        ),
        "tokens-printed-already": lambda: services.print_tokens(paper="band", first=20, last=22, **who),
        "tokens-carried-already": lambda: services.carry_tokens(team="4", first=10, last=12, **who),
        "tokens-given-already": lambda: services.record_visits(visits=[VisitDraft("4", first=8, last=9)], **who),
        "visit-nothing": lambda: services.record_visits(visits=[VisitDraft("4")], **who),
        "visit-empty-elsewhere": lambda: services.record_visits(
            visits=[VisitDraft("4", shelters=("1",), empty=("2",))], **who
        ),
        "token-span": lambda: services.void_tokens(first=1, last=9000, why="lost", **who),
        "void-reason": lambda: services.void_tokens(first=1, last=1, why="other", **who),
        "line-unknown": lambda: services.withdraw_line(line=sweep.id, **who),
        "token-no-clash": lambda: services.judge_token(number=1, keeps=None, words="x", **who),
    }.items():
        with refused(code):
            no()
    again = services.print_tokens(paper="sheet", first=20, last=22, again=True, **who)
    assert again.again
    services.void_tokens(first=12, last=12, why="spoilt", **who)
    with refused("tokens-voided-already"):
        services.record_visits(visits=[VisitDraft("4", first=11, last=12)], **who)
    presented({"token": a_token(sweep, 2)})
    with refused("tokens-spent-already"):
        services.void_tokens(first=1, last=2, why="lost", **who)


@pytest.mark.django_db
def test_empty_shelters_are_visited_again_and_a_line_is_taken_back() -> None:
    _, bakr, _ = cast()
    sweep = a_sweep()
    who: dict[str, Any] = {"operator": bakr, "sweep_id": sweep.id, "at": AT}
    content = "équipe;bloc;abris;de;à;vides;tour\n4;C;1-6;11;13;2, 5, 6;1\n4;C;2;14;14;;2\n4;C;;;;5;2\n\n"
    lines = services.record_visits(visits=read_list(content.encode("cp1252"), prefix="NTK"), **who)
    shelters = {(each.block, each.name): each for each in queries.ledger_of_sweep(sweep).shelters}
    assert {key: (each.visits, each.found) for key, each in shelters.items()} == {
        ("B", "15"): (1, False), ("C", "2"): (2, True), ("C", "5"): (2, False), ("C", "6"): (1, False),
    }
    services.withdraw_line(line=lines[0].id, **who)
    ledger = queries.ledger_of_sweep(sweep)
    assert 11 not in ledger.given and 14 in ledger.given
    services.record_visits(visits=[VisitDraft("4", "C", first=11, last=13)], **who)
    parts = {(each.block, each.team): (each.given, each.unspent) for each in queries.ledger_of_sweep(sweep).parts}
    assert parts == {("B", "Équipe 3"): (8, 8), ("C", "4"): (4, 4)}


def test_lists_of_teams_are_read_as_they_write_them() -> None:
    assert read_shelters("12–14, 20; b7\n12") == ("12", "13", "14", "20", "B7")
    assert shelters_in_words(["12", "13", "14", "20", "B7"]) == "12–14, 20, B7"
    token = number_of("NTK", 120)
    assert read_number(token, prefix="NTK") == read_number("0120", prefix="NTK") == 120
    assert read_token(f"{token}-K4M").number == 120
    for wrong in ("ABC-00120-1", token.replace("120", "121"), "x", "0", "100000"):
        with refused("token-number"):
            read_number(wrong, prefix="NTK")
    with refused("visits-unreadable"):
        read_list(b"\x00\x01", prefix="NTK")
    with pytest.raises(Invalid) as raised:
        read_list(b"team,first,last\n1,1,5\n1,9,6\n,3,4\n", prefix="NTK")
    assert raised.value.code == "visits-lines"
    assert [line[:2] for line in raised.value.facts["lines"].split(" · ")] == ["3:", "4:"]
    with refused("shelters-malformed"):
        read_shelters("1-9999")


@pytest.mark.django_db
def test_an_undone_registration_frees_its_token() -> None:
    amina, bakr, _ = cast()
    sweep = a_sweep()
    family = presented({"token": a_token(sweep, 3)})
    gone = withdraw_household(operator=bakr, household_id=family.id, reason="mistake", at=AT)
    ledger = queries.ledger_of_sweep(sweep)
    assert (3 in ledger.unspent, 3 in ledger.freed) == (True, True)
    other = presented({"token": a_token(sweep, 3)})
    undo_happening(operator=bakr, happening_id=gone.id, at=AT)  # and now both stand
    clash = queries.ledger_of_sweep(sweep).open_clashes[0]
    assert {each.household_id for each in clash.spendings} == {family.id, other.id}
    assert queries.how_many_wait_for(bakr) == 1
    moved = presented({"token": a_token(sweep, 4)})
    withdraw_household(operator=bakr, household_id=moved.id, reason="mistake", at=AT)
    return_household(operator=bakr, household_id=moved.id, at=AT)
    withdraw_household(operator=bakr, household_id=moved.id, reason="moved", at=AT)
    with refused("token-spent"):
        services.check_token(operator=amina, site=sweep.site, text=a_token(sweep, 4))


@pytest.mark.django_db
def test_any_order_of_arrival_gives_the_same_rows() -> None:
    _, bakr, _ = cast()
    sweep = a_sweep()
    line = services.void_tokens(operator=bakr, sweep_id=sweep.id, first=7, last=7, why="spoilt", at=AT)
    services.withdraw_line(operator=bakr, sweep_id=sweep.id, line=line.id, at=AT)
    services.close_sweep(operator=bakr, sweep_id=sweep.id, at=AT)
    services.open_sweep(operator=bakr, sweep_id=sweep.id, at=AT)
    presented({"token": a_token(sweep, 3)})
    presented({"without": "later"})
    _clash(sweep)
    services.judge_token(operator=bakr, sweep_id=sweep.id, number=1, keeps=None, words="personne ne sait", at=AT)
    assert compare_state().differences == ()
    names = [name for name in APPLY if APPLY[name].__module__ == "gada.fixing.apply"]
    entries = [
        entry_of(opened) for opened in open_entries(LogEntry.objects.filter(action__in=names).order_by("lamport"))
    ]
    assert {entry.action for entry in entries} == set(names)
    wanted, told = rows(), queries.ledger_of_sweep(sweep)
    for seed in range(3):
        for model in reversed(REBUILT):
            model.objects.all().delete()
        shuffled = entries * 2
        random.Random(seed).shuffle(shuffled)
        for entry in shuffled:
            APPLY[entry.action]([entry])
        assert rows() == wanted
        assert queries.ledger_of_sweep(sweep) == told


def rows() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in REBUILT]


def _clash(sweep: Sweep) -> tuple[Household, Household]:
    """Token 1 spent by two laptops: the second did not know of the first."""
    first = presented({"token": a_token(sweep, 1)})
    said = {"number": 1, "sweep": str(sweep.id)}
    second = a_household(of=1)
    from django.db import transaction

    from gada import journal
    from gada.engine.proof.ids import new_id
    from gada.people.services import scope_of

    with transaction.atomic():
        journal.record(
            "token.spent", by=an_operator(Role.CLERK, site=sweep.site), about=("household", second.id),
            scope=scope_of(sweep.site), at=AT, facts={"id": str(new_id()), "household": str(second.id), **said},
        )
    return first, second


@pytest.mark.django_db
def test_a_clash_is_judged_by_a_person_and_opens_again_with_a_third_family() -> None:
    amina, bakr, _ = cast()
    sweep = a_sweep()
    first, second = _clash(sweep)
    who: dict[str, Any] = {"sweep_id": sweep.id, "number": 1, "at": AT}
    with refused("not-permitted"):
        services.judge_token(operator=amina, keeps=first.id, words="vu", **who)
    with refused("token-verdict"):
        services.judge_token(operator=bakr, keeps=sweep.id, words="vu", **who)
    services.judge_token(operator=bakr, keeps=first.id, words="jeton photocopié", **who)
    assert (queries.how_many_wait_for(bakr), queries.how_many_wait_for(amina)) == (0, 0)
    assert Household.objects.filter(id__in=[first.id, second.id], status="active").count() == 2
    third = Spending.objects.get(household_id=second.id)
    third.pk, third.household_id = sweep.id, a_household(of=1).id
    Spending.objects.bulk_create([third])
    assert queries.how_many_wait_for(bakr) == 1


@pytest.fixture
def world(tmp_path: Path, django_db_blocker: DjangoDbBlocker, django_db_setup: None) -> Iterator[OwnWorld]:
    with django_db_blocker.unblock():
        made = OwnWorld(tmp_path / "world")
        made.headquarters()
        yield made
        made.close()


def test_two_laptops_spend_the_same_token_and_a_third_site_sees_nothing(world: OwnWorld) -> None:
    from django.db import transaction

    for name, site in (("a", "Diffa"), ("b", "Diffa"), ("c", "Maine")):
        world.laptop(name, site)
    with world.here("a"):
        boss: dict[str, Any] = {"operator": operator(), "at": AT}
        site = operator().agency.sites.get(name="Diffa")
        sweep = services.plan_sweep(site=site, name="Aube", day=AT.date(), prefix="NTK", **boss)
        services.record_visits(sweep_id=sweep.id, visits=[VisitDraft("1", "A", first=1, last=3)], **boss)
        services.open_sweep(sweep_id=sweep.id, **boss)
        token = a_token(sweep, 2)
    for source, target in (("a", "hq"), ("hq", "b"), ("hq", "c")):
        world.carry(source, target)
    for name, given in (("a", "Zeinabou"), ("b", "Rakia")):
        with world.here(name), transaction.atomic():
            family = enrol(given=given)
            services.present_token(operator=operator(), household=family, said={"token": token}, at=AT)
    for source, target in (("a", "hq"), ("b", "hq"), ("hq", "a"), ("hq", "b"), ("hq", "c")):
        world.carry(source, target)
    seen = []
    for name in ("hq", "a", "b"):
        with world.here(name):
            assert queries.how_many_wait_for(operator()) == 1
            clash = queries.ledger_of_sweep(Sweep.objects.get()).open_clashes[0]
            seen.append((clash.number, [each.household_id for each in clash.spendings]))
            assert Household.objects.filter(status="active").count() == 2
            assert compare_state().differences == ()
    assert seen[0] == seen[1] == seen[2]
    with world.here("c"):
        assert not Sweep.objects.exists() and not Spending.objects.exists()
