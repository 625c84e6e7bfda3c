"""Whole names for `bench.names`: made of families of the table, and those of the UN's Consolidated List.

Made names have a given name, none to two names of fathers, mostly a family name; written twice, each time every
word in any spelling of its family, and sometimes with a word left out, other order, a slip of the pen, an initial, a
particle, or two words in one. Wrong pairs are two strangers, or two siblings: all alike but the given name.
`fitted` gives the weights of the engine's `judge_names` from such pairs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import islice
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from bench._real_data import TEST_DATA
from gada.engine.linkage.names import Family, family_of, words_of
from gada.engine.linkage.whole_names import agreement_of

Pair = tuple[str, str]
UN_LIST = TEST_DATA / "watchlists" / "un_consolidated_2026-02-27.xml"
STRANGERS_PER_RIGHT = 5
RESPELLED = 60
"""From this ratio of rapidfuzz's token_sort_ratio on, an alias is taken as another spelling, not another name."""
ALIGNED = 0.7
"""Words of a name and of its alias are taken as one word written twice from this Jaro-Winkler on, every one of them."""


def made_names(
    families: dict[str, Family], people: int, seed: int
) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Right pairs, pairs of strangers and pairs of siblings."""
    draw = random.Random(seed)
    given = [f for f in families.values() if f.kind in "mfb"]
    fathers = [f for f in families.values() if f.kind in "mb"]
    surnames = [f for f in families.values() if f.kind == "s"] or fathers

    def one_of(some: list[Family]) -> Family:
        return draw.choices(some, [f.share for f in some])[0]

    def person() -> list[Family]:
        name = [one_of(given), *(one_of(fathers) for _ in range(draw.choice((0, 1, 1, 2))))]
        return [*name, one_of(surnames)] if len(name) == 1 or draw.random() < 0.6 else name

    def sibling(name: list[Family]) -> list[Family]:
        other = one_of(given)
        return [other, *name[1:]] if other is not name[0] else sibling(name)

    born = [person() for _ in range(people)]
    right = [(written(draw, name), written(draw, name)) for name in born]
    strangers = []
    while len(strangers) < STRANGERS_PER_RIGHT * people:
        one, other = draw.sample(born, 2)
        if one[0] is not other[0]:
            strangers.append((written(draw, one), written(draw, other)))
    return right, strangers, [(written(draw, name), written(draw, sibling(name))) for name in born]


def written(draw: random.Random, name: list[Family]) -> str:
    """The name as one clerk writes it on one day."""
    words = [
        f.spellings[0]
        if draw.random() < 0.5
        else draw.choice([s for s in f.spellings if words_of(s)[0].isascii()])
        for f in name
    ]
    chance = iter(lambda: draw.random(), None)
    if len(words) > 2 and next(chance) < 0.35:
        words.pop(draw.randrange(1, len(words)))
    if next(chance) < 0.12:
        words = words[1:] + words[:1]
    if next(chance) < 0.10:
        at = draw.randrange(len(words))
        words[at] = slipped(draw, words[at])
    if next(chance) < 0.04:
        words[0] = words[0][:1]
    if next(chance) < 0.08:
        words[1:1] = [draw.choice(("ag", "ould", "ben", "bin", "al"))]
    if next(chance) < 0.08 and len(words) > 1:
        words[:2] = ["".join(words[:2])]
    return " ".join(words)


def slipped(draw: random.Random, word: str) -> str:
    """The word with one letter more, less or other, or two exchanged."""
    at, letter = draw.randrange(len(word)), draw.choice("abcdefghijklmnopqrstuvwxyz")
    head, tail = word[:at], word[at:]
    swapped = tail[1:2] + tail[:1] + tail[2:]
    return (
        draw.choice((head + letter + tail, head + tail[1:], head + letter + tail[1:], head + swapped)) or word
    )


def fitted(pairs: tuple[list[Pair], list[Pair], list[Pair]]) -> NDArray[np.float64]:
    """Weights by logistic regression (Newton's method, a ridge of 1), the first for nothing."""
    rows = [[1.0, *found.measures] for group in pairs for pair in group if (found := agreement_of(*pair))]
    right = sum(agreement_of(*pair) is not None for pair in pairs[0])
    measures, truth = np.array(rows), np.arange(len(rows)) < right
    weights = np.zeros(measures.shape[1])
    ridge = np.diag([0.0] + [1.0] * (len(weights) - 1))
    for _ in range(25):
        sure = 1 / (1 + np.exp(-measures @ weights))
        slope = measures.T @ (truth - sure) - ridge @ weights
        weights += np.linalg.solve((measures.T * (sure * (1 - sure))) @ measures + ridge, slope)
    return weights


def listed() -> Iterator[tuple[str, list[str]]]:
    """The name of each listed person, and those aliases that the list calls good."""
    parts = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
    for individual in ElementTree.parse(UN_LIST).iter("INDIVIDUAL"):
        name = " ".join(" ".join(individual.findtext(part) or "" for part in parts).split())
        aliases = [
            alias.strip()
            for each in individual.iter("INDIVIDUAL_ALIAS")
            if each.findtext("QUALITY") in {"Good", "a.k.a."}
            for alias in (each.findtext("ALIAS_NAME") or "").split(";")
            if words_of(alias) and alias.strip() != name
        ]
        yield name, aliases


def listed_names() -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Names beside their own aliases; beside others' aliases; beside others' aliases that share a word's family."""
    draw, people = random.Random(3), list(listed())
    right = [(name, alias) for name, aliases in people for alias in aliases]
    held = [(alias, number) for number, (_, aliases) in enumerate(people) for alias in aliases]
    sharing: dict[str, list[tuple[str, int]]] = {}
    for alias, number in held:
        for word in words_of(alias):
            sharing.setdefault(family_of(word), []).append((alias, number))

    def wrong(others: Callable[[str], list[tuple[str, int]]]) -> Iterator[Pair]:
        while True:
            number = draw.randrange(len(people))
            found = others(people[number][0])
            alias, owner = draw.choice(found) if found else ("", number)
            if owner != number:
                yield people[number][0], alias

    wanted = STRANGERS_PER_RIGHT * len(right)
    strangers = list(islice(wrong(lambda name: held), wanted))
    near = list(islice(wrong(lambda name: sharing.get(family_of(draw.choice(words_of(name))), [])), wanted))
    return right, strangers, near


def is_respelled(pair: Pair) -> bool:
    """Whether the letters of two whole names, words sorted, agree so far that it is no other name."""
    return token_sort_ratio(*(" ".join(words_of(name)) for name in pair)) >= RESPELLED


def listed_words() -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Words of names beside their aliases' where all are aligned; beside any other word; beside one that begins alike.

    A pair that the list itself gives as name and alias is never among the wrong ones.
    """
    right: set[Pair] = set()
    pool: list[str] = []
    for name, aliases in listed():
        pool += [word for word in words_of(name) if word.isascii() and len(word) > 1]
        for alias in aliases:
            found = aligned(words_of(name), words_of(alias))
            if len(found) > 1 and all(alike >= ALIGNED for *_, alike in found):
                right |= {
                    (min(x, y), max(x, y))
                    for x, y, _ in found
                    if x != y and (x + y).isascii() and min(map(len, (x, y))) > 1
                }
    draw, by_letter = random.Random(3), dict[str, list[str]]()
    for word in pool:
        by_letter.setdefault(word[0], []).append(word)

    def wrong(others: Callable[[str], list[str]]) -> Iterator[Pair]:
        while True:
            one = draw.choice(pool)
            other = draw.choice(others(one))
            if one != other and (min(one, other), max(one, other)) not in right:
                yield one, other

    wanted = STRANGERS_PER_RIGHT * len(right)
    strangers = list(islice(wrong(lambda word: pool), wanted))
    return sorted(right), strangers, list(islice(wrong(lambda word: by_letter[word[0]]), wanted))


def aligned(left: tuple[str, ...], right: tuple[str, ...]) -> list[tuple[str, str, float]]:
    """Words one to one, the most alike by letters first: a measure that is not the engine's."""
    ranked = sorted(
        (
            (JaroWinkler.similarity(x, y), -abs(i - j), i, j)
            for i, x in enumerate(left)
            for j, y in enumerate(right)
        ),
        reverse=True,
    )
    found, used_left, used_right = [], set[int](), set[int]()
    for alike, _, i, j in ranked:
        if i not in used_left and j not in used_right:
            used_left.add(i)
            used_right.add(j)
            found.append((left[i], right[j], alike))
    return found
