"""Finger image records, ISO/IEC 19794-4:2005 (version 010) and :2011 (version 020), read.

The images inside stay as they are (raw, WSQ, JPEG, JPEG 2000, PNG) until `StoredImage.read`. Clause 7 of 2005,
clause 8 of 2011: general header, then for each image a header with the length of all that belongs to it. The
American ANSI INCITS 381, whose header is longer, is not read.
"""

from __future__ import annotations

import struct
from typing import Final

from gada.engine.fingerprint import parameters
from gada.engine.formats.bounded import Fields
from gada.engine.formats.stored_image import StoredImage, dots_per_inch
from gada.engine.refusal import Invalid

MAGIC: Final = b"FIR\0"
_MOST_IMAGES: Final = 255

_HEADER_2005 = struct.Struct(">HIHHBBHHHHBBH")
# length (48 bits), device, acquisition level, fingers, units, x and y scanned, x and y of the image, depth,
# compression, reserved
_VIEW_2005 = struct.Struct(">IBBBBBHHB")  # length, position, views, view, quality, impression, w, h, reserved
_RAW_2005, _FILES_2005 = (0, 1), (2, 3, 4, 5)  # plain, bit-packed; WSQ, JPEG, JPEG 2000, PNG

_HEADER_2011 = struct.Struct(">IHBB")  # length, representations, certification flag, positions
_CAPTURE_BYTES = 14  # date and time 9, technology 1, vendor 2, type of the device 2
_QUALITY_BYTES, _CERTIFICATE_BYTES = 5, 3
_IMAGE_2011 = struct.Struct(">BBBHHHHBBBHHI")
# position, number, units, x and y scanned, x and y of the image, depth, compression, impression, w, h, bytes
_LEAST_2011 = 4 + _CAPTURE_BYTES + 1 + _IMAGE_2011.size  # 41
_RAW_2011, _FILES_2011 = (0, 1), (2, 3, 4, 5, 6)  # as above; JPEG 2000 lossy and lossless; PNG


def read_fir(data: bytes) -> tuple[StoredImage, ...]:
    """The images of a record, in its order, not yet decoded. Raises `Invalid` with a code `fir-...`."""
    if len(data) > parameters.MOST_BYTES:
        raise Invalid("fir-too-large", "This fingerprint image record is larger than any real one.")
    if data[:4] != MAGIC:
        raise Invalid("fir-not-a-record", "This is not an ISO/IEC 19794-4 finger image record.")
    rest = Fields(data, 4, _cut_off)
    version = rest.take_bytes(4)
    if version == b"010\0":
        images = _read_2005(rest, data)
    elif version == b"020\0":
        images = _read_2011(rest, data)
    else:
        raise Invalid("fir-version", "This edition of the finger image record is not read.")
    if rest.left:
        raise _wrong_length()
    return images


def _read_2005(rest: Fields, data: bytes) -> tuple[StoredImage, ...]:
    high, low, _, _, fingers, units, _, _, x_rate, y_rate, depth, compression, _ = rest.take(_HEADER_2005)
    _check_length(high << 32 | low, data)
    if not fingers:
        raise _no_image()
    dpi = _resolution(units, x_rate, y_rate)
    raw = _is_raw(compression, depth, _RAW_2005, _FILES_2005)
    found: list[StoredImage] = []
    while rest.left:
        length, position, _, _, _, _, width, height, _ = rest.take(_VIEW_2005)
        if length <= _VIEW_2005.size or len(found) == _MOST_IMAGES:
            raise _wrong_length()
        found.append(StoredImage(position, rest.take_bytes(length - _VIEW_2005.size), width, height, dpi, raw))
    if len(found) < fingers:
        raise _cut_off()
    return tuple(found)


def _read_2011(rest: Fields, data: bytes) -> tuple[StoredImage, ...]:
    length, count, certified, _ = rest.take(_HEADER_2011)
    _check_length(length, data)
    if not count:
        raise _no_image()
    if count > _MOST_IMAGES or certified > 1:
        raise _wrong_length()
    return tuple(_read_representation(rest, bool(certified)) for _ in range(count))


def _read_representation(rest: Fields, certified: bool) -> StoredImage:
    length = rest.number(4)
    if length < _LEAST_2011:
        raise _wrong_length()
    image = Fields(rest.take_bytes(length - 4), 0, _wrong_length)
    image.skip(_CAPTURE_BYTES)
    image.skip(image.number(1) * _QUALITY_BYTES)
    if certified:
        image.skip(image.number(1) * _CERTIFICATE_BYTES)
    found = image.take(_IMAGE_2011)
    position, _, units, _, _, x_rate, y_rate, depth, compression, _, width, height, size = found
    raw = _is_raw(compression, depth, _RAW_2011, _FILES_2011)
    # what follows the image is extended data, which says nothing about its pixels
    return StoredImage(position, image.take_bytes(size), width, height, _resolution(units, x_rate, y_rate), raw)


def _is_raw(compression: int, depth: int, raw: tuple[int, ...], files: tuple[int, ...]) -> bool:
    if compression not in raw + files:
        raise Invalid("fir-encoding", "The finger image record uses an encoding that is not read.")
    if compression in raw and depth != 8:
        raise Invalid("fir-depth", "Raw finger images are read with 8 bits a pixel only.")
    return compression in raw


def _resolution(units: int, x_rate: int, y_rate: int) -> int | None:
    """Dots per inch from dots per inch (1) or per centimetre (2), the same both ways."""
    if units not in (1, 2) or abs(x_rate - y_rate) > 0.02 * x_rate:
        raise Invalid("fir-resolution", "The finger image record states a resolution that no scanner has.")
    return dots_per_inch(x_rate, centimetres=units == 2)


def _check_length(stated: int, data: bytes) -> None:
    if stated > len(data):
        raise _cut_off()
    if stated != len(data):
        raise _wrong_length()


def _cut_off() -> Invalid:
    return Invalid("fir-truncated", "The finger image record is cut off.")


def _wrong_length() -> Invalid:
    return Invalid("fir-length", "The finger image record does not have the lengths that it states.")


def _no_image() -> Invalid:
    return Invalid("fir-empty", "The finger image record holds no image.")
