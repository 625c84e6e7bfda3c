"""`gada bench`: how fast this machine is, on data that it makes itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gada.command._evaluating import Folder, prints_of
from gada.engine.evaluation.identification import POSITIONS, STAGES, identify, real_people
from gada.engine.fingerprint.parameters import HIGHEST_DPI, LOWEST_DPI

PeopleFile = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Measure this machine: how long a search takes among how many people, by fingers and by names."""


@command.command("identify")
@click.option("--people", type=click.IntRange(min=2), default=1_000_000, show_default=True, help="People to search.")
@click.option(
    "--fingers", type=click.IntRange(1, len(POSITIONS)), default=2, show_default=True, help="Fingers of each person."
)
@click.option(
    "--prints", type=Folder, metavar="DIR", help="Real prints, FINGER_IMPRESSION.png: people made of them are planted."
)
@click.option(
    "--dpi", type=click.IntRange(LOWEST_DPI, HIGHEST_DPI), help="Resolution of the real prints, if files do not say."
)
@click.option(
    "--probes", type=click.IntRange(min=1), default=100, show_default=True, help="Synthetic mates, and strangers."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; shares are fractions from 0 to 1.")
def identify_command(
    people: int, fingers: int, prints: Path | None, dpi: int | None, probes: int, as_json: bool
) -> None:
    """Search one person's fingers among many people.

    Fills a gallery in memory (nothing of it is stored) with invented fingers at minutiae level, each drawn for
    itself. Plants mates among them: with --prints real people, made of consecutive fingers of DIR, enrolled by the
    first impression of each finger and searched by every other; and, reported apart, second touches of invented
    fingers. Says how long a search takes, at which stage mates are lost, and how much faster the first stage is
    than the same computation in numpy. A million people take some minutes and 4 GB.
    """
    real = None
    if prints is not None:
        found, extracted = prints_of([prints], [dpi], same_fingers=False)
        real = real_people(found, extracted, fingers=fingers)
        if not real[0] or len(real[0]) >= people:
            raise click.ClickException(
                f"The folder makes {len(real[0])} people of {fingers} fingers: there must be some, fewer than in all."
            )
    report = identify(
        people=people, fingers=fingers, probes=probes, real=real, say=lambda text: click.echo(text, err=True)
    )
    if as_json:
        click.echo(json.dumps(report, indent=1))
    else:
        _print(report)


def _print(report: dict[str, Any]) -> None:
    click.echo(f"{report['people']:,} people, {report['fingers']} fingers each, {report['threads']} threads")
    median, p95 = report["seconds_per_probe_median"], report["seconds_per_probe_p95"]
    busy = report["processor_seconds_per_probe_median"]
    click.echo(f"one search: {median:.3f} s median, {p95:.3f} s for 95 of 100 (without extraction)")
    click.echo(f"processor time of one search, all threads: {busy:.3f} s median")
    for name, row in report["retention"].items():
        if row is not None:
            kept = ", ".join(f"{stage} {100 * row[stage]:.2f} %" for stage in STAGES)
            click.echo(f"{name} mates, {row['probes']:,} probes, still there after: {kept}")
    apart = report["strangers"]
    click.echo(f"invented strangers, {apart['probes']} probes: highest score {apart['highest_score']}")
    plain = report["numpy_baseline"]
    click.echo(
        f"stage 1: {report['comparisons_per_second']:,.0f} finger pairs a second; one thread "
        f"{plain['kernel_comparisons_per_second']:,.0f}, in numpy {plain['numpy_comparisons_per_second']:,.0f} "
        f"({plain['ratio']:.1f} times)"
    )
    click.echo(f"stage 1 with 32 minutiae of each finger: {report['scan_32_by_32']:,.0f} finger pairs a second")
    if (sealed := report["beyond_memory"]) is not None:
        click.echo(
            f"with nobody in memory: {sealed['seconds_per_probe_median']:.3f} s median, "
            f"{sealed['comparisons_per_second']:,.0f} finger pairs a second, {sealed['bytes_on_disk'] / 1e9:.2f} GB"
        )
    held = report["resident_bytes"]
    memory = f"{held / 1e9:.2f} GB resident, " if held is not None else ""
    click.echo(f"memory: {memory}{report['shelf_bytes_per_finger']:,.0f} bytes a finger on the shelves")
    click.echo(f"built in {report['build_seconds']:.0f} s")


@command.command("linkage")
@click.option("--people", type=click.IntRange(min=1000), default=1_000_000, show_default=True, help="Records.")
@click.option("--file", "file", type=PeopleFile, help="Measure on these people instead (CSV or Parquet).")
@click.option("--truth", type=PeopleFile, help="Who the records of --file really are: record_id, person_id.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the invented people and of the probes.")
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Threads to use.")
@click.option("--no-peer", is_flag=True, help="Leave plain Splink out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; shares are fractions from 0 to 1.")
def linkage_command(
    people: int, file: Path | None, truth: Path | None, seed: int, threads: int, no_peer: bool, as_json: bool
) -> None:
    """Find who of a population was registered twice, and search it, with the truth at hand.

    Invents households, some registered again whole, in part or person by person, with slips as clerks make them (or
    takes --file); runs `gada linkage dedupe`, `evaluate` and `search` in SQLite and PostgreSQL, each in its own
    process, and plain Splink on the same file beside them. A million records take some minutes and 3 GB.
    """
    from gada.command._linkage_bench import measure, print_measured

    report = measure(
        people=people, file=file, truth=truth, seed=seed, threads=threads, peer=not no_peer,
        say=lambda text: click.echo(text, err=True),
    )
    if as_json:
        click.echo(json.dumps(report, indent=1))
    else:
        print_measured(report)
