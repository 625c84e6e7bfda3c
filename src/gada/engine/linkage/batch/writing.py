"""The pairs that a run found, as a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from gada.engine.linkage._level_kernels import EQUIVALENT, FAMILIES, SWAPPED
from gada.engine.linkage.batch.deciding import CLASSES
from gada.engine.linkage.batch.dedupe import Found
from gada.engine.linkage.batch.population import Population
from gada.engine.linkage.batch.training import levels_between
from gada.engine.linkage.features import NAME_FIELDS
from gada.engine.linkage.levels import FIELDS, LEVELS

AT_ONCE: Final = 50_000


def write_pairs(
    path: Path, found: Found, ids: pa.Array, population: Population, *, at_least: float, explain: bool
) -> int:
    """Write pairs at least so probable, most probable first; whole or not at all. How many."""
    wanted = np.flatnonzero(found.decided.probability >= at_least)
    wanted = wanted[np.argsort(-found.decided.probability[wanted], kind="stable")]
    shares = population.shares_of(found.model) if explain else None
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("wb") as file:
            writer = None
            for start in range(0, max(len(wanted), 1), AT_ONCE):
                table = _table(found, ids, population, wanted[start : start + AT_ONCE], shares)
                writer = writer or csv.CSVWriter(file, table.schema)
                writer.write(table)
            if writer:
                writer.close()
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(wanted)


def _table(
    found: Found, ids: pa.Array, population: Population, wanted: NDArray[np.intp], shares: NDArray[np.float64] | None
) -> pa.Table:
    pairs, decided = found.pairs.among(wanted), found.decided
    columns: dict[str, Any] = {
        "left_id": ids.take(pa.array(pairs.left)), "right_id": ids.take(pa.array(pairs.right)),
        "probability": np.round(decided.probability[wanted], 6), "bits": np.round(decided.bits[wanted], 2),
        "class": pa.array(CLASSES).take(pa.array(decided.kind[wanted])),
    }
    if shares is not None:
        columns["evidence"] = pa.array(lines_of(found, population, wanted, shares), pa.string())
    return pa.table(columns)


def lines_of(
    found: Found, population: Population, wanted: NDArray[np.intp], shares: NDArray[np.float64]
) -> list[str]:
    """The lines of evidence of each pair: field, level, and bits for the same person against strangers.

    Then what kin would explain as well, what other members of the two registrations say, and the prior.
    """
    pairs, weights = found.pairs.among(wanted), found.model.weights()
    rows = levels_between(pairs.left, pairs.right, population, shares)
    bits = weights.same - weights.strangers
    priors = found.model.priors(len(population))
    said = []
    for k, row in enumerate(rows):
        lines = []
        for i, field in enumerate(FIELDS):
            if (level := int(row[i])) < 0:
                continue
            worth = bits[i, level]
            if i < len(NAME_FIELDS) and level >= EQUIVALENT:
                worth -= np.log2(shares[i, row[FAMILIES + i]])
            lines.append(f"{field} {LEVELS[field][level]} {worth:+.1f}")
        if row[SWAPPED]:
            lines.append(f"names swapped {weights.swapped:+.1f}")
        _same, kin, strangers = pairs.said[k] + priors
        lines.append(f"kin {-(np.logaddexp2(kin, strangers) - strangers):+.1f}")
        if (household := found.decided.household_bits[wanted[k]]) > 0:
            lines.append(f"other members {household:+.1f}")
        lines.append(f"prior {priors[0]:+.1f}")
        said.append("; ".join(lines))
    return said
