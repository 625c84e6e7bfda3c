"""Chances learned from the people themselves, without anybody saying who is who.

Strangers are pairs drawn at random. Kin are those who were registered together: nobody registers one person as two
members of one household. The same person is what is left among pairs that share a key: expectation and maximisation
(Dempster, Laird and Rubin 1977) with the strangers held fast. A kind of kin keeps what registered pairs say of given
name, sex and birth; how often their places, telephones and parents agree is learned across registrations, because two
registrations of one family differ by the same slips as two of one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.linkage._level_kernels import EQUIVALENT, EXACT, ROWS, levels_of_pairs
from gada.engine.linkage.batch import _kernels
from gada.engine.linkage.batch.blocks import Blocks, pairs_in
from gada.engine.linkage.batch.population import Population
from gada.engine.linkage.features import NAME_FIELDS
from gada.engine.linkage.levels import FIELDS, LEVELS, MOST_LEVELS, ROUGH_FROM
from gada.engine.linkage.model import SMALLEST_SHARE, Kind, Model, Table

STRANGERS_DRAWN: Final = 1_000_000
KIN_DRAWN: Final = 200_000
PAIRS_AT_ONCE: Final = 100_000  # whose levels are held while they are counted
PAIRS_DRAWN: Final = 600_000
ROUNDS: Final = 20
CLOSE_ENOUGH: Final = 1e-3
KINDS_OF_KIN: Final = 3
SAID_BEFORE: Final = 30.0  # pairs that the model before training counts for, in every field
FEWEST_KIN: Final = 300
FEWEST_NAMESAKES: Final = 20
FEWEST_REPEATS: Final = 1e-4
OTHERS_USUALLY: Final = 4.5  # in a household, where the file does not say who was registered together
# What members of a household have in common, from which level on.
SHARED_FROM: Final = {"surname": 2, "father": 2, "mother": 2, "place": 1, "phone": 1}
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Levels of pairs, int32[n, ROWS], of people registered together and of people who share a key.

    Of strangers only how many pairs are on each level, float64[fields, levels].
    """

    strangers: NDArray[np.float64]
    registered: Rows
    sharing_key: Rows
    every: int  # of the people one in so many was looked up for the last


