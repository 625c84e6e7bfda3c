"""Linkage measured on invented worlds: tokens, search keys, text alone, fingers alone, all together.

usage: python -m bench.linkage [--seeds 1 2 3] [--people 300] [--no-fingers]

The worlds, the table of names and the folding have one author, so the figures flatter; they tell whether a
change helps, not what the field will give.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache

from gada.engine.linkage import Features, Outcome, compare_people, fuse, search_keys, tokens
from gada.story.clerks import Registration
from gada.story.world import World, build_world

Pair = tuple[str, str]
Rows = dict[str, Registration]
Known = dict[str, Features]


def pairs_in_common(
    ours: dict[str, frozenset], theirs: dict[str, frozenset], *, most: int = 200
) -> Counter[Pair]:
    """How many elements each pair shares; elements that more than `most` people hold are skipped."""
    holders: dict[object, list[str]] = defaultdict(list)
    for ref, elements in theirs.items():
        for element in elements:
            holders[element].append(ref)
    found: Counter[tuple[str, str]] = Counter()
    for ref, elements in ours.items():
        for element in elements:
            others = holders.get(element, [])
            if len(others) <= most:
                found.update((ref, other) for other in others)
    return found


def score(found: Iterable[tuple[str, str]], true: set[tuple[str, str]]) -> str:
    found = set(found)
    right = len(found & true)
    precision = right / len(found) if found else 1.0
    return f"found {len(found):6d}  precision {precision:.4f}  recall {right / max(1, len(true)):.4f}"


def measure(world: World, *, fingers: bool) -> None:
    a = {r.registration: r for r in world.at_a if not r.refuses_sharing}
    b = {r.registration: r for r in world.at_b if not r.refuses_sharing}
    true = {(s.at_a, s.at_b) for s in world.truth if s.at_a in a and s.at_b in b}
    fa, fb = ({ref: world.features_of(r) for ref, r in rows.items()} for rows in (a, b))
    print(f"seed {world.seed}: A {len(a)}, B {len(b)}, shared and sharing {len(true)}")
    start = time.perf_counter()
    ta, tb = ({ref: tokens(f) for ref, f in rows.items()} for rows in (fa, fb))
    spent = time.perf_counter() - start
    per_person = sum(map(len, ta.values())) / len(ta)
    print(f"  {per_person:.1f} tokens each, {spent / (len(a) + len(b)) * 1e6:.0f} us a person")
    common = pairs_in_common(ta, tb, most=10**9)
    for least in (1, 2, 3):
        found = [pair for pair, count in common.items() if count >= least]
        lost = len({x for x, _ in found} - {x for x, _ in true})
        print(f"  tokens >= {least}: {score(found, true)}  strangers of A touched {lost}")
    missed = [pair for pair in true if common[pair] < 2]
    for one, other in missed[:8]:
        print("    missed:", describe(a[one]), "/", describe(b[other]), common[one, other])
    keyed = pairs_in_common(
        {r: search_keys(f) for r, f in fa.items()}, {r: search_keys(f) for r, f in fb.items()}
    )
    print(f"  search keys: {score(keyed, true)}")
    decide(world, (a, b), (fa, fb), true, common, set(keyed), fingers=fingers)


def describe(row: Registration) -> str:
    return f"{row.given} {row.surname} ({row.father}; {row.mother}) {row.birth.middle_year} {row.place}"


def decide(
    world: World,
    rows: tuple[Rows, Rows],
    features: tuple[Known, Known],
    true: set[Pair],
    common: Counter[Pair],
    keyed: set[Pair],
    *,
    fingers: bool,
) -> None:
    """Text alone, then with fingers, over the pairs that search keys or tokens brought together."""
    (a, b), (fa, fb) = rows, features
    start = time.perf_counter()
    evidence = {(x, y): compare_people(fa[x], fb[y], people=len(b)) for x, y in keyed | set(common)}
    spent = time.perf_counter() - start
    print(f"  {len(evidence)} pairs compared, {spent / max(1, len(evidence)) * 1e6:.0f} us each")
    by_text = {k: fuse(gallery_size=len(b), evidence=e).outcome for k, e in evidence.items()}
    report("text", by_text, true)
    overlap = {pair: outcome for pair, outcome in by_text.items() if common[pair] >= 2}
    within = {pair for pair in true if common[pair] >= 2}
    report("text, 2 tokens", overlap, within)
    if not fingers:
        return
    from gada.engine.fingerprint import compare

    ours, theirs = (cache(lambda ref, side=side: world.templates_of(side[ref])) for side in (a, b))
    outcomes = {}
    for (x, y), e in evidence.items():
        scores = {p: compare(ours(x)[p], theirs(y)[p]).score for p in ours(x).keys() & theirs(y).keys()}
        outcomes[x, y] = fuse(gallery_size=len(b), evidence=e, finger_scores=scores).outcome
    report("with fingers", outcomes, true)
    report("fingers, 2 tokens", {p: o for p, o in outcomes.items() if common[p] >= 2}, within)


def report(what: str, outcomes: dict[tuple[str, str], Outcome], true: set[tuple[str, str]]) -> None:
    for outcome in (Outcome.DUPLICATE, Outcome.ADJUDICATE):
        found = [k for k, o in outcomes.items() if o is outcome]
        print(f"  {what:17s}{outcome.value:11s}{score(found, true)}")
    print(
        f"  {what:17s}{'either':11s}{score([k for k, o in outcomes.items() if o is not Outcome.UNIQUE], true)}"
    )


def finger_scores(seeds: int) -> None:
    """Single-finger scores at minutiae level: genuine and impostor, as the comparison gives them."""
    from gada.engine.fingerprint import compare
    from gada.engine.fingerprint.synthetic import minutiae_finger

    touches = [(minutiae_finger(s).impression(1), minutiae_finger(s).impression(2)) for s in range(seeds)]
    genuine = sorted(compare(x, y).score for x, y in touches)
    others = itertools.islice(itertools.combinations(range(seeds), 2), 20 * seeds)
    impostor = sorted(compare(touches[i][0], touches[j][1]).score for i, j in others)
    for name, values in (("genuine", genuine), ("impostor", impostor)):
        cuts = [values[int(q * (len(values) - 1))] for q in (0.01, 0.05, 0.25, 0.5, 0.95, 0.99, 1)]
        print(f"{name} scores at 1 5 25 50 95 99 100 %: {cuts}")
    for bar in (20, 30, 40):
        print(f"  not matched at {bar}: {sum(v < bar for v in genuine) / len(genuine):.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--no-fingers", action="store_true")
    options = parser.parse_args()
    if not options.no_fingers:
        finger_scores(300)
    for each in options.seeds:
        measure(
            build_world(seed=each, people_at_a=options.people, people_at_b=options.people),
            fingers=not options.no_fingers,
        )
    if options.people == 300:
        measure(build_world(seed=1, people_at_a=5000, people_at_b=5000), fingers=False)
