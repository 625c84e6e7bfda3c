"""How good a list of pairs is, against who is really who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gada.engine.linkage._level_kernels import SWAPPED
from gada.engine.linkage.batch.population import Population
from gada.engine.linkage.batch.training import levels_between
from gada.engine.linkage.files import read_table, text_column
from gada.engine.linkage.levels import FIELDS, LEVELS, ROUGH_FROM

THRESHOLDS: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
KINDS: Final = ("same_household", "twins", "swapped_names", "estimated_date", "typing_error", "other_spelling", "other")


def read_truth(path: Path, ids: pa.Array) -> NDArray[np.int64]:
    """Who each record really is, a number each; -1 for records the truth does not name."""
    table, _ = read_table(path, needed=("record_id", "person_id"))
    known = text_column(table, "record_id").combine_chunks()
    person = text_column(table, "person_id").combine_chunks().dictionary_encode()
    place = pc.index_in(ids, value_set=known).fill_null(-1).to_numpy(zero_copy_only=False)
    codes = person.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    found: NDArray[np.int64] = np.where(place >= 0, codes[np.maximum(place, 0)], -1)
    return found


def true_pairs(person: NDArray[np.int64]) -> int:
    """How many pairs of records are of one person."""
    counts = np.bincount(person[person >= 0], minlength=1)
    return int((counts * (counts - 1) // 2).sum())


def each_once(
    left: NDArray[Any], right: NDArray[Any], probability: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Which rows of a list of pairs count: of the same two only the most probable, none of a record and itself."""
    order = np.argsort(-probability, kind="stable")
    order = order[left[order] != right[order]]
    low, high = np.minimum(left, right)[order], np.maximum(left, right)[order]
    _, first = np.unique(low.astype(np.int64) * (high.max(initial=0) + 1) + high, return_index=True)
    return np.sort(order[first])


def curve(probability: NDArray[np.float64], true: NDArray[np.bool_], total: int) -> list[dict[str, float]]:
    """Precision, recall and F1 of the pairs at least so probable, by threshold."""
    rows = []
    for least in THRESHOLDS:
        kept = probability >= least
        rows.append({"at_least": least, **rates(int((kept & true).sum()), int(kept.sum()), total)})
    return rows


def rates(right: int, found: int, total: int) -> dict[str, float]:
    """Precision, recall and F1 as fractions; all 1 where there is nothing to find and nothing was found."""
    precision = right / found if found else 1.0
    recall = right / total if total else 1.0
    both = precision + recall
    return {
        "found": found, "right": right, "precision": round(precision, 5), "recall": round(recall, 5),
        "f1": round(2 * precision * recall / both if both else 0.0, 5),
    }  # fmt: skip


def kinds_of_error(
    left: NDArray[np.int32], right: NDArray[np.int32], population: Population,
    household: NDArray[np.int64] | None,
) -> dict[str, int]:
    """What kind of error each of these wrongly judged pairs is; the first that fits, in the order of KINDS.

    `household` int64[people] says who was registered, or lives, together: what registrations say where it is None.
    """
    if not len(left):
        return dict.fromkeys(KINDS, 0)
    rows = levels_between(left, right, population, population.own_shares())
    level = {field: rows[:, i] for i, field in enumerate(FIELDS)}
    same_home = level["place"] == len(LEVELS["place"]) - 1
    same_home &= np.maximum(level["father"], level["mother"]) >= 2
    if household is not None:
        same_home |= (household[left] == household[right]) & (household[left] >= 0)
    names = np.minimum(level["given"], level["surname"])
    tests: Mapping[str, NDArray[np.bool_]] = {
        "twins": same_home & np.isin(level["birth"], (0, ROUGH_FROM)) & (level["given"] < 2),
        "same_household": same_home,
        "swapped_names": rows[:, SWAPPED] == 1,
        "typing_error": names == 2,
        "estimated_date": level["birth"] >= ROUGH_FROM,
        "other_spelling": names == 3,
    }
    return _first_that_fits(tests, len(left))


def _first_that_fits(tests: Mapping[str, NDArray[np.bool_]], count: int) -> dict[str, int]:
    left, found = np.ones(count, bool), dict.fromkeys(KINDS, 0)
    for kind, fits in tests.items():
        found[kind] = int((left & fits).sum())
        left &= ~fits
    return {**found, "other": int(left.sum())}


def missed_pairs(
    person: NDArray[np.int64], left: Sequence[int] | NDArray[Any], right: Sequence[int] | NDArray[Any]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The pairs of one person that are not among those found."""
    found = set(zip(np.minimum(left, right).tolist(), np.maximum(left, right).tolist(), strict=True))
    order = np.argsort(person, kind="stable").astype(np.int32)
    order = order[person[order] >= 0]
    edges = np.flatnonzero(np.diff(person[order], prepend=-1, append=-1))
    missed = [
        (min(int(a), int(b)), max(int(a), int(b)))
        for start, end in pairwise(edges) if end - start > 1
        for i, a in enumerate(order[start:end]) for b in order[start + i + 1 : end]
    ]
    rows = np.array([pair for pair in missed if pair not in found], np.int32).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]
