"""`gada fingerprint evaluate` and `pool`: error rates on folders of prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from gada.engine.evaluation import (
    Compared,
    Evaluation,
    Extracted,
    Print,
    by_folder,
    evaluate,
    extract_all,
    find_prints,
)
from gada.engine.fingerprint import EXTRACTORS, Extractor
from gada.engine.fingerprint.parameters import HIGHEST_DPI, LOWEST_DPI

Folder = click.Path(exists=True, file_okay=False, path_type=Path)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON; rates are fractions from 0 to 1, not percent.")
SCORES = click.option(
    "--scores",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT.npz",
    help="Keep every score: arrays genuine, impostor, genuine_raw, impostor_raw; genuine_pairs and impostor_pairs "
    "(rows of the array prints).",
)
EXTRACTOR = click.option(
    "--extractor",
    type=click.Choice(list(EXTRACTORS)),
    default="leader",
    show_default=True,
    help="What finds the minutiae: the network, or the faster second choice without one.",
)
PERCENT = {
    "eer": "EER",
    "fnmr_at_fmr_1e2": "FNMR at FMR 1e-2",
    "fnmr_at_fmr_1e3": "FNMR at FMR 1e-3",
    "fnmr_at_fmr_1e4": "FNMR at FMR 1e-4",
}


@click.command("evaluate")
@click.argument("folder", type=Folder, metavar="DIR")
@click.option(
    "--dpi",
    type=click.IntRange(LOWEST_DPI, HIGHEST_DPI),
    help="Resolution of all images (default: what each file says, else 500).",
)
@EXTRACTOR
@JSON
@SCORES
def evaluate_command(
    folder: Path, dpi: int | None, extractor: Extractor, as_json: bool, scores: Path | None
) -> None:
    """Measure the error rates of the engine on a folder of prints.

    DIR holds FINGER_IMPRESSION.png (or tif, tiff, bmp, wsq, jp2); the finger is everything before the last underscore.
    Every two impressions of a finger are a genuine pair, every two of different fingers an impostor pair. A print
    that cannot be read or has too few minutiae is named, counted as a failure, and all its pairs score 0.

    FNMR at an FMR: the threshold is the lowest score at which the share of impostor pairs at or above it is not more
    than the FMR; a genuine pair below it is a false non-match. Intervals: 95 %, bootstrap over fingers. The baseline
    is the mean of the most similar pairs of minutiae, without geometry, on the same minutiae.
    """
    _check_place(scores)
    prints, _, found = _evaluated([folder], [dpi], extractor, same_fingers=False)
    _give(found, prints, as_json=as_json, scores=scores)


@click.command("pool")
@click.argument("folders", type=Folder, metavar="DIR...", nargs=-1, required=True)
@click.option(
    "--dpi",
    "resolutions",
    multiple=True,
    metavar="N or DIR=N",
    help="Resolution of all images, or of one folder (its path or its name); may be repeated. Default: what each "
    "file says, else 500.",
)
@click.option(
    "--same-fingers",
    is_flag=True,
    help="The same name in two folders is the same finger, as when one finger was taken on two scanners.",
)
@EXTRACTOR
@JSON
@SCORES
def pool_command(
    folders: tuple[Path, ...],
    resolutions: tuple[str, ...],
    same_fingers: bool,
    extractor: Extractor,
    as_json: bool,
    scores: Path | None,
) -> None:
    """Measure the error rates over several folders of prints together, with one threshold for all.

    As `evaluate`, but a finger is its folder and its name, and pairs across folders are impostors (see
    --same-fingers). FNMR and FMR of each folder at the common thresholds stand under by_folder.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise click.UsageError("A folder is named twice.")
    dpi = _resolutions(folders, resolutions)
    _check_place(scores)
    prints, extracted, found = _evaluated(folders, dpi, extractor, same_fingers=same_fingers)
    rows = by_folder(prints, extracted, found.compared, found.report.get("thresholds", {}))
    numbers = sorted({each.folder for each in prints})
    found.report["by_folder"] = {
        str(folders[number]): {"dpi": dpi[number], **row} for number, row in zip(numbers, rows, strict=True)
    }
    _give(found, prints, as_json=as_json, scores=scores)


def _evaluated(
    folders: Sequence[Path], dpi: Sequence[int | None], extractor: Extractor, *, same_fingers: bool
) -> tuple[list[Print], list[Extracted], Evaluation]:
    prints, extracted = prints_of(folders, dpi, extractor, same_fingers=same_fingers)
    found = evaluate(prints, extracted, say=_say)
    found.report["extractor"] = EXTRACTORS[extractor]
    return prints, extracted, found


