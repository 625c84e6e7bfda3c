"""What `gada linkage` says of a run, in words or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

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
    import pyarrow.compute as pc

    from gada.engine.linkage.batch import evaluation
    from gada.engine.linkage.files import number_column, read_people, read_table, text_column

    table, _ = read_table(pairs, needed=("left_id", "right_id", "probability"))
    known, _ = read_table(truth, needed=("record_id", "person_id"))
    ids = text_column(known, "record_id").combine_chunks()
    person = evaluation.read_truth(truth, ids)
    sides = [text_column(table, side).combine_chunks() for side in ("left_id", "right_id")]
    left, right = (pc.index_in(side, value_set=ids).fill_null(-1).to_numpy(zero_copy_only=False) for side in sides)
    probability = number_column(table, "probability")
    known_both = (left >= 0) & (right >= 0)
    kept = evaluation.each_once(left, right, probability)
    kept = kept[known_both[kept]]
    left, right, probability = left[kept], right[kept], probability[kept]
    true = (person[left] == person[right]) & (person[left] >= 0)
    total = evaluation.true_pairs(person)
    half = probability >= 0.5
    report: dict[str, Any] = {
        "true_pairs": total, "pairs_of_unknown_records": int((~known_both).sum()),
        "at_half": evaluation.rates(int((half & true).sum()), int(half.sum()), total),
        "thresholds": evaluation.curve(probability, true, total),
    }
    report["best"] = max(report["thresholds"], key=lambda row: row["f1"])
    home = text_column(known, "household_id").combine_chunks().dictionary_encode()
    household = home.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    if (household >= 0).any():
        together = half & (household[left] == household[right])
        report["precision_within_households"] = round(float(true[together].sum() / max(1, together.sum())), 5)
    if people is not None:
        read = read_people(people)
        place = pc.index_in(ids, value_set=read.ids).fill_null(-1).to_numpy(zero_copy_only=False)
        homes = np.full(len(read.ids), -1, np.int64)
        homes[place[place >= 0]] = household[place >= 0]
        wrong = half & ~true
        missed = evaluation.missed_pairs(person, left[half], right[half])
        if (place < 0).any():
            raise click.ClickException("The truth names records that PEOPLE does not hold.")
        lives = homes if (household >= 0).any() else None
        report["found_wrongly"] = evaluation.kinds_of_error(
            place[left[wrong]].astype(np.int32), place[right[wrong]].astype(np.int32), read.population, lives
        )
        report["missed"] = evaluation.kinds_of_error(
            place[missed[0]].astype(np.int32), place[missed[1]].astype(np.int32), read.population, lives
        )
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
