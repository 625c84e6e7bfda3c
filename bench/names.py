"""Spellings of one name, judged: names that the table never saw, and the aliases of the UN's list.

usage: python -m bench.names [--folds 5]

The families of the table are cut into parts; each part in turn is taken out of the table, and every pair of spellings
inside its families, Arabic script among them, must be judged equivalent by rules alone. Wrong pairs are words of two
families of the part, `WRONG_PER_RIGHT` times as many as right ones, of two kinds that have figures of their own:
drawn at random, and among words with the same first letter, for those are what a search brings together. Precision
holds for that ratio only. A family of twenty spellings has 190 pairs, one of three has three; so recall is also given
as the mean over families. The rules have the same author as the table.

Whole names are made of the families of each part (`_whole_names.py`) and judged with that part out of the table.

The UN's Consolidated List gave no name to the table and no weight, but it is not wholly unseen: what was missed in it
was read while the rules for Abd al- and for titles were written. Words: those of names and good aliases where every
word finds a partner of Jaro-Winkler 0.7 or more, pairs of equal words left out; below that most are other names,
which no spelling gives away. Whole names: all good aliases, other names and all; and those that are respelled, by the
ratio of another program. Both choices go by letters, so they favour any measure that does. Wrong pairs: a person's
name beside an alias of another, drawn at random, and among those that share a word.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TypeVar

import numpy as np

from bench import _whole_names as whole_names
from bench._recording import record_results
from gada.engine.linkage import names
from gada.engine.linkage.names import Family, Likeness, grade_of, likeness_of, words_of
from gada.engine.linkage.whole_names import WEIGHTS, judge_names

Pair = tuple[str, str]
Group = tuple[list[Pair], list[Pair], list[Pair]]
Measured = TypeVar("Measured")
WRONG_PER_RIGHT = 5
WANTED = 0.90
THRESHOLDS = (Likeness.NEAR, Likeness.CLOSE, Likeness.EQUIVALENT)
PEOPLE = 1000


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folds", type=int, default=5)
    chosen = parser.parse_args(arguments)
    whole = dict(names.families())
    parts = list(parts_of(whole, chosen.folds))
    groups = [pairs_of(part) for part in parts]
    without = [{n: f for n, f in whole.items() if n not in part} for part in parts]
    held_back = joined(
        with_table(table, lambda g=g: likenesses(g)) for table, g in zip(without, groups, strict=True)
    )
    made = [whole_names.made_names(part, PEOPLE, seed) for seed, part in enumerate(parts)]
    made_held_back = joined(
        with_table(table, lambda g=g: scored(g, judge_names)) for table, g in zip(without, made, strict=True)
    )
    results: dict[str, object] = {
        "table": {"families": len(whole), "spellings": sum(len(f.spellings) for f in whole.values())},
        "held back families, by rules alone": levels(held_back, owners_of(parts)),
        "held back families, by grade": best(joined(scored(g, grade_of) for g in groups)),
        "the table whole": levels(joined(likenesses(g) for g in groups), owners_of(parts)),
        "whole names made of held back families": judged(made_held_back),
        "weights of whole names": weights(whole),
    }
    if whole_names.UN_LIST.exists():
        results |= aliases()
    record_results("names", results)


def aliases() -> dict[str, object]:
    words, listed = whole_names.listed_words(), whole_names.listed_names()
    respelled = [pair for pair in listed[0] if whole_names.is_respelled(pair)], listed[1], listed[2]
    return {
        "words of UN aliases": levels(likenesses(words)),
        "words of UN aliases, by rules alone": with_table({}, lambda: levels(likenesses(words))),
        "words of UN aliases, by grade": best(scored(words, grade_of)),
        "whole UN aliases": judged(scored(listed, judge_names)),
        "whole UN aliases, respelled": judged(scored(respelled, judge_names)),
    }


def parts_of(whole: dict[str, Family], folds: int) -> Iterator[dict[str, Family]]:
    """The families cut into parts at random, always the same."""
    shuffled = sorted(whole)
    random.Random(1).shuffle(shuffled)
    for fold in range(folds):
        yield {name: whole[name] for name in shuffled[fold::folds]}


def with_table(table: dict[str, Family], work: Callable[[], Measured]) -> Measured:
    """Do `work` with this table in place of the engine's, and put that back."""
    remembering = (names._index, names.family_of, names.likeness_of, names.fold_name)
    usual = names.families
    names.families = lambda: table  # type: ignore[assignment]
    for function in remembering:
        function.cache_clear()
    try:
        return work()
    finally:
        names.families = usual
        for function in remembering:
            function.cache_clear()