def draw(population: Population, blocks: Blocks, shares: NDArray[np.float64]) -> Drawn:
    """Draw the pairs that training looks at; always the same for the same people."""
    n, draw_ = len(population), np.random.default_rng(1)
    left, right = draw_.integers(0, n, (2, min(STRANGERS_DRAWN, 20 * n)), dtype=np.int32)
    apart = left != right
    registration = population.people.registration
    apart &= (registration[left] != registration[right]) | (registration[left] < 0)
    strangers = np.zeros((len(FIELDS), MOST_LEVELS))
    for pairs in np.array_split(np.flatnonzero(apart), 1 + len(apart) // PAIRS_AT_ONCE):
        strangers += _counted(levels_between(left[pairs], right[pairs], population, shares))
    together = registered_together(population)
    registered = levels_between(together[0], together[1], population, shares)
    every = max(1, blocks.pairs // (2 * PAIRS_DRAWN))
    found = [[each.copy() for each in pairs_in(blocks, part, population, every=every)] for part in blocks.parts()]
    left, right = (np.concatenate([each[i] for each in found] or [np.empty(0, np.int32)]) for i in (0, 1))
    return Drawn(strangers, registered, levels_between(left, right, population, shares), every)


def levels_between(
    left: NDArray[np.int32], right: NDArray[np.int32], population: Population, shares: NDArray[np.float64]
) -> Rows:
    """The levels of these pairs."""
    rows = np.empty((len(left), ROWS), np.int32)
    levels_of_pairs(
        left, right, population.people, population.words, population.place_words, population.place_parents,
        shares, rows,
    )  # fmt: skip
    return rows


def registered_together(population: Population) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs of people of one registration, of registrations drawn at random if there are too many."""
    everybody, begins = population.registrations()
    sizes = np.diff(begins)
    wanted = np.random.default_rng(2).permutation(len(sizes))
    upto = np.cumsum((sizes * (sizes - 1) // 2)[wanted])
    wanted = wanted[: int(np.searchsorted(upto, KIN_DRAWN)) + 1]
    order = np.concatenate([everybody[begins[g] : begins[g + 1]] for g in wanted] or [everybody[:0]])
    starts = np.concatenate(([0], np.cumsum(sizes[wanted]))).astype(np.int64)
    left, right = np.empty((2, KIN_DRAWN), np.int32)
    count = _kernels.pairs_within(order, starts, left, right, KIN_DRAWN)
    return left[:count], right[:count]


def train(population: Population, blocks: Blocks, before: Model, *, name: str) -> Model:
    """A model of these people, beginning with the one before."""
    shares = population.own_shares()
    drawn = draw(population, blocks, shares)
    model = before.named(name, strangers=_of_strangers(drawn.strangers, before.strangers))
    if len(drawn.registered) >= FEWEST_KIN:
        model = model.named(name, kin=_kinds_of_kin(drawn.registered, model, shares))
    others = population.others_registered()
    model = _same_person(drawn, model, shares, others=others, people=len(population))
    trained = {**before.trained, "people": len(population), "pairs": len(drawn.sharing_key)}
    return model.named(name, shares=_common_names(population, shares), trained=trained)


def _common_names(population: Population, shares: NDArray[np.float64]) -> dict[str, dict[str, float]]:
    """The shares of names that enough people bear: a rarer one would say who is in the file, and says nothing else."""
    names, least = population.vocabulary.names.family_names(), FEWEST_NAMESAKES / max(1, len(population))
    return {
        field: {names[i]: float(shares[k, i]) for i in np.flatnonzero(shares[k] >= max(least, SMALLEST_SHARE * 2))}
        for k, field in enumerate(NAME_FIELDS) if names
    }


def _counted(rows: Rows) -> NDArray[np.float64]:
    counts = np.zeros((len(FIELDS), MOST_LEVELS))
    for i in range(len(FIELDS)):
        known = rows[:, i][rows[:, i] >= 0]
        counts[i] = np.bincount(known, minlength=MOST_LEVELS)[:MOST_LEVELS]
    return counts


def _table(counts: NDArray[np.float64], before: Table) -> dict[str, tuple[float, ...]]:
    """Chances from counts, with the model before counting for a few pairs. Known days and rough dates apart."""
    return {
        name: tuple(
            float(x)
            for part in _parts(name)
            for x in _shares(counts[i, part], np.array(before[name])[part])
        )
        for i, name in enumerate(FIELDS)
    }


def _of_strangers(counts: NDArray[np.float64], before: Table) -> dict[str, tuple[float, ...]]:
    """Chances of strangers; of two equal names, how many are written alike and how many otherwise."""
    table = _table(counts, before)
    for i, name in enumerate(NAME_FIELDS):
        apart, equal = counts[i, :EQUIVALENT], counts[i, EQUIVALENT : EXACT + 1]
        told_apart = _shares(np.append(apart, equal.sum()), np.append(before[name][:EQUIVALENT], 0.02))
        split = _shares(equal, np.array(before[name][EQUIVALENT:]))
        table[name] = tuple(map(float, (*told_apart[:-1], *split)))
    return table


def _parts(name: str) -> list[slice]:
    if name == "birth":
        return [slice(0, ROUGH_FROM), slice(ROUGH_FROM, len(LEVELS[name]))]
    return [slice(0, len(LEVELS[name]))]


def _shares(counts: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    said = counts + SAID_BEFORE * before / before.sum()
    chances: NDArray[np.float64] = said / said.sum()
    return chances


def _kinds_of_kin(rows: Rows, model: Model, shares: NDArray[np.float64]) -> tuple[Kind, ...]:
    """Kinds of two people registered together: begun as brothers and sisters, one family name, the rest."""
    rows = rows[~_look_the_same(rows)]
    if len(rows) < FEWEST_KIN:
        return model.kin
    parents = np.maximum(rows[:, FIELDS.index("father")], rows[:, FIELDS.index("mother")])
    kind = np.where(parents >= 2, 0, np.where(rows[:, FIELDS.index("surname")] >= 2, 1, 2))
    kin = tuple(
        Kind(max(float((kind == k).mean()), 0.01), _table(_counted(rows[kind == k]), model.strangers))
        for k in range(KINDS_OF_KIN)
    )
    only_kin = np.array([-1e9, 0.0, -1e9])
    for _ in range(ROUNDS):
        expected = _expected(rows, model.named(model.name, kin=kin), shares, only_kin)
        kin = tuple(
            Kind(max(float(expected.kinds[k] / len(rows)), 0.001), _table(expected.kin[k], model.strangers))
            for k in range(KINDS_OF_KIN)
        )
    return kin


def _look_the_same(rows: Rows) -> NDArray[np.bool_]:
    """People of one registration who look registered twice: nothing to learn kin from."""
    given, birth, document = (rows[:, FIELDS.index(f)] for f in ("given", "birth", "document"))
    alike: NDArray[np.bool_] = (document == 1) | ((given >= 3) & ((birth == 0) | (birth == ROUGH_FROM)))
    return alike


@dataclass(frozen=True, slots=True)
class _Expected:
    same: NDArray[np.float64]
    kin: NDArray[np.float64]
    stories: NDArray[np.float64]  # how many pairs are of each
    kinds: NDArray[np.float64]
    swapped: float


def _expected(rows: Rows, model: Model, shares: NDArray[np.float64], priors: NDArray[np.float64]) -> _Expected:
    kinds = len(model.kin)
    counts = np.zeros((2, len(FIELDS), MOST_LEVELS))
    kin_counts, totals = np.zeros((kinds, len(FIELDS), MOST_LEVELS)), np.zeros(3 + kinds + 1)
    _kernels.expect(rows, model.weights(), shares, priors, counts, kin_counts, totals)
    return _Expected(counts[0], kin_counts, totals[:3], totals[3:-1], float(totals[-1]))


def _same_person(drawn: Drawn, model: Model, shares: NDArray[np.float64], *, others: float, people: int) -> Model:
    """Learn the same person from pairs that share a key; `others` are registered with each person on average."""
    before = model
    for _ in range(ROUNDS):
        expected = _expected(drawn.sharing_key, model, shares, model.priors(people))
        repeats = max(float(expected.stories[0]) * drawn.every / people, FEWEST_REPEATS)
        moved = abs(repeats - model.repeats)
        same = _table(expected.same, before.same)
        model = model.named(
            model.name,
            same=same,
            kin=tuple(_across(kind, same) for kind in before.kin),
            swapped=(expected.swapped + 1) / (expected.stories[0] + 30),
            repeats=repeats,
            # Of two registrations of one person each other member of either is kin of the other.
            kin_pairs=repeats * 2 * (others or OTHERS_USUALLY),
        )
        if moved < CLOSE_ENOUGH * model.repeats:
            break
    return model


def _across(kind: Kind, same: Table) -> Kind:
    """A kind of kin registered together, as it looks across two registrations: what both share may be written
    otherwise in the second, as often as for one person."""
    chances = dict(kind.chances)
    for name, from_ in SHARED_FROM.items():
        within = np.array(kind.chances[name])
        apart = within.copy()
        apart[from_:] = 0
        chances[name] = tuple(map(float, apart + within[from_:].sum() * np.array(same[name])))
    return Kind(kind.share, chances)
