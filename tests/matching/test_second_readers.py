"""A second reader where aid changes, and on a sample: blind, somebody else, and nothing joined before both agree."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.db import connection

from gada.engine.proof.ids import new_id
from gada.journal import registry
from gada.journal.models import LogEntry
from gada.journal.reading import entry_of, open_entries
from gada.matching.apply import Said, standing_of
from gada.matching.models import CanonicalHousehold, CanonicalPerson, Case, HouseholdLink, Judgement
from gada.matching.queries import canonical_of, cases_decided_for, cases_waiting_for, is_blind, open_cases_for
from gada.matching.rules import Part, changes_aid, is_sampled
from gada.matching.services import check_person, judge_case, take_next_case, undo_judgement
from tests.biometrics.builders import household, take_prints
from tests.matching.builders import MOUSSA, MOUSSA_AGAIN, moussa_twice, second_moussa, the_case
from tests.people.builders import a_member
from tests.world import AT, Role, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
ROWS = (Case, Judgement, HouseholdLink, CanonicalPerson, CanonicalHousehold)


def reader(name: str = "") -> object:
    return an_operator(Role.ADJUDICATOR, name=name)


def say(who: object, verdict: str, case: UUID | None = None) -> Judgement:
    return judge_case(operator=who, case_id=case or the_case().id, verdict=verdict, reason="vu", at=AT)  # type: ignore[arg-type]


def undo(judgement: Judgement) -> None:
    undo_judgement(operator=an_operator(Role.ADJUDICATOR), judgement_id=judgement.id, reason="erreur", at=AT)


def state() -> tuple[str, str, str, int]:
    case = the_case()
    return case.status, case.verdict, case.reading, CanonicalPerson.objects.count() + CanonicalHousehold.objects.count()


def test_nothing_is_joined_before_a_second_reader_agrees() -> None:
    first, second, _result = moussa_twice()
    bakr, coumba = reader("Bakr"), reader("Coumba")
    made = say(bakr, "same")
    assert made.waits and state() == ("open", "", "second", 0)
    assert canonical_of([second.id]) == {second.id: second.id}
    with refused("read-already"):
        say(bakr, "same")
    chen = an_operator(Role.ADJUDICATOR, name="Chen", agency=an_agency())
    with refused("not-permitted"):
        say(chen, "same")
    agreed = say(coumba, "same")
    assert agreed.second_of == made.id and state() == ("decided", "same", "", 4)
    with refused("case-decided"):
        say(reader(), "different")
    undo(agreed)
    assert state() == ("open", "", "second", 0)
    say(reader(), "same")
    undo(made)  # with the first decision its second reading falls
    assert state() == ("open", "", "", 0) and canonical_of([second.id]) == {second.id: second.id}
    assert first


def test_the_second_reader_is_blind_and_the_first_waits() -> None:
    moussa_twice()
    bakr, coumba, supervisor = reader("Bakr"), reader("Coumba"), an_operator(Role.SUPERVISOR)
    say(bakr, "same")
    case = the_case()
    assert is_blind(coumba, case) and not is_blind(bakr, case) and not is_blind(supervisor, case)
    assert list(cases_waiting_for(coumba)) == [case] and not cases_waiting_for(bakr).exists()
    assert open_cases_for(bakr).get() == case  # it still waits, for somebody else
    assert take_next_case(operator=bakr, at=AT) is None and take_next_case(operator=coumba, at=AT) == case


def test_readers_who_disagree_are_settled_by_a_third() -> None:
    moussa_twice()
    bakr, coumba = reader(), reader()
    say(bakr, "same")
    against = say(coumba, "different")
    assert state() == ("open", "", "third", 0) and the_case().place > 10_000
    for again in (bakr, coumba):
        with refused("read-already"):
            say(again, "same")
    say(reader(), "unsure")
    assert state() == ("open", "", "third", 0)
    third = say(reader(), "different")
    assert state() == ("decided", "different", "", 0) and the_case().standing == third.id
    undo(against)  # the two talk: one takes it back, and may read again
    assert state() == ("open", "", "third", 0)
    say(coumba, "same")
    assert state() == ("decided", "same", "", 4)  # two of one mind, one of another


def test_same_that_changes_no_aid_counts_at_once() -> None:
    """A child counted by both grandparents: one link of the two it takes to make two families one."""
    for touch, values in enumerate((MOUSSA, MOUSSA_AGAIN), start=1):
        home = household(members=(a_member(head=True), a_member(), a_member(**values)))
        child = home.memberships.get(person__mother=values["mother"]).person
        take_prints(child, {2: 7, 7: 8}, touch=touch)
        check_person(person=child, at=AT)
    made = say(reader(), "same", Case.objects.get().id)
    assert not made.waits and state() == ("decided", "same", "", 2)


def test_what_changes_aid() -> None:
    one, two, three = (UUID(int=n) for n in (1, 2, 3))
    here, there = [Part(one, False, 4)], [Part(two, False, 5)]
    assert not changes_aid(here, there, families={})
    assert changes_aid(here, there, families={one: one, two: one})
    assert changes_aid(here, there, families={one: three, two: three})
    assert not changes_aid(here, [], families={one: one, two: one})


def test_a_sample_counts_at_once_and_is_read_again(settings: LazySettings) -> None:
    settings.SECOND_READING_PERCENT = 100
    moussa_twice()
    bakr, coumba = reader(), reader()
    made = say(bakr, "different")
    assert made.sampled and not made.waits and state() == ("decided", "different", "sample", 0)
    case = the_case()
    assert is_blind(coumba, case) and not cases_decided_for(coumba).exists() and cases_decided_for(bakr).exists()
    assert cases_waiting_for(coumba).get() == case and not cases_waiting_for(bakr).exists()
    assert not open_cases_for(coumba).exists()
    with refused("read-already"):
        say(bakr, "different")
    say(coumba, "same")  # only measures
    assert state() == ("decided", "different", "", 0) and the_case().standing == made.id
    with refused("case-decided"):
        say(reader(), "same")


def test_the_share_of_the_sample() -> None:
    drawn = [new_id() for _ in range(4000)]
    assert 140 < sum(is_sampled(id_, percent=5) for id_ in drawn) < 260  # five standard deviations
    assert not any(is_sampled(id_, percent=0) for id_ in drawn) and all(is_sampled(id_, percent=100) for id_ in drawn)
    assert all(is_sampled(id_, percent=5) <= is_sampled(id_, percent=10) for id_ in drawn)


def test_readings_stand_the_same_in_any_order() -> None:
    a, b, c, d = (UUID(int=n) for n in range(1, 5))
    first = Said(UUID(int=10), a, "same", "1", waits=True)
    others = [
        Said(UUID(int=11), b, "different", "2", second_of=first.id), Said(UUID(int=12), c, "same", "3", first.id),
        Said(UUID(int=13), a, "different", "4", first.id),  # nobody agrees with themselves
        Said(UUID(int=14), d, "unsure", "5", first.id), Said(UUID(int=15), d, "different", "6", UUID(int=99)),
    ]
    for count in range(len(others) + 1):
        for chosen in itertools.combinations(others, count):
            found = {standing_of(order) for order in itertools.permutations([first, *chosen])}
            assert len(found) == 1
    assert standing_of([first, *others]).verdict == "same"
    assert standing_of(others).verdict == ""  # second readings of what has not arrived count for nothing
    tie = [*others, Said(UUID(int=16), UUID(int=5), "different", "7", first.id)]
    assert standing_of([first, *tie]).reading == "third"


def test_entries_of_second_readings_in_any_order() -> None:
    moussa_twice()
    bakr, coumba = reader(), reader()
    made = say(bakr, "same")
    undo(say(coumba, "different"))
    say(coumba, "same")
    expected = [list(model.objects.order_by("pk").values()) for model in ROWS]
    actions = ("case.opened", "case.judged", "case.judgement_undone")
    logged = LogEntry.objects.filter(action__in=actions).order_by("lamport")
    entries = [entry_of(opened) for opened in open_entries(logged)]
    assert len(entries) == 5
    for order in itertools.permutations(entries):
        for model in reversed(ROWS):
            model.objects.all().delete()
        for entry in (*order, order[0]):
            registry.APPLY[entry.action]([entry])
        assert [list(model.objects.order_by("pk").values()) for model in ROWS] == expected
    assert made.waits


def test_decisions_of_before_second_readings_count_as_they_did() -> None:
    old = registry.upcast("case.judged", {"schema": 1, "verdict": "same"})
    assert old["schema"] == 2 and old["waits"] is False and old["second_of"] is None


def test_two_adjudicators_get_two_cases_first() -> None:
    moussa_twice()
    check_person(person=second_moussa(given="Mamadou"), at=AT)
    bakr, coumba, third = reader(), reader(), reader()
    cases = {take_next_case(operator=who, at=AT) for who in (bakr, coumba, third)}
    assert len(cases) == 3
    assert take_next_case(operator=bakr, at=AT) in cases  # their own stays theirs
    assert take_next_case(operator=reader(), at=AT) is not None  # everything is open elsewhere: the first of all


@pytest.mark.django_db(transaction=True)
def test_adjudicators_who_ask_in_one_moment_get_different_cases() -> None:
    moussa_twice()
    for name in ("Mamadou", "Mahamane"):
        check_person(person=second_moussa(given=name), at=AT)
    count = open_cases_for(reader()).count()
    asking = [reader() for _ in range(min(4, count))]
    together = threading.Barrier(len(asking))

    def ask(who: object) -> UUID:
        together.wait()
        try:
            case = take_next_case(operator=who, at=AT)  # type: ignore[arg-type]
            assert case is not None
            return case.id
        finally:
            connection.close()

    with ThreadPoolExecutor(len(asking)) as pool:
        assert len(set(pool.map(ask, asking))) == len(asking)