def words_in(family: Family) -> list[str]:
    """The distinct spellings as the engine compares them, those in Arabic script romanised."""
    return sorted({w for s in family.spellings if (w := "".join(words_of(s))).isascii() and w})


def pairs_of(part: dict[str, Family]) -> Group:
    """Pairs of spellings of one family; words of two families; and such that begin alike."""
    draw = random.Random(2)
    right = [pair for family in part.values() for pair in combinations(words_in(family), 2)]
    owned = [(word, family.name) for family in part.values() for word in words_in(family)]
    by_letter: dict[str, list[tuple[str, str]]] = {}
    for word, owner in owned:
        by_letter.setdefault(word[0], []).append((word, owner))

    def wrong(others: Callable[[str], list[tuple[str, str]]]) -> list[Pair]:
        found: list[Pair] = []
        while len(found) < WRONG_PER_RIGHT * len(right):
            (one, owner) = draw.choice(owned)
            (other, other_owner) = draw.choice(others(one))
            if owner != other_owner:
                found.append((one, other))
        return found

    return right, wrong(lambda word: owned), wrong(lambda word: by_letter[word[0]])


def owners_of(parts: list[dict[str, Family]]) -> list[str]:
    """The family of each right pair, in the order of `pairs_of`."""
    return [f.name for part in parts for f in part.values() for _ in combinations(words_in(f), 2)]


def scored(group: Group, measure: Callable[[str, str], float]) -> list[list[float]]:
    return [[measure(*pair) for pair in pairs] for pairs in group]


def likenesses(group: Group) -> list[list[float]]:
    return scored(group, likeness_of)


def joined(parts: Iterator[list[list[float]]] | Sequence[list[list[float]]]) -> list[list[float]]:
    return [[score for each in kind for score in each] for kind in zip(*parts, strict=True)]


def levels(scores: list[list[float]], owners: list[str] | None = None) -> dict[str, dict[str, object]]:
    """Recall and precision when pairs at least so alike are taken as one name."""
    found: dict[str, dict[str, object]] = {}
    for least in THRESHOLDS:
        found[f"at least {least.name.lower()}"] = at(scores, least, owners)
    return found


def judged(scores: list[list[float]]) -> dict[str, dict[str, object]]:
    """At the engine's own threshold, and the best that any would give."""
    return {"at least 0.5": at(scores, 0.5), **best(scores)}


def at(scores: list[list[float]], least: float, owners: list[str] | None = None) -> dict[str, object]:
    right, strangers, near = (np.array(each) >= least for each in scores)
    found: dict[str, object] = {"recall": round(float(right.mean()), 4)}
    if owners is not None:
        hits: dict[str, list[bool]] = {}
        for owner, hit in zip(owners, right, strict=True):
            hits.setdefault(owner, []).append(bool(hit))
        found["recall by family"] = round(float(np.mean([np.mean(each) for each in hits.values()])), 4)
    for name, wrong in (("random", strangers), ("near", near)):
        slips = wrong.mean() * WRONG_PER_RIGHT
        found[f"precision, {name}"] = round(float(right.mean() / max(1e-9, right.mean() + slips)), 4)
    return found | {"right pairs": len(right)}


def best(scores: list[list[float]]) -> dict[str, dict[str, object]]:
    """The most recall at the wanted precision, whatever the threshold, against each kind of wrong pairs."""
    found: dict[str, dict[str, object]] = {}
    right = np.sort(scores[0])
    for name, wrong in (("random", np.sort(scores[1])), ("near", np.sort(scores[2]))):
        recalls = 1 - np.searchsorted(right, right) / len(right)
        slips = WRONG_PER_RIGHT * (1 - np.searchsorted(wrong, right) / len(wrong))
        enough = recalls / (recalls + slips) >= WANTED
        recall, least = (recalls[enough].max(), right[enough][0]) if enough.any() else (0.0, np.inf)
        found[f"best against {name}"] = {"recall": round(float(recall), 4), "from": round(float(least), 3)}
    return found


def weights(whole: dict[str, Family]) -> dict[str, object]:
    """Those in use, and those that names made of the whole table give, before 0.5 is placed."""
    found = whole_names.fitted(whole_names.made_names(whole, 2 * PEOPLE, 99))
    return {"in use": " ".join(map(str, WEIGHTS)), "fitted": " ".join(f"{w:.2f}" for w in found)}


if __name__ == "__main__":
    main()