def prints_of(
    folders: Sequence[Path], dpi: Sequence[int | None], extractor: Extractor = "leader", *, same_fingers: bool
) -> tuple[list[Print], list[Extracted]]:
    """All prints of some folders, extracted; what cannot be used is named on stderr."""
    prints, nameless = find_prints(folders, dpi=dpi, same_fingers=same_fingers)
    for path in nameless:
        _say(f"{path}: left out: the name is not FINGER_IMPRESSION, so it tells no finger.")
    fingers = len({each.finger for each in prints})
    if not prints:
        raise click.ClickException("There are no prints named FINGER_IMPRESSION.png (tif, tiff, bmp, wsq, jp2) here.")
    if fingers < 2:
        raise click.ClickException("All prints are of one finger: at least two are needed.")
    _say(f"{len(prints):,} prints of {fingers:,} fingers")
    extracted = extract_all([(each.path, each.dpi) for each in prints], extractor=extractor, progress=_progress)
    for each, answer in zip(prints, extracted, strict=True):
        if not answer.usable:
            _say(f"{each.path}: {answer.failure}")
    return prints, extracted


def _resolutions(folders: Sequence[Path], stated: Sequence[str]) -> list[int | None]:
    """One resolution for each folder, from N and DIR=N; the latter goes first."""
    of_all: int | None = None
    of_one: dict[int, int] = {}
    for text in stated:
        name, equals, number = text.rpartition("=")
        dpi = int(number) if number.isdecimal() else 0
        if not LOWEST_DPI <= dpi <= HIGHEST_DPI:
            raise click.BadParameter(f"{text!r}: give a number from {LOWEST_DPI} to {HIGHEST_DPI}, or DIR=N.")
        if not equals:
            of_all = dpi
            continue
        meant = [i for i, folder in enumerate(folders) if folder.resolve() == Path(name).resolve()]
        meant = meant or [i for i, folder in enumerate(folders) if folder.resolve().name == name]
        if len(meant) != 1:
            raise click.BadParameter(f"{name!r} is not exactly one of the folders.")
        of_one[meant[0]] = dpi
    return [of_one.get(number, of_all) for number in range(len(folders))]


def _progress(done: int, of: int) -> None:
    if done == of or done % 20 == 0:
        _say(f"extracted {done:,} of {of:,}")


def _say(text: str) -> None:
    click.echo(text, err=True)


def _give(found: Evaluation, prints: Sequence[Print], *, as_json: bool, scores: Path | None) -> None:
    if scores is not None:
        _keep_scores(scores, prints, found.compared)
    if as_json:
        click.echo(json.dumps(found.report, indent=1))
    else:
        _print(found.report)


def _check_place(scores: Path | None) -> None:
    """Say it before the work rather than after."""
    if scores is not None and not scores.parent.is_dir():
        raise click.ClickException(f"The scores cannot be written: there is no folder {scores.parent}.")


def _keep_scores(path: Path, prints: Sequence[Print], compared: Compared) -> None:
    genuine = compared.genuine
    pairs = np.stack((compared.first, compared.second), axis=1).astype(np.int32)
    try:
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                genuine=compared.score[genuine],
                impostor=compared.score[~genuine],
                genuine_raw=compared.raw[genuine],
                impostor_raw=compared.raw[~genuine],
                genuine_pairs=pairs[genuine],
                impostor_pairs=pairs[~genuine],
                prints=np.array([each.name for each in prints]),
            )
    except OSError as trouble:
        raise click.ClickException(f"The scores cannot be written: {trouble}") from trouble


def _print(report: dict[str, Any]) -> None:
    """The report in percent, for reading."""
    facts = f"{report['prints']:,} prints of {report['fingers']:,} fingers, {report['failures']:,} failures to extract"
    click.echo(f"{facts}; {report['genuine']:,} genuine and {report['impostor']:,} impostor pairs")
    if report["eer"] is None:
        click.echo("no error rates: there must be genuine and impostor pairs")
    else:
        click.echo(f"{'percent':<18}{'engine':>8}  {'95 %':>15}   {'baseline':>8}  {'difference, 95 %':>18}   behind")
        for name, title in PERCENT.items():
            _print_rate(name, title, report)
        for claim, row in report["claimed_vs_measured_fmr"].items():
            low, high = row["interval"]
            click.echo(f"claimed FMR {claim}: {row['measured']:.2e} ({row['count']:,} pairs; {low:.1e} to {high:.1e})")
        for name, shares in report["error_versus_discard"].items():
            kept = ", ".join(f"{float(share):.0%} {100 * rate:.2f}" for share, rate in shares.items())
            click.echo(f"{PERCENT[name]} without the worst by quality: {kept}")
    for folder, row in report.get("by_folder", {}).items():
        rates = (f"{PERCENT[name]} {_percent(row.get(name))}" for name in PERCENT if name in row)
        click.echo(f"{folder}: {', '.join(rates)}")
    if report["extract_seconds_median"] is not None:
        click.echo(f"extraction: {report['extract_seconds_median']:.3f} s of one core, median")
    click.echo(f"comparison: {report['comparisons_per_second']:,.0f} a second, one core")


def _print_rate(name: str, title: str, report: dict[str, Any]) -> None:
    low, high = (_percent(end) for end in report["intervals"][name])
    baseline = report["baseline"]
    less, more = (_percent(end) for end in baseline["difference_intervals"][name])
    behind = f"{report['pairs_behind'][name]:,} pairs" if name in report["pairs_behind"] else ""
    click.echo(
        f"{title:<18}{_percent(report[name]):>8}  {f'{low} to {high}':>15}   {_percent(baseline[name]):>8}  "
        f"{f'{less} to {more}':>18}   {behind}"
    )


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.2f}"
