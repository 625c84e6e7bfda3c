"""`gada linkage`: who of a file of people was registered twice, without any node."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gada.command._linking import evaluation_of, print_evaluation, print_report
from gada.engine.memory import peak_bytes

if TYPE_CHECKING:
    from gada.engine.linkage.splink_model import Engine

File = click.Path(exists=True, dir_okay=False, path_type=Path)


class NewFile(click.Path):
    """A file to write, in a folder that is there: said before the work and not after it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(super().convert(value, param, ctx))
        if not path.parent.is_dir():
            self.fail(f"There is no folder {path.parent}.", param, ctx)
        return path


Out = NewFile(dir_okay=False, path_type=Path)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON; shares are fractions from 0 to 1.")
THREADS = click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Threads to use.")


@click.group()
def command() -> None:
    """Find who was registered twice in a file of people, by names, dates, kin, places and households.

    PEOPLE is CSV or Parquet with the columns record_id, registration_id (people registered together), given, surname,
    father, mother, sex (M or F), birth_date (2001-02-03 or 2001), birth_estimated (0 or 1), place, phone, document.
    Only record_id must be there; any field may be empty. Nobody is said to be anybody: a person decides.
    """


@command.command("dedupe")
@click.argument("people", type=File)
@click.option("--out", type=Out, required=True, metavar="PAIRS.csv", help="Where to write the pairs.")
@click.option("--model", "model_file", type=File, metavar="MODEL.json", help="A model made by `gada linkage train`; "
              "without one a model is learned from these people first.")  # fmt: skip
@click.option("--keep-model", type=Out, metavar="MODEL.json", help="Write the model that was used.")
@click.option("--at-least", type=click.FloatRange(0, 1), default=0.5, show_default=True,
              help="Write pairs at least so probably one person.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Add the lines of evidence to each pair.")
@click.option("--anyway", is_flag=True, help="Write the pairs even if there are too many to be true.")
@THREADS
@JSON
def dedupe_command(
    people: Path, out: Path, model_file: Path | None, keep_model: Path | None, at_least: float, explain: bool,
    anyway: bool, threads: int, as_json: bool,
) -> None:
    """Find pairs of records that are one person, and write them with how probable each is.

    Columns of PAIRS.csv: left_id, right_id, probability, bits (weight of the evidence for one person, log2, without
    what is to be expected beforehand) and class (same, household or strangers). A pair is one person from
    probability 0.5 on. People registered together are never a pair.
    """
    from gada.engine.linkage.batch.dedupe import dedupe
    from gada.engine.linkage.batch.writing import write_pairs
    from gada.engine.linkage.files import read_people
    from gada.engine.linkage.model import read_model, write_model

    if out.resolve() in {path.resolve() for path in (people, model_file) if path}:
        raise click.BadParameter("--out would replace a file that is read.")
    start = time.perf_counter()
    read = read_people(people)
    seconds = time.perf_counter() - start
    model = read_model(model_file) if model_file else None
    found = dedupe(read.population, model=model, threads=threads, anyway=anyway, say=_say)
    found.report["seconds"] = {"reading": round(seconds, 2), **found.report["seconds"]}
    found.report |= {"remarks": read.remarks, "written": 0}
    if keep_model:
        write_model(found.model, keep_model)
    if not found.report["stopped"] or anyway:
        start = time.perf_counter()
        found.report["written"] = write_pairs(
            out, found, read.ids, read.population, at_least=at_least, explain=explain
        )
        found.report["seconds"]["writing"] = round(time.perf_counter() - start, 2)
    found.report["seconds"]["all"] = round(sum(found.report["seconds"].values()), 2)
    found.report["peak_bytes"] = peak_bytes()
    print_report(found.report, as_json=as_json)
    if found.report["stopped"] and not anyway:
        sys.exit(1)


@command.command("evaluate")
@click.argument("pairs", type=File)
@click.option("--truth", type=File, required=True, help="CSV or Parquet: record_id, person_id.")
@click.option("--people", type=File, help="The people that PAIRS came from: adds the kinds of errors.")
@JSON
def evaluate_command(pairs: Path, truth: Path, people: Path | None, as_json: bool) -> None:
    """Say how good PAIRS is: precision, recall and F1 by threshold; with --people also what kinds of errors."""
    print_evaluation(evaluation_of(pairs, truth, people), as_json=as_json)


@command.command("train")
@click.argument("people", type=File)
@click.option("--out", type=Out, required=True, metavar="MODEL.json", help="Where to write the model.")
@click.option("--name", default="own-1", show_default=True, help="The model's name, kept in every decision.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True,
              help="Where Splink learns: here, or on Spark for a national file (gada[spark], Java 17).")  # fmt: skip
def train_command(people: Path, out: Path, name: str, engine: Engine) -> None:
    """Learn a model from PEOPLE, without anybody saying who is who, and write it as a file.

    Splink learns how one person's two registrations and strangers compare; then kin are learned from who was
    registered together. `dedupe` and `search` take the file with --model; several models can lie side by side.
    """
    from gada.engine.linkage.batch.blocks import blocks_of
    from gada.engine.linkage.batch.training import train
    from gada.engine.linkage.files import read_people
    from gada.engine.linkage.model import write_model
    from gada.engine.linkage.splink_model import learn
    from gada.engine.linkage.usual import USUAL

    population = read_people(people).population
    begun = learn(population, USUAL, engine=engine, name=name)
    model = train(population, blocks_of(population), begun, name=name)
    write_model(model, out)
    click.echo(f"Model {model.name} of {len(population):,} people, {model.repeats:.3f} repeated registrations each.")


@command.command("search")
@click.argument("people", type=File)
@click.argument("probes", type=File)
@click.option("--store", type=click.Choice(["sqlite", "postgresql"]), default="sqlite", show_default=True,
              help="Where the people are kept.")  # fmt: skip
@click.option("--database", envvar="DATABASE_URL", metavar="URL", help="The PostgreSQL server to use, in a schema of "
              "its own that is dropped afterwards; without one, one is started in a temporary folder.")  # fmt: skip
@click.option("--truth", type=File, help="CSV or Parquet: record_id, person_id. Adds how many are found.")
@click.option("--model", "model_file", type=File, metavar="MODEL.json", help="A model made by `gada linkage train`.")
@click.option("--most", type=click.IntRange(min=1), help="Search only the first so many of PROBES.")
@JSON
def search_command(
    people: Path, probes: Path, store: str, database: str | None, truth: Path | None, model_file: Path | None,
    most: int | None, as_json: bool,
) -> None:
    """Load PEOPLE into a store and search each of PROBES there, one at a time, as a desk does at registration.

    Says how long a search takes, reading and scoring included, and with --truth in how many searches the person's
    other records come first, among the first five, among the first twenty. A record of PROBES that is itself in
    PEOPLE (by record_id) does not count as found.
    """
    from gada.command._searching import print_search, search_all
    from gada.engine.linkage.model import read_model
    from gada.engine.linkage.usual import USUAL

    report = search_all(
        people, probes, store=store, database=database, truth=truth,
        model=read_model(model_file) if model_file else USUAL, most=most,
    )
    if as_json:
        click.echo(json.dumps(report, indent=1))
    else:
        print_search(report)


def _say(text: str) -> None:
    click.echo(text, err=True)
