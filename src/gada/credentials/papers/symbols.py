"""The QR code of a card, as large in its squares as its place allows, and the small photo inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import segno
from PIL import Image, ImageOps

QUIET = 4  # squares of white around it (ISO/IEC 18004)
SMALLEST_SQUARE_MM = 0.33  # four dots at 300 dpi: what a worn laser printer still keeps apart
PHOTO_PIXELS = (48, 60)
QUALITIES = (60, 45, 35, 25, 18, 12, 8, 4)


@dataclass(frozen=True, slots=True)
class Symbol:
    """Rows of squares, true where dark, without the quiet zone; and which of the texts it holds."""

    rows: tuple[tuple[bool, ...], ...]
    text: str

    @property
    def squares(self) -> int:
        """On a side, quiet zone included."""
        return len(self.rows) + 2 * QUIET


def symbol_for(texts: Sequence[str], *, side_mm: float) -> Symbol:
    """The first of these texts whose squares are large enough on this side; the last in any case."""
    for text in texts:
        symbol = _symbol(text)
        if side_mm / symbol.squares >= SMALLEST_SQUARE_MM:
            break
    return symbol


def small_photo(picture: bytes, *, most_bytes: int) -> bytes:
    """A face of 48 × 60 grey pixels as WebP of at most so many bytes; empty when it cannot be made so small."""
    with Image.open(BytesIO(picture)) as image:
        image.draft("L", (2 * PHOTO_PIXELS[0], 2 * PHOTO_PIXELS[1]))  # a JPEG is then read at a fraction of its size
        grey = ImageOps.autocontrast(ImageOps.fit(image.convert("L"), PHOTO_PIXELS, centering=(0.5, 0.4)), cutoff=1)
    for quality in QUALITIES:
        body = BytesIO()
        grey.save(body, format="WEBP", quality=quality, method=6)
        if len(body.getvalue()) <= most_bytes:
            return body.getvalue()
    return b""


def _symbol(text: str) -> Symbol:
    made = segno.make(text, mode="alphanumeric", error="l", boost_error=True, micro=False)
    return Symbol(tuple(tuple(bool(square) for square in row) for row in made.matrix), text)
