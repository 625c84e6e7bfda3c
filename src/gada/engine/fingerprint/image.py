"""Image files in: read safely, brought to grey at 500 dpi. Nothing decodes before its size is known."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from gada.engine.fingerprint import parameters
from gada.engine.fingerprint.segmentation import is_fingerprint, spread_of
from gada.engine.fingerprint.template import FingerprintImage
from gada.engine.fingerprint.wavelet_scalar import decode_wsq
from gada.engine.refusal import Invalid

_FORMATS: Final = ("PNG", "TIFF", "BMP", "JPEG", "JPEG2000")
_WSQ_START: Final = b"\xff\xa0"
_PATIENCE: Final = (OSError, ValueError, SyntaxError, EOFError, struct.error, TypeError, IndexError, KeyError)
"""What Pillow's decoders raise on damaged files; all of it means: not readable."""


def read_image(data: bytes, *, dpi: int | None = None) -> FingerprintImage:
    """PNG, TIFF, BMP, JPEG, JPEG 2000 or WSQ bytes as a grey image at 500 dpi.

    `dpi` given by the caller (a scanner's data sheet) goes before the file's own; without either, or
    when the file says something no fingerprint scanner does, 500 is assumed. Raises `Invalid` with code
    image-empty, -too-large, -too-small, -unknown-format, -unreadable, -resolution, -blank, -not-a-finger.
    """
    if not data:
        raise Invalid("image-empty", "The image file is empty. Take the fingerprint again.")
    if len(data) > parameters.MOST_BYTES:
        raise _too_large()
    grey, file_dpi = decode_wsq(data) if data[:2] == _WSQ_START else _decode(data)
    return _finished(grey, _resolution(dpi, file_dpi))


def read_raw_image(data: bytes, *, width: int, height: int, dpi: int | None = None) -> FingerprintImage:
    """Grey pixels without any header, a byte each, row by row from the top left, 0 black, at 500 dpi.

    Without `dpi`, 500 is assumed. Raises `Invalid` like `read_image`, and image-size when there are not
    `width` times `height` bytes.
    """
    if not data:
        raise Invalid("image-empty", "The image file is empty. Take the fingerprint again.")
    if len(data) > parameters.MOST_BYTES:
        raise _too_large()
    _check_size(width, height)
    if len(data) != width * height:
        raise Invalid("image-size", "The image does not have the width and height that are stated for it.")
    return _finished(np.frombuffer(data, np.uint8).reshape(height, width), _resolution(dpi, None))


def _finished(grey: NDArray[np.uint8], source_dpi: int) -> FingerprintImage:
    pixels = _resampled(grey, source_dpi)
    pixels.setflags(write=False)
    _refuse_other_pictures(pixels)
    return FingerprintImage(pixels, source_dpi)


def _decode(data: bytes) -> tuple[NDArray[np.uint8], int | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own bound is lower than Pillow's bomb warning
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                _check_size(*picture.size)
                picture.load()
                return _grey(picture), _dpi_of(picture)
    except UnidentifiedImageError as unknown:
        message = "This is not a fingerprint image that can be read (PNG, TIFF, BMP, JPEG, JPEG 2000 or WSQ)."
        raise Invalid("image-unknown-format", message) from unknown
    except Image.DecompressionBombError as bomb:
        raise _too_large() from bomb
    except _PATIENCE as damage:
        raise Invalid("image-unreadable", "The image file is damaged or cut off. Send it again.") from damage


def _check_size(width: int, height: int) -> None:
    if width * height > parameters.MOST_PIXELS:
        raise _too_large()
    if min(width, height) < parameters.FEWEST_PIXELS_A_SIDE:
        raise Invalid("image-too-small", "The image is too small to hold a fingerprint.")


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    """Any mode as 8 bit grey. Deeper images are stretched: scanners store 10 or 12 bits in 16."""
    if picture.mode.startswith(("I", "F")):
        deep = np.asarray(picture, dtype=np.float64)
        if not np.isfinite(deep).all():
            raise ValueError("pixels are not numbers")
        low, high = float(deep.min()), float(deep.max())
        return np.round((deep - low) * (255.0 / max(high - low, 1.0))).astype(np.uint8)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "white")
        return np.array(Image.alpha_composite(paper, clear).convert("L"))
    return np.array(picture.convert("L"))


def _dpi_of(picture: Image.Image) -> int | None:
    try:
        across, down = (float(part) for part in picture.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not (0 < across < 1e5 and abs(across - down) <= 0.02 * across):
        return None
    return round(across)


def _resolution(stated: int | None, of_file: int | None) -> int:
    lowest, highest = parameters.LOWEST_DPI, parameters.HIGHEST_DPI
    if stated is not None:
        if not lowest <= stated <= highest:
            message = "Fingerprints are read from %(lowest)s to %(highest)s dots per inch."
            raise Invalid("image-resolution", message, lowest=lowest, highest=highest)
        return stated
    if of_file is not None and lowest <= of_file <= highest:
        return of_file
    return parameters.WORKING_DPI


def _resampled(grey: NDArray[np.uint8], source_dpi: int) -> NDArray[np.uint8]:
    if source_dpi == parameters.WORKING_DPI:
        pixels = grey
    else:
        height, width = grey.shape
        ratio = parameters.WORKING_DPI / source_dpi
        size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
        pixels = np.array(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC))
    if pixels.size > parameters.MOST_WORKING_PIXELS:
        raise _too_large()
    if min(pixels.shape) < parameters.FEWEST_PIXELS_A_SIDE:
        raise Invalid("image-too-small", "The image is too small to hold a fingerprint.")
    return np.ascontiguousarray(pixels)


def _refuse_other_pictures(pixels: NDArray[np.uint8]) -> None:
    if is_fingerprint(pixels):
        return
    if spread_of(pixels) < parameters.BLANK_SPREAD:
        raise Invalid("image-blank", "The image is blank: no finger touched the scanner.")
    message = "The image does not show the ridges of a fingerprint. Use the fingerprint scanner, not a camera."
    raise Invalid("image-not-a-finger", message)


def _too_large() -> Invalid:
    return Invalid("image-too-large", "The image is too large for one fingerprint.")
