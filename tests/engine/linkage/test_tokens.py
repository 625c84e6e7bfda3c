"""Tokens: two or more in common for one person, none with strangers or siblings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gada.engine.linkage import Features, tokens
from gada.engine.refusal import Refusal
from tests.engine.linkage.test_evidence import AGAIN, AISSATA, SISTER, STRANGER


def test_one_person_twice_shares_at_least_two() -> None:
    assert len(tokens(AISSATA) & tokens(AGAIN)) >= 2


def test_siblings_and_strangers_share_fewer_than_two() -> None:
    assert len(tokens(AISSATA) & tokens(SISTER)) < 2
    assert not tokens(AISSATA) & tokens(STRANGER)


def test_tokens_are_digests_that_hold_no_name() -> None:
    made = tokens(AISSATA)
    assert 5 <= len(made) <= 40
    assert all(isinstance(t, bytes) and len(t) == 32 for t in made)
    assert made == tokens(replace(AISSATA, phone="+99976543210"))


def test_the_recipe_separates_and_is_named() -> None:
    with pytest.raises(Refusal) as refusal:
        tokens(AISSATA, recipe="gada-0")
    assert refusal.value.code == "token-recipe-unknown"


def test_nothing_known_gives_nothing() -> None:
    assert tokens(Features()) == frozenset()
    assert tokens(Features(given="Awa")) == frozenset()
