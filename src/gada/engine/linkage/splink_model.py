"""Chances learned by Splink, on DuckDB here or on Spark for a national file: the same settings on either.

Splink estimates two stories, one person and strangers; `batch.training` begins with them and adds kin. It is also the
peer that `gada bench linkage` runs beside us, as anybody would use it: `plain_settings`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from gada.engine.linkage.batch.population import Population
from gada.engine.linkage.features import NAME_FIELDS
from gada.engine.linkage.levels import FIELDS, LEVELS, NAME_LEVELS
from gada.engine.linkage.model import SMALLEST_CHANCE, Model

Engine = Literal["duckdb", "spark"]
STRANGERS_DRAWN: Final = 1_000_000
CLOSE, NEAR = 0.92, 0.8  # Jaro-Winkler: what databases can compute of our levels
BIRTH: Final = {
    "same-day": "year_l = year_r and month_l = month_r and day_l = day_r",
    "part": "month_l is not null and month_r is not null and abs(year_l - year_r) <= 10 and "
    "(case when year_l = year_r then 1 else 0 end + case when month_l = month_r then 1 else 0 end + "
    "case when day_l = day_r then 1 else 0 end = 2 "
    "or (year_l = year_r and month_l = day_r and day_l = month_r))",
}
APART: Final = {"same-year": 0, "within-2-years": 2, "within-5-years": 5, "within-10-years": 10}


def table_of(population: Population) -> pa.Table:
    """What Splink compares: words and families of names by number, letters of the first word, the other fields."""
    people, names = population.people, population.vocabulary.names
    words = pa.array(names.words())
    columns: dict[str, Any] = {"unique_id": np.arange(len(population))}
    for i, name in enumerate(NAME_FIELDS):
        first = people.names[:, i, 0]
        missing = first < 0
        known = np.where(missing, 0, first)
        columns[f"{name}_word"] = pa.array(first, mask=missing)
        columns[f"{name}_family"] = pa.array(population.words.family[known], mask=missing)
        columns[name] = words.take(pa.array(known, mask=missing))
    columns["sex"] = pa.array(people.sex.astype(np.int32), mask=people.sex == 0)
    for i, part in enumerate(("year", "month", "day")):
        columns[part] = pa.array(people.birth[:, i].astype(np.int32), mask=people.birth[:, i] == 0)
    places = pa.array(population.vocabulary.places.words() or [""])
    columns["place"] = places.take(pa.array(np.maximum(people.place, 0), mask=people.place < 0))
    columns["phone"] = pa.array(people.phone, mask=people.phone == 0)
    document = people.documents[:, 0].view(np.int64)
    columns["document"] = pa.array(document, mask=document == 0)
    return pa.table(columns)


def settings() -> Any:
    """The comparisons of our levels, as Splink's SettingsCreator: dialect-free, so that DuckDB and Spark take them."""
    from splink import SettingsCreator
    from splink import comparison_level_library as levels
    from splink import comparison_library as comparisons

    def custom(name: str, *conditions: Any) -> Any:
        return comparisons.CustomComparison(list(conditions), output_column_name=name)

    def equal(column: str, label: str) -> Any:
        return levels.CustomLevel(f"{column}_l = {column}_r", label_for_charts=label)

    def named(name: str) -> Any:
        return custom(
            name, levels.NullLevel(name), equal(f"{name}_word", "exact"), equal(f"{name}_family", "equivalent"),
            levels.JaroWinklerLevel(name, CLOSE), levels.JaroWinklerLevel(name, NEAR), levels.ElseLevel(),
        )

    def apart(years: int, *, precise: bool) -> Any:
        known = "month_l is not null and month_r is not null" if precise else "(month_l is null or month_r is null)"
        return levels.CustomLevel(f"{known} and abs(year_l - year_r) <= {years}")

    birth = [levels.NullLevel("year"), *(levels.CustomLevel(sql) for sql in BIRTH.values())]
    birth += [apart(years, precise=True) for years in APART.values()]
    birth += [levels.CustomLevel("month_l is not null and month_r is not null")]
    birth += [apart(years, precise=False) for years in APART.values()]
    others = [
        custom("sex", levels.NullLevel("sex"), equal("sex", "same"), levels.ElseLevel()),
        custom("birth", *birth, levels.ElseLevel()),
        custom(
            "place", levels.NullLevel("place"), equal("place", "same"), levels.JaroWinklerLevel("place", CLOSE),
            levels.ElseLevel(),
        ),
        custom("phone", levels.NullLevel("phone"), equal("phone", "same"), levels.ElseLevel()),
        custom("document", levels.NullLevel("document"), equal("document", "same"), levels.ElseLevel()),
    ]  # fmt: skip
    return SettingsCreator(
        link_type="dedupe_only", comparisons=[*(named(name) for name in NAME_FIELDS), *others],
        blocking_rules_to_generate_predictions=[],
    )


