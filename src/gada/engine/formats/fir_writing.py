"""Finger image records, ISO/IEC 19794-4:2011 (version 020), written: one image, as scanners of today send it."""

from __future__ import annotations

import io
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gada.engine.formats.fir import MAGIC

_JPEG_2000_LOSSLESS: Final = 5
_LIVE_PLAIN: Final = 0
_DOTS_PER_INCH: Final = 1
_NO_DATE: Final = b"\xff" * 9


def write_fir(pixels: NDArray[np.uint8], *, position: int, dpi: int = 500) -> bytes:
    """A record of this grey image uint8[height, width] (0 black) of finger `position`, without loss (JPEG 2000)."""
    height, width = pixels.shape
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG2000", irreversible=False)
    image = buffer.getvalue()
    capture = _NO_DATE + struct.pack(">BHH", 0, 0, 0)  # technology, vendor and type of the scanner: not said
    described = struct.pack(
        ">BBBHHHHBBBHHI", position, 1, _DOTS_PER_INCH, dpi, dpi, dpi, dpi, 8, _JPEG_2000_LOSSLESS, _LIVE_PLAIN,
        width, height, len(image),
    )
    body = capture + bytes([0]) + described + image  # no block of quality
    representation = struct.pack(">I", len(body) + 4) + body
    header = struct.pack(">IHBB", 16 + len(representation), 1, 0, 1)
    return MAGIC + b"020\0" + header + representation
