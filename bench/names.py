"""Spellings of one name, judged: names that the table never saw, and the aliases of the UN's list.

usage: python -m bench.names [--folds 5]

The families of the table are cut into parts; each part in turn is taken out of the table, and every pair of
spellings inside its families must be judged equivalent by rules alone. Wrong pairs are drawn from different
families of the part: as many times the right pairs as `WRONG_PER_RIGHT` says, half of them at random and half
among those with the same first letter, for those are what a search brings together. Ordinary lists have far
more wrong pairs than right ones, so that precision is given with this ratio. The rules have the same author
as the table. The aliases of the UN's Consolidated List were used for nothing else: people listed with an alias
of the same number of words, each pair of words aligned, pairs of equal words left out; wrong pairs are words
of two people at the same place.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from itertools import combinations
from xml.etree import ElementTree

from rapidfuzz.distance import JaroWinkler

from bench._real_data import TEST_DATA
from bench._recording import record_results
from gada.engine.linkage import names
from gada.engine.linkage.names import Family, Likeness, grade_of, likeness_of, words_of

Pair = tuple[str, str]
WRONG_PER_RIGHT = 5
THRESHOLDS = (Likeness.NEAR, Likeness.CLOSE, Likeness.EQUIVALENT)
UN_LIST = TEST_DATA / "watchlists" / "un_consolidated_2026-02-27.xml"
SAME_SPOT = 0.55
"""Two words of a person and of an alias are one name written twice only if their letters agree so far;
below it the alias is another name (a nickname, a nom de guerre), which no spelling table should join."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folds", type=int, default=5)
    chosen = parser.parse_args(arguments)
    whole = dict(names.families())
    held_back: list[tuple[list[Pair], list[Pair]]] = []
    judged = [0] * len(Likeness), [0] * len(Likeness)
    for part in parts_of(whole, chosen.folds):
        pairs = pairs_within(part), pairs_across(part)
        held_back.append(pairs)
        with_table({n: f for n, f in whole.items() if n not in part}, lambda p=pairs: count(p, judged))
    known = [0] * len(Likeness), [0] * len(Likeness)
    with_table(whole, lambda: [count(pairs, known) for pairs in held_back])
    results: dict[str, object] = {
        "table": {"families": len(whole), "spellings": sum(len(f.spellings) for f in whole.values())},
        "held back families, by rules alone": curve(judged),
        "held back families, by grade": graded(held_back),
        "the table whole": curve(known),
    }
    if UN_LIST.exists():
        aliases = [0] * len(Likeness), [0] * len(Likeness)
        right, wrong = alias_pairs()
        with_table(whole, lambda: count((right, wrong), aliases))
        results["aliases of the UN list, the table whole"] = curve(aliases)
        bare = [0] * len(Likeness), [0] * len(Likeness)
        with_table({}, lambda: count((right, wrong), bare))
        results["aliases of the UN list, by rules alone"] = curve(bare)
    record_results("names", results)


def parts_of(whole: dict[str, Family], folds: int) -> Iterator[dict[str, Family]]:
    """The families cut into parts at random, always the same."""
    shuffled = sorted(whole)
    random.Random(1).shuffle(shuffled)
    for fold in range(folds):
        yield {name: whole[name] for name in shuffled[fold::folds]}


def with_table(table: dict[str, Family], work: Callable[[], object]) -> None:
    """Do `work` with this table in place of the engine's, and put that back."""
    remembering = (names._index, names.family_of, names.likeness_of, names.fold_name)
    usual = names.families
    names.families = lambda: table  # type: ignore[assignment]
    for function in remembering:
        function.cache_clear()
    try:
        work()
    finally:
        names.families = usual
        for function in remembering:
            function.cache_clear()


def words_in(family: Family) -> list[str]:
    """The distinct spellings in Latin letters, as the engine compares them."""
    return sorted({w for s in family.spellings if (w := "".join(words_of(s))).isascii() and w})


def pairs_within(part: dict[str, Family]) -> list[Pair]:
    return [pair for family in part.values() for pair in combinations(words_in(family), 2)]


