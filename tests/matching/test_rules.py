"""Pairing the members of two households, the letters that differ, and what a reader is told to look at."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from gada.engine.linkage import Features
from gada.matching.rules import differing_letters, hints_of, paired_members
from gada.people.features import features_of
from gada.people.models import Person


def named(given: str, sex: str = "M") -> Features:
    return features_of(Person(given=given, surname="Diallo", father="Issa", sex=sex), documents=())


def test_members_stand_beside_those_they_fit() -> None:
    ours = [named("Mamadou"), named("Aïssatou", "F"), named("Ibrahim")]
    for order in permutations(range(3)):
        theirs = [[named("Mohamed"), named("Aissata", "F"), named("Oumar")][i] for i in order]
        first = (0, order.index(0))
        pairs = paired_members(ours, theirs, first=first)
        assert pairs[0] == first and (1, order.index(1)) in pairs
        assert (2, None) in pairs and (None, order.index(2)) in pairs


def test_the_two_of_the_case_stand_side_by_side_whatever_they_are_called() -> None:
    ours, theirs = [named("Mamadou"), named("Ibrahim")], [named("Ibrahim"), named("Seydou")]
    assert paired_members(ours, theirs, first=(0, 0)) == [(0, 0), (1, None), (None, 1)]
    assert paired_members([named("A")], [named("B")], first=(0, 0)) == [(0, 0)]


@given(st.text(max_size=20), st.text(max_size=20))
def test_pieces_make_up_the_texts(one: str, other: str) -> None:
    left, right = differing_letters(one, other)
    assert "".join(text for text, _ in left) == one and "".join(text for text, _ in right) == other
    same = ["".join(text for text, differs in side if not differs).casefold() for side in (left, right)]
    assert same[0] == same[1] or not any(differs for side in (left, right) for _, differs in side)


def test_letters_that_differ() -> None:
    assert differing_letters("Fatouma", "Fatima")[0] == [("Fat", False), ("ou", True), ("ma", False)]
    assert differing_letters("Aminata", "Zoé") == ([("Aminata", False)], [("Zoé", False)])
    assert differing_letters("DIALLO", "Diallo") == ([("DIALLO", False)], [("Diallo", False)])


def line(kind: str, weight: int, **facts: object) -> dict:
    return {"kind": kind, "weight": weight, "reason": "", "facts": facts}


def test_what_to_look_at() -> None:
    words = [line("given", 20, relation="exact"), line("surname", 15, relation="exact")]
    assert hints_of([*words, line("finger", -20)], years_apart=1, prints=True) == ["words-agree-fingers-do-not"]
    others = [line("given", -15, relation="differ"), line("finger", 60)]
    assert hints_of(others, years_apart=30, prints=True) == ["fingers-agree-words-do-not"]
    assert hints_of(words, years_apart=24, prints=False) == ["a-generation-apart", "no-fingers"]
    assert hints_of(words, years_apart=None, prints=True) == ["fingers-not-compared"]
