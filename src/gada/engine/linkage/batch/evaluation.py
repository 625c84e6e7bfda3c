"""How good a list of pairs is, against who is really who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gada.engine.linkage._level_kernels import SWAPPED
from gada.engine.linkage.batch import _kernels
from gada.engine.linkage.batch.deciding import pair_numbers
from gada.engine.linkage.batch.population import Population, by_group
from gada.engine.linkage.batch.training import levels_between
from gada.engine.linkage.files import number_column, numbered, read_table, text_column
from gada.engine.linkage.levels import FIELDS, LEVELS, ROUGH_FROM

THRESHOLDS: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
KINDS: Final = ("same_household", "twins", "swapped_names", "estimated_date", "typing_error", "other_spelling", "other")


@dataclass(frozen=True, slots=True)
class Truth:
    """Who each of m records really is and with whom they live: numbers, -1 where the file does not say."""

    ids: pa.Array
    person: NDArray[np.int64]
    household: NDArray[np.int64]

    def person_of(self, ids: pa.Array) -> NDArray[np.int64]:
        """Who each of these records is, -1 for those that are not named."""
        at = place_in(self.ids, ids)
        return np.where(at >= 0, self.person[np.maximum(at, 0)], -1)


def read_truth(path: Path) -> Truth:
    """Read record_id, person_id and, if there, household_id. Raises Invalid as `read_table`."""
    table, _ = read_table(path, needed=("record_id", "person_id"))
    return Truth(
        text_column(table, "record_id").combine_chunks(),
        numbered(text_column(table, "person_id")),
        numbered(text_column(table, "household_id")),
    )


def place_in(all_ids: pa.Array, ids: pa.Array) -> NDArray[np.int64]:
    """Where each of `ids` stands among all, -1 where it does not."""
    places: NDArray[np.int64] = (
        pc.index_in(ids, value_set=all_ids).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    )
    return places


@dataclass(frozen=True, slots=True)
class Told:
    """m pairs that somebody found, of records by their number in the truth, each once; whether each is true."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    probability: NDArray[np.float64]
    true: NDArray[np.bool_]
    unknown: int  # pairs left out because the truth does not name both records

    @property
    def taken(self) -> NDArray[np.bool_]:
        """Those that are taken for one person."""
        return self.probability >= 0.5


def read_pairs(path: Path, truth: Truth) -> Told:
    """Read left_id, right_id, probability. Raises Invalid as `read_table`."""
    table, _ = read_table(path, needed=("left_id", "right_id", "probability"))
    left, right = (
        place_in(truth.ids, text_column(table, side).combine_chunks()) for side in ("left_id", "right_id")
    )
    probability, named = number_column(table, "probability"), (left >= 0) & (right >= 0)
    kept = each_once(left, right, probability)
    kept = kept[named[kept]]
    left, right = left[kept], right[kept]
    true = (truth.person[left] == truth.person[right]) & (truth.person[left] >= 0)
    return Told(left, right, probability[kept], true, int((~named).sum()))


def judged(told: Told, truth: Truth) -> dict[str, Any]:
    """Rates at one half, the curve, its best point, and precision within households where the truth tells them."""
    total, taken = true_pairs(truth.person), told.taken
    thresholds = curve(told.probability, told.true, total)
    report: dict[str, Any] = {
        "true_pairs": total, "pairs_of_unknown_records": told.unknown,
        "at_half": rates(int((taken & told.true).sum()), int(taken.sum()), total),
        "thresholds": thresholds, "best": max(thresholds, key=lambda row: row["f1"]),
    }  # fmt: skip
    if (truth.household >= 0).any():
        together = taken & (truth.household[told.left] == truth.household[told.right])
        report["precision_within_households"] = round(float(told.true[together].sum() / max(1, together.sum())), 5)
    return report


def errors_by_kind(
    told: Told, truth: Truth, population: Population, place: NDArray[np.int64]
) -> dict[str, dict[str, int]]:
    """The kinds of wrong and of missed pairs at one half. `place`: which of the population each record is."""
    households = np.full(len(population), -1, np.int64)
    households[place] = truth.household
    lives = households if (truth.household >= 0).any() else None
    wrong = told.taken & ~told.true
    missed = missed_pairs(truth.person, told.left[told.taken], told.right[told.taken])
    kinds: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
        "found_wrongly": (told.left[wrong], told.right[wrong]), "missed": missed,
    }  # fmt: skip
    return {
        name: kinds_of_error(place[left].astype(np.int32), place[right].astype(np.int32), population, lives)
        for name, (left, right) in kinds.items()
    }


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
    _, first = np.unique(pair_numbers(left, right)[order], return_index=True)
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
    person: NDArray[np.int64], left: NDArray[Any], right: NDArray[Any]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The pairs of one person that are not among those found."""
    most = true_pairs(person)
    one, other = np.empty(most, np.int32), np.empty(most, np.int32)
    _kernels.pairs_within(*by_group(person), one, other, most)
    missed = ~np.isin(pair_numbers(one, other), pair_numbers(left, right))
    return one[missed], other[missed]
