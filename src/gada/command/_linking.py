"""What `gada linkage` says of a run, in words or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

STOPPED: Final = {
    "everybody-alike": "Nothing was written: more than half of all people share one search key, as if one form had "
    "been copied. Look at the columns of the file; --anyway writes what was found.",
    "too-many-pairs": "Nothing was written: most people who were found twice were found more than ten times over. "
    "Look at the file, names or dates may have been filled in for everybody; --anyway writes the pairs.",
}


def print_report(report: dict[str, Any], *, as_json: bool) -> None:
    """What a run did and found."""
    if as_json:
        click.echo(json.dumps(report, indent=1))
        return
    if report["stopped"]:
        click.echo(STOPPED[report["stopped"]])
    click.echo(f"{report['people']:,} people, {report['pairs_compared']:,} pairs compared by model {report['model']}")
    click.echo(f"{report['pairs']:,} pairs are probably one person; {report['people_in_pairs']:,} people are in them")
    for remark, count in report["remarks"].items():
        click.echo(f"{remark.replace('_', ' ')}: {count:,}")
    if report["keys_too_common"]:
        sizes = ", ".join(f"{size:,}" for size in report["keys_too_common"])
        click.echo(f"search keys passed over because so many people share them: {sizes}")
    held = f", {report['peak_bytes'] / 1e9:.2f} GB at most" if report["peak_bytes"] else ""
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in report["seconds"].items())
    click.echo(f"seconds: {stages}{held}")


def evaluation_of(pairs: Path, truth: Path, people: Path | None) -> dict[str, Any]:
    """Pairs of a file against the truth: the curve, and the kinds of errors at one half if people are given."""
    from gada.engine.linkage.batch import evaluation
    from gada.engine.linkage.files import read_people

    known = evaluation.read_truth(truth)
    told = evaluation.read_pairs(pairs, known)
    report = evaluation.judged(told, known)
    if people is not None:
        read = read_people(people)
        place = evaluation.place_in(read.ids, known.ids)
        if (place < 0).any():
            raise click.ClickException("The truth names records that PEOPLE does not hold.")
        report |= evaluation.errors_by_kind(told, known, read.population, place)
    return report


def print_evaluation(report: dict[str, Any], *, as_json: bool) -> None:
    """The curve as a table, then the kinds of errors."""
    if as_json:
        click.echo(json.dumps(report, indent=1))
        return
    click.echo(f"{report['true_pairs']:,} true pairs")
    click.echo("at least   precision   recall       F1       found")
    for row in report["thresholds"]:
        click.echo(
            f"{row['at_least']:8.2f} {row['precision']:11.4f} {row['recall']:8.4f} {row['f1']:8.4f} {row['found']:11,}"
        )
    if "precision_within_households" in report:
        click.echo(f"precision within households at 0.5: {report['precision_within_households']:.4f}")
    for which in ("found_wrongly", "missed"):
        if which in report:
            kinds = ", ".join(f"{kind.replace('_', ' ')} {count:,}" for kind, count in report[which].items() if count)
            click.echo(f"{which.replace('_', ' ')}: {kinds or 'none'}")
