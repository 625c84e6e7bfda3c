"""`gada fingerprint`: minutiae, quality and comparison of files, without any node."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from gada.command import _evaluating
from gada.command._evaluating import EXTRACTOR
from gada.engine.fingerprint import (
    ADVICE,
    Extractor,
    FingerprintImage,
    Template,
    compare,
    extract,
    measure_quality,
    read_image,
    read_raw_image,
)
from gada.engine.formats.finger_images import holds_finger_images, read_finger_images
from gada.engine.formats.fmr import FingerView, write_fmr
from gada.engine.formats.fmr_2011 import write_fmr_2011
from gada.engine.formats.incits_378 import write_incits_378
from gada.engine.formats.minutiae import holds_minutiae, read_minutiae
from gada.engine.formats.minutiae_card import read_card_minutiae, write_card_minutiae
from gada.engine.formats.stored_image import StoredImage
from gada.engine.refusal import Invalid

WRITERS: Final[Mapping[str, Callable[[FingerView], bytes]]] = {
    "iso-2005": lambda view: write_fmr([view]),
    "iso-2011": lambda view: write_fmr_2011([view]),
    "ansi-2004": lambda view: write_incits_378([view], edition=2004),
    "ansi-2009": lambda view: write_incits_378([view], edition=2009),
    "card-compact": lambda view: write_card_minutiae(view.template, compact=True),
    "card-normal": lambda view: write_card_minutiae(view.template, compact=False),
}


class _Size(click.ParamType[tuple[int, int]]):
    """WIDTHxHEIGHT in pixels."""

    name = "WIDTHxHEIGHT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Two numbers, or a complaint."""
        stated = re.fullmatch(r"(\d{1,5})[x\u00d7](\d{1,5})", str(value))
        if stated is None:
            self.fail(f"{value!r}: say for example 326x357, width first, in pixels.", param, ctx)
        return int(stated[1]), int(stated[2])


@dataclass(frozen=True, slots=True)
class _Stated:
    """What files without a header are, and what is to find minutiae, as the command line says."""

    dpi: int | None = None
    size: tuple[int, int] | None = None
    card: str | None = None
    extractor: Extractor = "leader"


File = click.Path(exists=True, dir_okay=False, path_type=Path)
DPI = click.option("--dpi", type=int, help="Resolution of the image (default: what the file says, else 500).")
SIZE = click.option(
    "--size",
    type=_Size(),
    metavar="WIDTHxHEIGHT",
    help="The file holds raw grey pixels, a byte each, row by row from the top left, 0 black: so many.",
)


@click.group()
def command() -> None:
    """Look at fingerprint files: how good, where the minutiae are, whether two are of one finger.

    Images: PNG, TIFF, BMP, JPEG, JPEG 2000, WSQ, raw (--size). Records of images: ISO/IEC 19794-4:2005 and :2011,
    ANSI/NIST-ITL (types 4 and 14); the first image counts. Records of minutiae: ISO/IEC 19794-2:2005 and :2011, ANSI
    INCITS 378-2004 and -2009, ANSI/NIST-ITL (type 9), cards. What CBEFF wraps around a record is taken off.
    """


command.add_command(_evaluating.evaluate_command)
command.add_command(_evaluating.pool_command)


@command.command("extract")
@click.argument("image", type=File)
@DPI
@SIZE
@EXTRACTOR
@click.option(
    "--finger",
    type=click.IntRange(0, 10),
    help="ISO position: 1 right thumb … 10 left little (default: as the file says).",
)
@click.option("--format", "kind", type=click.Choice([*WRITERS]), default="iso-2005", help="Record to write.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Record to write."
)
def extract_command(
    image: Path,
    dpi: int | None,
    size: tuple[int, int] | None,
    extractor: Extractor,
    finger: int | None,
    kind: str,
    output: Path,
) -> None:
    """Find the minutiae of IMAGE and write them as a record, ISO/IEC 19794-2:2005 unless --format says otherwise."""
    pixels, position = _image(_bytes_of(image), _Stated(dpi, size))
    template = extract(pixels, extractor=extractor)
    record = WRITERS[kind](FingerView(position if finger is None else finger, template))
    try:
        output.write_bytes(record)
    except OSError as trouble:
        raise click.ClickException(f"The record cannot be written: {trouble}") from trouble
    click.echo(f"{len(template)} minutiae, quality {template.finger_quality}: {output}")


@command.command("compare")
@click.argument("a", type=File)
@click.argument("b", type=File)
@DPI
@SIZE
@EXTRACTOR
@click.option(
    "--card",
    type=click.Choice(["compact", "normal"]),
    help="A file without any header holds minutiae of a card: 3 bytes each (compact) or 5 (normal).",
)
def compare_command(
    a: Path, b: Path, dpi: int | None, size: tuple[int, int] | None, extractor: Extractor, card: str | None
) -> None:
    """Compare two files, each an image or a record of images or minutiae.

    --size and --card speak of files without a header: raw pixels are told by having so many bytes.
    """
    stated = _Stated(dpi, size, card, extractor)
    found = compare(_read(a, stated), _read(b, stated))
    click.echo(f"score {found.score}: by chance once in {round(10 ** (found.score / 10)):,} comparisons")
    click.echo(f"{len(found.pairs)} points correspond")


@command.command("quality")
@click.argument("image", type=File)
@DPI
@SIZE
@EXTRACTOR
def quality_command(image: Path, dpi: int | None, size: tuple[int, int] | None, extractor: Extractor) -> None:
    """Say how good the print in IMAGE is (0 to 100), and what to do about it."""
    quality = measure_quality(_image(_bytes_of(image), _Stated(dpi, size))[0], extractor=extractor)
    click.echo(f"{quality.value}  {ADVICE[quality.advice]}")


def _read(path: Path, stated: _Stated) -> Template:
    data = _bytes_of(path)
    if stated.size is not None and len(data) == stated.size[0] * stated.size[1]:
        return extract(_image(data, stated)[0], extractor=stated.extractor)
    if holds_minutiae(data):
        return max((view.template for view in read_minutiae(data)), key=len)
    try:
        return extract(_image(data, _Stated(stated.dpi))[0], extractor=stated.extractor)
    except Invalid as refusal:
        if stated.card is None or refusal.code != "image-unknown-format":
            raise
        return read_card_minutiae(data, compact=stated.card == "compact")


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as trouble:
        raise click.ClickException(f"The file cannot be read: {trouble}") from trouble


def _image(data: bytes, stated: _Stated) -> tuple[FingerprintImage, int]:
    """An image, or the first one of a record that holds several, and of which finger it says to be (0: not said)."""
    if stated.size is not None:
        width, height = stated.size
        return read_raw_image(data, width=width, height=height, dpi=stated.dpi), 0
    if holds_minutiae(data):
        raise click.ClickException("The file holds minutiae already, and no image to find them in.")
    if not holds_finger_images(data):
        return read_image(data, dpi=stated.dpi), 0
    first = read_finger_images(data)[0]
    return replace(first, dpi=stated.dpi or first.dpi).read(), _finger_of(first)


def _finger_of(image: StoredImage) -> int:
    """0 where several fingers or a palm are meant."""
    return image.position if image.position <= 10 else 0
