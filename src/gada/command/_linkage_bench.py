"""`gada bench linkage`: an invented population, or a given one, through every command, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from gada.command._linking import evaluation_of
from gada.engine.linkage.files import read_table, text_column
from gada.engine.linkage.invented import write_people

PROBES: Final = 2000
STORES: Final = ("sqlite", "postgresql")


def measure(
    *, people: int, file: Path | None, truth: Path | None, seed: int, threads: int, peer: bool,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Dedupe, evaluate, search in both stores, and plain Splink on the same file. A stage that fails says so."""
    with TemporaryDirectory(prefix="gada-bench-") as folder:
        here = Path(folder)
        if file is None:
            file, truth = here / "people.parquet", here / "truth.parquet"
            say(f"inventing {people:,} records")
            different = write_people(file, truth, count=people, seed=seed)
            report: dict[str, Any] = {"invented": {"records": people, "people": different, "seed": seed}}
        else:
            report = {"file": file.name}
        say("finding who was registered twice")
        pairs = here / "pairs.csv"
        report["dedupe"] = _run("linkage", "dedupe", file, "--out", pairs, "--at-least", "0.05", "--threads", threads)
        if truth is None:
            return report
        if pairs.exists():
            report["evaluation"] = evaluation_of(pairs, truth, file)
        probes = here / "probes.parquet"
        _draw_probes(file, truth, probes, seed=seed)
        for store in STORES:
            say(f"searching one record after another in {store}")
            report[store] = _run("linkage", "search", file, probes, "--store", store, "--truth", truth)
        if peer:
            say("plain Splink on the same file")
            found = here / "splink.csv"
            report["splink"] = _program("gada.engine.linkage.splink_peer", file, found)
            if found.exists():
                report["splink"]["evaluation"] = evaluation_of(found, truth, None)
    return report


def _run(*words: object) -> dict[str, Any]:
    return _program("gada", *words, "--json")


def _program(module: str, *words: object) -> dict[str, Any]:
    """Run a program of ours in a process of its own, so that its memory is its own; what it says as JSON."""
    ran = subprocess.run(
        [sys.executable, "-m", module, *map(str, words)], capture_output=True, text=True, encoding="utf-8"
    )
    try:
        said: dict[str, Any] = json.loads(ran.stdout)
        return said
    except ValueError:
        return {"failed": ran.stderr.strip()[-500:] or f"status {ran.returncode}"}


def _draw_probes(file: Path, truth: Path, probes: Path, *, seed: int) -> None:
    """Records drawn among those whose person has another record."""
    table, _ = read_table(file)
    known, _ = read_table(truth, needed=("record_id", "person_id"))
    person = text_column(known, "person_id").combine_chunks()
    counted = pc.value_counts(person)
    repeated = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
    ids = text_column(known, "record_id").combine_chunks().filter(pc.is_in(person, value_set=repeated))
    chosen = np.random.default_rng(seed).permutation(len(ids))[:PROBES]
    wanted = ids.take(pa.array(chosen))
    parquet.write_table(table.filter(pc.is_in(text_column(table, "record_id"), value_set=wanted)), probes)


def print_measured(report: dict[str, Any]) -> None:
    """The figures, one line each."""
    found, judged = report["dedupe"], report.get("evaluation")
    if "failed" in found:
        raise click.ClickException(f"A stage failed: {found['failed']}")
    seconds = found["seconds"]["all"]
    click.echo(f"batch: {found['people']:,} records in {seconds:.0f} s, {_gigabytes(found)} at most, "
               f"{found['pairs_compared']:,} pairs compared")  # fmt: skip
    if judged:
        half, best = judged["at_half"], judged["best"]
        click.echo(f"at one half: precision {half['precision']:.4f}, recall {half['recall']:.4f}, F1 {half['f1']:.4f}; "
                   f"best F1 {best['f1']:.4f} from {best['at_least']}")  # fmt: skip
        if "precision_within_households" in judged:
            click.echo(f"precision within households: {judged['precision_within_households']:.4f}")
    for store in STORES:
        _print_store(store, report.get(store))
    if (splink := report.get("splink")) and "evaluation" in splink:
        best = splink["evaluation"]["best"]
        click.echo(f"plain Splink: best F1 {best['f1']:.4f} (precision {best['precision']:.4f}, recall "
                   f"{best['recall']:.4f}), {splink['seconds']:.0f} s, {_gigabytes(splink)} at most; "
                   f"it takes {splink['seconds'] / seconds:.1f} times as long")  # fmt: skip
    elif splink:
        click.echo(f"plain Splink failed: {splink['failed']}")


def _print_store(name: str, searched: dict[str, Any] | None) -> None:
    if searched is None:
        return
    if "failed" in searched:
        click.echo(f"{name} failed: {searched['failed']}")
        return
    times = ", ".join(f"{key} {value}" for key, value in searched["milliseconds"].items())
    recall = ", ".join(f"{key.replace('_', ' ')} {share:.4f}" for key, share in searched["recall"].items())
    click.echo(f"{name}: one record, milliseconds: {times}; mates found in {recall}")


def _gigabytes(report: dict[str, Any]) -> str:
    return f"{report['peak_bytes'] / 1e9:.2f} GB" if report.get("peak_bytes") else "memory unknown"
