"""Plain Splink on a file of people, as its own documentation would set it up: what we are measured beside.

usage: python -m gada.engine.linkage.splink_peer PEOPLE PAIRS.csv
Comparisons of raw text with term frequencies, eight blocking rules, expectation and maximisation among those who share
a document; no household, no table of names. Prints JSON: seconds and peak memory of the whole run.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from gada.engine.linkage.files import read_people, read_table, text_column
from gada.engine.memory import peak_bytes

RULES = (
    ("document",), ("phone", "given"), ("given", "surname", "year"), ("given", "father", "place"),
    ("given", "mother", "place"), ("given", "father", "mother"), ("surname", "mother", "year"), ("birth", "given"),
)  # fmt: skip


def table_of(path: Path) -> pa.Table:
    """The people as text, the year of birth beside the date."""
    population = read_people(path).population
    table, _ = read_table(path)
    year = pa.array(population.people.birth[:, 0], mask=population.people.birth[:, 0] == 0)
    columns = {name: text_column(table, name) for name in ("given", "surname", "father", "mother", "sex", "place")}
    columns |= {name: text_column(table, name) for name in ("phone", "document")}
    ids = text_column(table, "record_id")
    return pa.table({"unique_id": ids, **columns, "birth": text_column(table, "birth_date"), "year": year})


def main(people: Path, pairs: Path) -> None:
    """Train, predict, write every pair with a probability of a twentieth or more."""
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink import comparison_level_library as levels
    from splink import comparison_library as comparisons

    start = time.perf_counter()
    born = comparisons.CustomComparison(
        [
            levels.NullLevel("birth"), levels.ExactMatchLevel("birth"),
            levels.CustomLevel("abs(year_l - year_r) <= 0"), levels.CustomLevel("abs(year_l - year_r) <= 2"),
            levels.CustomLevel("abs(year_l - year_r) <= 5"), levels.ElseLevel(),
        ],
        output_column_name="birth",
    )  # fmt: skip
    compared: list[Any] = [
        comparisons.JaroWinklerAtThresholds("given", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        comparisons.JaroWinklerAtThresholds("surname", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        comparisons.JaroWinklerAtThresholds("father", [0.92]), comparisons.JaroWinklerAtThresholds("mother", [0.92]),
        comparisons.ExactMatch("sex"), born, comparisons.ExactMatch("place"), comparisons.ExactMatch("phone"),
        comparisons.ExactMatch("document"),
    ]  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=compared,
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in RULES],
    )
    connection = duckdb.connect()
    connection.execute("set threads to 2")
    database = DuckDBAPI(connection)
    linker = Linker(database.register(table_of(people)), settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("document"), block_on("given", "surname", "birth", "place")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5_000_000, seed=1)
    for rule in (("document",), ("given", "surname", "father")):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    found = linker.inference.predict(threshold_match_probability=0.05)
    connection.execute(
        f"copy (select unique_id_l as left_id, unique_id_r as right_id, match_probability as probability "
        f"from {found.physical_name}) to '{pairs}' (header)"
    )
    print(json.dumps({"seconds": round(time.perf_counter() - start, 1), "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
