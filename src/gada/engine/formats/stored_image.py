"""One finger image as a record holds it: still encoded, with what the record says about it."""

from __future__ import annotations

from dataclasses import dataclass

from gada.engine.fingerprint.image import read_image, read_raw_image
from gada.engine.fingerprint.template import FingerprintImage


@dataclass(frozen=True, slots=True)
class StoredImage:
    """`data` as it stood in the record: an image file, or with `raw` grey pixels of a byte each.

    `position`: 0 unknown, 1 right thumb .. 10 left little; more is several fingers at once (13 right four, 14 left
    four, 15 both thumbs) or a palm (20 and above), with the code of the record. `width` and `height` in pixels as
    stated; `dpi` dots per inch as stated, None where the record does not say.
    """

    position: int
    data: bytes
    width: int
    height: int
    dpi: int | None
    raw: bool

    def read(self) -> FingerprintImage:
        """Decode it: grey at 500 dpi. Nothing is decoded before. Raises Invalid `image-...`."""
        if self.raw:
            return read_raw_image(self.data, width=self.width, height=self.height, dpi=self.dpi)
        return read_image(self.data, dpi=self.dpi)


def dots_per_inch(per_unit: float, *, centimetres: bool) -> int | None:
    """A stated resolution as dots per inch; 0 means not stated."""
    return round(per_unit * (2.54 if centimetres else 1)) or None
