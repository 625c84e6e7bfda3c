"""A card's life: issued, printed, confirmed, lost, cancelled, replaced; in any order of arrival the same."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from gada.credentials import queries, rules, services
from gada.credentials.models import Card, Copy, State, Step
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.journal.reading import entry_of, open_entries
from gada.journal.registry import APPLY
from gada.people.rules import birth_of, read_number
from gada.people.services import erase_person
from tests.credentials.builders import a_card, printed, seen
from tests.people.builders import a_household, a_person
from tests.world import AT, Role, a_node, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


def cast() -> tuple[Any, Any, Any]:
    """A clerk and a supervisor of the site, and a clerk of another agency."""
    site = a_node().site
    return (
        an_operator(Role.CLERK, site=site),
        an_operator(Role.SUPERVISOR, site=site),
        an_operator(Role.CLERK, agency=an_agency()),
    )


def test_nobody_else_may_issue_print_or_end_cards() -> None:
    amina, _, chen = cast()
    distributor = an_operator(Role.DISTRIBUTOR, site=a_node().site)
    card = a_card()
    person = a_person()
    with refused("person-unknown"):
        services.issue_cards(operator=chen, people=[person.id], at=AT)
    with refused("not-permitted"):
        services.issue_cards(operator=distributor, people=[person.id], at=AT)
    for no in (
        lambda: services.print_cards(operator=chen, cards=[card.id], paper="card", at=AT),
        lambda: services.lose_cards(operator=chen, cards=[card.id], at=AT),
        lambda: services.replace_cards(operator=chen, cards=[card.id], at=AT),
    ):
        with refused("card-unknown"):
            no()
    with refused("not-permitted"):
        services.cancel_cards(operator=amina, cards=[card.id], reason="erreur", at=AT)
    assert not queries.cards_for(chen).exists()
    assert sum(queries.counts_for(chen).values()) == 0


def test_a_card_is_issued_once_printed_and_confirmed() -> None:
    amina, _, _ = cast()
    person = a_person()
    card = services.issue_cards(operator=amina, people=[person.id], at=AT)[0]
    assert services.issue_cards(operator=amina, people=[person.id], at=AT) == []
    assert read_number(card.number) == card.number
    assert card.number != person.number
    assert seen(card.id, person).state == State.ISSUED
    batch = services.print_cards(operator=amina, cards=[card.id], paper="card", at=AT)
    assert seen(card.id, person).state == State.PRINTED
    copies = queries.copies_of_batch(amina, batch)
    assert services.confirm_copies(operator=amina, batch=batch, copies=[copies[0].id], at=LATER) == 1
    assert services.confirm_copies(operator=amina, batch=batch, copies=[copies[0].id], at=LATER) == 0
    assert seen(card.id, person).state == State.CONFIRMED
    assert queries.counts_for(amina)["confirmed"] == 1


def test_printing_again_keeps_the_number_and_changes_the_serial() -> None:
    card = a_card()
    first, second = printed(card), printed(card)
    assert first.serial.startswith("1-")
    assert second.serial.startswith("2-")
    assert seen(card.id, card.person).serial == second.serial
    assert seen(card.id, card.person).number == card.number


def test_a_lost_card_counts_no_longer_and_its_successor_has_a_new_number() -> None:
    amina, bakr, _ = cast()
    card = a_card()
    printed(card)
    services.lose_cards(operator=amina, cards=[card.id], at=AT)
    with refused("card-ended"):
        services.print_cards(operator=amina, cards=[card.id], paper="card", at=AT)
    fresh = services.replace_cards(operator=amina, cards=[card.id], at=AT)[0]
    with refused("card-replaced-already"):
        services.replace_cards(operator=amina, cards=[card.id], at=AT)
    assert seen(card.id, card.person).state == State.CANCELLED
    assert fresh.replaces == card.id
    assert fresh.number != card.number
    assert queries.person_of_number(amina, card.number) == queries.person_of_number(amina, fresh.number)
    with refused("card-reason"):
        services.cancel_cards(operator=bakr, cards=[fresh.id], reason=" ", at=AT)
    services.cancel_cards(operator=bakr, cards=[fresh.id], reason="imprimée par erreur", at=AT)
    with refused("card-cancelled-already"):
        services.cancel_cards(operator=bakr, cards=[fresh.id], reason="encore", at=AT)


def test_those_who_collect_wait_for_a_card_first() -> None:
    amina, _, _ = cast()
    a_household(of=4)
    assert queries.people_without_card(amina).count() == 1
    assert queries.people_without_card(amina, who=queries.EVERYBODY).count() == 4
    a_card(queries.people_without_card(amina).get())
    assert queries.people_without_card(amina).count() == 0


def test_any_order_of_arrival_gives_the_same_rows() -> None:
    amina, _, _ = cast()
    for _ in range(3):
        card = a_card()
        copies = [printed(card), printed(card)]
        services.confirm_copies(operator=amina, batch=copies[1].batch, copies=[copies[1].id], at=AT)
        services.lose_cards(operator=amina, cards=[card.id], at=AT)
        services.replace_cards(operator=amina, cards=[card.id], at=AT)
    entries = [
        entry_of(opened)
        for opened in open_entries(LogEntry.objects.filter(action__startswith="card.").order_by("lamport"))
    ]
    wanted = rows()
    for seed in range(5):
        for model in (Step, Copy, Card):
            model.objects.all().delete()
        shuffled = entries * 2
        random.Random(seed).shuffle(shuffled)
        for entry in shuffled:
            APPLY[entry.action]([entry])
        assert rows() == wanted


def rows() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Card, Copy, Step)]


def test_an_erased_person_leaves_no_card() -> None:
    card, kept = a_card(), a_card()
    printed(card)
    printed(kept)
    amina, _, _ = cast()
    services.lose_cards(operator=amina, cards=[kept.id], at=AT)
    services.replace_cards(operator=amina, cards=[kept.id], at=AT)
    dpo = an_operator(Role.DPO, site=card.person.site)
    erase_person(operator=dpo, person_id=card.person_id, ground="demande", at=AT)
    assert not Card.objects.filter(person=card.person_id).exists()
    assert [len(each) for each in rows()] == [2, 1, 2]
    assert compare_state().differences == ()


def test_an_estimated_birth_is_never_a_day() -> None:
    for said, words, between in (
        (birth_of(year=1984, month=3, day=14), "14.03.1984", None),
        (birth_of(year=1984, month=3), "03.1984", (1984, 1984)),
        (birth_of(year=1984), "1984", (1984, 1984)),
        (birth_of(year=1985, estimated=True), "vers / about 1985", (1982, 1988)),
        (birth_of(), "—", None),
    ):
        born = rules.born(said.precision, "declared", said.earliest, said.latest)
        assert (born.words, born.between) == (words, between)
    day = date(1984, 3, 14)
    guessed = rules.born("day", "estimated", day, day)
    assert guessed.day is None
    assert guessed.words == "vers / about 1984"


def test_two_laptops_never_print_the_same_serial() -> None:
    serials = {rules.serial_of(UUID(int=each), copies_before=1) for each in range(1000)}
    assert len(serials) == 1000