def pairs_across(part: dict[str, Family]) -> list[Pair]:
    """Wrong pairs: words of two families, half at random, half with the same first letter."""
    draw = random.Random(2)
    owned = [(word, family.name) for family in part.values() for word in words_in(family)]
    by_letter: dict[str, list[Pair]] = {}
    for word, owner in owned:
        by_letter.setdefault(word[0], []).append((word, owner))
    found: list[Pair] = []
    wanted = WRONG_PER_RIGHT * len(pairs_within(part))
    while len(found) < wanted:
        word, owner = draw.choice(owned)
        other, other_owner = draw.choice(
            by_letter[word[0]] if len(found) % 2 and len(by_letter) > 1 else owned
        )
        if owner != other_owner:
            found.append((word, other))
        elif all(o == owner for _, o in by_letter[word[0]]) and len(found) % 2:
            found.append((word, next(w for w, o in owned if o != owner)))
    return found


def alias_pairs() -> tuple[list[Pair], list[Pair]]:
    """Words of a listed person beside those of an alias, and beside those of another person."""
    people = [listed_names(each) for each in ElementTree.parse(UN_LIST).iter("INDIVIDUAL")]
    right = {
        (x, y)
        for first, *aliases in filter(None, people)
        for alias in aliases
        if len(alias) == len(first)
        for x, y in zip(first, alias, strict=True)
        if x != y and JaroWinkler.similarity(x, y) >= SAME_SPOT
    }
    draw, own = random.Random(3), [p[0] for p in people if p]
    wrong: list[Pair] = []
    while len(wrong) < WRONG_PER_RIGHT * len(right):
        one, other = draw.sample(own, 2)
        place = draw.randrange(min(len(one), len(other)))
        if one[place] != other[place]:
            wrong.append((one[place], other[place]))
    return sorted(right), wrong


def listed_names(individual: ElementTree.Element) -> list[tuple[str, ...]]:
    """The name of a listed person and those aliases that the list calls good, as words."""
    parts = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
    own = " ".join(individual.findtext(part) or "" for part in parts)
    aliases = [
        alias.findtext("ALIAS_NAME") or ""
        for alias in individual.iter("INDIVIDUAL_ALIAS")
        if (alias.findtext("QUALITY") or "") in {"Good", "a.k.a."}
    ]
    return [words for name in (own, *aliases) if (words := words_of(name)) and all(map(str.isascii, words))]


def count(pairs: tuple[list[Pair], list[Pair]], into: tuple[list[int], list[int]]) -> None:
    for group, counts in zip(pairs, into, strict=True):
        for a, b in group:
            counts[likeness_of(a, b)] += 1


def curve(judged: tuple[list[int], list[int]]) -> dict[str, dict[str, object]]:
    """Recall and precision when pairs at least so alike are taken as one name."""
    right, wrong = judged
    found: dict[str, dict[str, object]] = {}
    for least in THRESHOLDS:
        hits, slips = sum(right[least:]), sum(wrong[least:])
        found[f"at least {least.name.lower()}"] = {
            "recall": round(hits / max(1, sum(right)), 4),
            "precision": round(hits / max(1, hits + slips), 4),
            "right pairs": sum(right),
            "wrong pairs": sum(wrong),
        }
    return found


def graded(held_back: list[tuple[list[Pair], list[Pair]]]) -> dict[str, dict[str, object]]:
    """The same for thresholds on the grade alone, without levels."""
    right, wrong = ([grade_of(*pair) for pairs in held_back for pair in pairs[group]] for group in (0, 1))
    found: dict[str, dict[str, object]] = {}
    for least in (0.55, 0.60, 0.65, 0.67, 0.70, 0.75, 0.80, 0.85):
        hits, slips = (sum(grade >= least for grade in grades) for grades in (right, wrong))
        recall, precision = hits / max(1, len(right)), hits / max(1, hits + slips)
        found[f"at least {least:.2f}"] = {"recall": round(recall, 4), "precision": round(precision, 4)}
    return found


if __name__ == "__main__":
    main()
