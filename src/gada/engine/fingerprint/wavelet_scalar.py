"""WSQ (wavelet scalar quantization, FBI IAFIS-IC-0110) through the package `wsq`, the NIST decoder.

That decoder is C from 1998 and can be brought down by a damaged file, so it runs in a process of its own:
if it dies, only the image is refused. About 60 ms more; WSQ comes with imports, not from scanners.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import parameters
from gada.engine.refusal import Invalid

_PATIENCE_SECONDS: Final = 30
_START_OF_FRAME: Final = 0xFFA2
_CHILD: Final = """
import struct, sys, _wsq
pixels, width, height, dpi = _wsq.decompress(sys.stdin.buffer.read())
sys.stdout.buffer.write(struct.pack("<IIi", width, height, dpi) + pixels)
"""


def decode_wsq(data: bytes) -> tuple[NDArray[np.uint8], int | None]:
    """Grey pixels uint8[height, width] and the resolution stated. Raises Invalid, whatever the bytes."""
    width, height = _stated_size(data)
    if width * height > parameters.MOST_PIXELS:
        raise Invalid("image-too-large", "The image is too large for one fingerprint.")
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-c", _CHILD],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE_SECONDS,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        raise _unreadable() from failure
    if len(child.stdout) != 12 + width * height:
        raise _unreadable()
    found_width, found_height, dpi = struct.unpack_from("<IIi", child.stdout)
    if (found_width, found_height) != (width, height):
        raise _unreadable()
    pixels = np.frombuffer(child.stdout, np.uint8, offset=12).reshape(height, width)
    return pixels.copy(), dpi if dpi > 0 else None


def _stated_size(data: bytes) -> tuple[int, int]:
    """Width and height of the frame header, found by walking the marker segments."""
    offset = 2
    while offset + 4 <= len(data):
        marker, length = struct.unpack_from(">HH", data, offset)
        if marker == _START_OF_FRAME and offset + 10 <= len(data):
            height, width = struct.unpack_from(">HH", data, offset + 6)
            if min(height, width) < parameters.FEWEST_PIXELS_A_SIDE:
                raise Invalid("image-too-small", "The image is too small to hold a fingerprint.")
            return width, height
        if marker >> 8 != 0xFF or length < 2:
            break
        offset += 2 + length
    raise _unreadable()


def _unreadable() -> Invalid:
    return Invalid("image-unreadable", "The image file is damaged or cut off. Send it again.")
