"""`gada fingerprint`: minutiae, quality and comparison of files, without any node."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from gada.command import _evaluating
from gada.engine.fingerprint import (
    ADVICE,
    FingerprintImage,
    Template,
    compare,
    extract,
    measure_quality,
    read_image,
)
from gada.engine.formats.cbeff import is_cbeff, unwrap_cbeff
from gada.engine.formats.finger_images import holds_finger_images, read_finger_images
from gada.engine.formats.fmr import FingerView, write_fmr
from gada.engine.formats.minutiae import read_minutiae

File = click.Path(exists=True, dir_okay=False, path_type=Path)
DPI = click.option("--dpi", type=int, help="Resolution of the image (default: what the file says, else 500).")


@click.group()
def command() -> None:
    """Look at fingerprint files: how good, where the minutiae are, whether two are of one finger."""


command.add_command(_evaluating.evaluate_command)
command.add_command(_evaluating.pool_command)


@command.command("extract")
@click.argument("image", type=File)
@DPI
@click.option("--finger", type=click.IntRange(0, 10), default=0, help="ISO position: 1 right thumb … 10 left little.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="ISO record to write."
)
def extract_command(image: Path, dpi: int | None, finger: int, output: Path) -> None:
    """Find the minutiae of IMAGE and write them as an ISO/IEC 19794-2 record."""
    template = extract(_image(_bytes_of(image), dpi))
    try:
        output.write_bytes(write_fmr([FingerView(finger, template)]))
    except OSError as trouble:
        raise click.ClickException(f"The record cannot be written: {trouble}") from trouble
    click.echo(f"{len(template)} minutiae, quality {template.finger_quality}: {output}")


@command.command("compare")
@click.argument("a", type=File)
@click.argument("b", type=File)
@DPI
def compare_command(a: Path, b: Path, dpi: int | None) -> None:
    """Compare two files, each an image or an ISO record."""
    found = compare(_read(a, dpi), _read(b, dpi))
    click.echo(f"score {found.score}: by chance once in {round(10 ** (found.score / 10)):,} comparisons")
    click.echo(f"{len(found.pairs)} points correspond")


@command.command("quality")
@click.argument("image", type=File)
@DPI
def quality_command(image: Path, dpi: int | None) -> None:
    """Say how good the print in IMAGE is (0 to 100), and what to do about it."""
    quality = measure_quality(_image(_bytes_of(image), dpi))
    click.echo(f"{quality.value}  {ADVICE[quality.advice]}")


def _read(path: Path, dpi: int | None) -> Template:
    data = _bytes_of(path)
    if _holds_minutiae(data):
        return max((view.template for view in read_minutiae(data)), key=len)
    return extract(_image(data, dpi))


def _holds_minutiae(data: bytes) -> bool:
    """Whether the bytes are a record of minutiae, bare or wrapped in CBEFF."""
    records = unwrap_cbeff(data) if is_cbeff(data) else [data]
    return any(record[:4] == b"FMR\0" for record in records)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as trouble:
        raise click.ClickException(f"The file cannot be read: {trouble}") from trouble


def _image(data: bytes, dpi: int | None) -> FingerprintImage:
    """An image, or the first one of a record that holds several."""
    if not holds_finger_images(data):
        return read_image(data, dpi=dpi)
    first = read_finger_images(data)[0]
    return replace(first, dpi=dpi or first.dpi).read()
