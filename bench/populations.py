"""Who was registered twice, across populations: models learned on one and used on another.

usage: python -m bench.run populations [--people 50000] [--given PEOPLE TRUTH ...]

Three invented populations (`gada bench linkage` makes the same at any size) and files given by hand, such as those of
another author's generator, which no rule or weight here was chosen on beyond what docs/linkage.md says. Each is deduped
with the model learned from itself, with the usual model that nobody trained, and with the model of each other one: what
a model loses by being of another population.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench._recording import record_results
from gada.engine.linkage.batch import Population, dedupe
from gada.engine.linkage.batch.evaluation import rates, read_truth, true_pairs
from gada.engine.linkage.files import read_people
from gada.engine.linkage.invented import write_people
from gada.engine.linkage.model import Model
from gada.engine.linkage.usual import USUAL

SEEDS = (1, 2, 3)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--given", nargs=2, type=Path, action="append", default=[])
    chosen = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        files = {}
        for seed in SEEDS:
            people, truth = Path(folder) / f"{seed}.parquet", Path(folder) / f"{seed}-truth.parquet"
            write_people(people, truth, count=chosen.people, seed=seed)
            files[f"invented, seed {seed}"] = people, truth
        files |= {f"given, {people.stem}": (people, truth) for people, truth in chosen.given}
        record_results("populations", measured(files))


def measured(files: dict[str, tuple[Path, Path]]) -> dict[str, Any]:
    read = {name: read_people(people) for name, (people, _) in files.items()}
    truth = {name: read_truth(files[name][1]).person_of(each.ids) for name, each in read.items()}
    models: dict[str, Model] = {"nobody (the usual model)": USUAL}
    results: dict[str, Any] = {}
    for name, each in read.items():
        own = dedupe(each.population)
        models[name] = own.model
        results[name] = {"learned from itself": judged(own, truth[name])}
    for name, each in read.items():
        for other, model in models.items():
            if other != name:
                results[name][f"learned from {other}"] = judged(found_by(each.population, model), truth[name])
    return results


def found_by(population: Population, model: Model) -> Any:
    return dedupe(population, model=model)


def judged(found: Any, person: Any) -> dict[str, float]:
    """Precision, recall and F1 at one half."""
    kept = found.decided.probability >= 0.5
    pairs = found.pairs
    right = (person[pairs.left] == person[pairs.right]) & kept
    told = rates(int(right.sum()), int(kept.sum()), true_pairs(person))
    return {name: round(told[name], 4) for name in ("precision", "recall", "f1")}


if __name__ == "__main__":
    main()