# Splink's levels, best first, as ours; what both have not stays as it was.
AS_OURS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(NAME_FIELDS, tuple(reversed(NAME_LEVELS))),
    "sex": ("same", "differ"),
    "birth": (*BIRTH, *APART, "conflict", *(f"rough-{level}" for level in APART), "rough-conflict"),
    "place": ("same", "near", "differ"),
    "phone": ("same", "differ"),
    "document": ("same", "differ"),
}


def learn(population: Population, before: Model, *, engine: Engine = "duckdb", name: str) -> Model:
    """A model with Splink's chances of one person and of strangers in place of those of the model before.

    Strangers from pairs drawn at random; one person by expectation and maximisation among those who share a document,
    and, for the document itself, among those who share both names and the day of birth (research C, section 3b: blocks
    by kin would learn brothers). A field with too few pairs to learn from keeps what the model before said.
    """
    import splink

    with opened(engine) as database:
        linker = splink.Linker(database.register(table_of(population)), settings(), log_level=logging.ERROR)
        seed = 1 if engine == "duckdb" else None  # Spark draws its own way each time
        linker.training.estimate_u_using_random_sampling(max_pairs=STRANGERS_DRAWN, seed=seed)
        for rule in (("document",), ("given_word", "surname_word", "year", "month", "day")):
            linker.training.estimate_parameters_using_expectation_maximisation(
                splink.block_on(*rule)
            )
        learned = linker.misc.save_model_to_json()
    same, strangers = _chances(learned, "m", before.same), _chances(learned, "u", before.strangers)
    return before.named(
        name, same=same, strangers={**strangers, **_split(strangers, before)},
        trained={"splink": splink.__version__, "engine": engine, "people": len(population)},
    )


@contextmanager
def opened(engine: Engine) -> Iterator[Any]:
    """Splink's database: DuckDB in memory, or Spark on this machine with as many threads as it has cores."""
    if engine == "duckdb":
        from splink import DuckDBAPI

        yield DuckDBAPI()
        return
    from pyspark.sql import SparkSession
    from splink import SparkAPI
    from splink.backends.spark import similarity_jar_location

    builder = SparkSession.builder.master("local[*]").appName("gada-linkage")
    for key, value in SPARK.items():
        builder = builder.config(key, value)
    session = builder.config("spark.jars", similarity_jar_location()).getOrCreate()
    with TemporaryDirectory(prefix="gada-spark-") as checkpoints:
        session.sparkContext.setCheckpointDir(checkpoints)
        try:
            yield SparkAPI(spark_session=session)  # type: ignore[no-untyped-call]
        finally:
            session.stop()


SPARK: Final = {
    "spark.sql.shuffle.partitions": "8", "spark.default.parallelism": "8", "spark.ui.enabled": "false",
    "spark.driver.memory": "4g", "spark.sql.codegen.wholeStage": "false",
}


def _chances(learned: Mapping[str, Any], which: str, before: Any) -> dict[str, tuple[float, ...]]:
    """Our table from Splink's comparisons: m or u of each level, the old value where Splink found nothing."""
    table = {}
    for comparison in learned["comparisons"]:
        field = comparison["output_column_name"]
        rows = [row for row in comparison["comparison_levels"] if not row.get("is_null_level")]
        found = {
            level: row[f"{which}_probability"] for level, row in zip(AS_OURS[field], rows, strict=True)
            if isinstance(row.get(f"{which}_probability"), int | float)
        }
        kept = [
            max(found.get(level, old), SMALLEST_CHANCE) for level, old in zip(LEVELS[field], before[field], strict=True)
        ]
        table[field] = tuple(_normalised(field, kept))
    return {field: table[field] for field in FIELDS}


def _normalised(field: str, chances: list[float]) -> list[float]:
    """Each part of the levels sums to one: known days and rough dates apart."""
    cut = len(BIRTH) + len(APART) + 1 if field == "birth" else len(chances)
    return [c / sum(part) for part in (chances[:cut], chances[cut:]) for c in part]


def _split(strangers: Mapping[str, tuple[float, ...]], before: Model) -> dict[str, tuple[float, ...]]:
    """Of strangers with equal names the model keeps how many are written alike, not how many there are."""
    split = {}
    for name in NAME_FIELDS:
        *apart, equivalent, exact = strangers[name]
        equal = equivalent + exact
        split[name] = (*apart, equivalent / equal, exact / equal) if equal > SMALLEST_CHANCE else before.strangers[name]
    return split
