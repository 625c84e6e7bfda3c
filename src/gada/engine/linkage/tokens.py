"""Tokens: what two agencies intersect blindly to learn whom they share (exchange.md, section 3).

Each token is a digest of one precise combination. A person has several, failing for different reasons, so
that a registration with another spelling here and an estimated year there still shares two or more; strangers
should share none, and siblings none either: nearly every combination holds the given name. A combination
gives one token (years are cut once in each, at alternating offsets), so two common tokens are two reasons.
The keyed hash under the agreement's key is put on top by the exchange; this digest alone protects nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from gada.engine.linkage.features import Features, plain_document, plain_phone, plain_place
from gada.engine.linkage.keys import folded_words, year_cuts
from gada.engine.refusal import Refusal

RECIPE: Final = "gada-2"
RECIPES: Final = {RECIPE: "f268c1bbf4737fd2"}
"""The recipes this program has, each with a digest of how it folds names.

Both sides of an agreement must fold alike, so another folding is another recipe: a test holds the digest, and
docs/decisions/0005 says why.
"""


def tokens(features: Features, *, recipe: str = RECIPE) -> frozenset[bytes]:
    """The person's tokens, 32 bytes each, by the recipe that the agreement names.

    Raises Refusal `token-recipe-unknown` for a recipe this program does not have.
    """
    if recipe not in RECIPES:
        raise Refusal(
            "token-recipe-unknown", "This program does not know the recipe %(recipe)s.", recipe=recipe
        )
    return frozenset(
        hashlib.sha256("\x1f".join((recipe, *parts)).encode()).digest() for parts in combinations(features)
    )


def combinations(features: Features) -> Iterator[tuple[str, ...]]:
    """The combinations behind the tokens, each a tag and its parts, only where every part is known."""
    for tag, *parts in _combinations(features):
        if all(parts):
            yield (tag, *parts)


def _combinations(f: Features) -> Iterator[tuple[str, ...]]:
    given = _first(f.given)
    surname, father, mother = _first(f.surname), _first(f.father), _first(f.mother)
    names = "+".join(sorted((given, surname))) if given and surname else ""
    place, phone, sex = plain_place(f.place), plain_phone(f.phone), f.sex
    even, odd = year_cuts(f.birth) or ("", "")
    day = f.birth.first.isoformat() if f.birth is not None and f.birth.is_precise else ""
    for document in f.documents:
        yield "document", plain_document(document)
    yield "phone+given", phone, given
    yield "phone+sex+years", phone, sex, surname, even
    yield "day+given", day, given, sex, place
    yield "day+surname", day, names
    yield "day+parents", day, father, mother, sex
    yield "names+parents", names, father, mother
    yield "names+mother+years", names, mother, even
    yield "names+father+years", names, father, odd
    yield "names+place+years", names, place, sex, odd
    yield "given+mother+place+years", given, mother, place, even
    yield "given+father+place+years", given, father, place, odd
    yield "given+parents+place", given, father, mother, place
    yield "given+parents+years", given, father, mother, odd
    # A slip of the pen in the given name breaks all of the above; its first sound survives most slips.
    initial = given.lstrip("~")[:1]
    yield "initial+parents+years", initial, surname, father, mother, sex, even
    yield "initial+phone+years", initial, surname, phone, sex, odd
    yield from _household_combinations(f, given, names, even, odd)


def _household_combinations(
    f: Features, given: str, names: str, even: str, odd: str
) -> Iterator[tuple[str, ...]]:
    """Named by those one lives with: the head, and pairs of the others' given names."""
    head = next((_first(r.given) for r in f.household if r.is_head), given if f.is_head else "")
    place = plain_place(f.place)
    yield "head+names+years", "" if f.is_head else head, names, even
    yield "head+given+place+years", "" if f.is_head else head, given, place, odd
    others = sorted({_first(r.given) for r in f.household} - {"", given})[:5]
    for i, one in enumerate(others):
        for other in others[i + 1 :]:
            yield "household", names, one, other, f.sex


def _first(name: str) -> str:
    words = folded_words(name)
    return words[0] if words else ""
