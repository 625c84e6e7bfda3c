"""Tokens: two or more in common for one person, none with strangers or siblings."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from gada.engine.linkage import Features, fold_name, tokens
from gada.engine.linkage.names import families
from gada.engine.linkage.tokens import RECIPE, RECIPES
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


UNLISTED = (
    "Djiguibaré Yempabou Lankoandé Tchombiano Nyaguiré Wuro-Barga Ɗan-Ƙasa Kpakpoyibor Mbaïrédjé Ngueyam Zwingelstein "
    "Abdoul-Mouizz Abdurrashîd Oum-el-Barakat Sidi-Yehdhih Okwuchukwu Ñuul Guidanbado Tiéfing Yaogho قنديل زبيرو"
)


def test_another_folding_of_names_is_another_recipe() -> None:
    spelled = {spelling for family in families().values() for spelling in family.spellings}
    folded = "\n".join(f"{name}\t{fold_name(name)}" for name in sorted(spelled | set(UNLISTED.split())))
    assert sha256(folded.encode()).hexdigest()[:16] == RECIPES[RECIPE], (
        "names fold otherwise than this recipe promises: give the recipe in engine/linkage/tokens.py a new name if a "
        "release or an agreement ever used it, and write the new digest beside it (docs/decisions/0005)."
    )


def test_nothing_known_gives_nothing() -> None:
    assert tokens(Features()) == frozenset()
    assert tokens(Features(given="Awa")) == frozenset()
