"""Fingerprint images out of ANSI/NIST-ITL files (1-2011 and before, traditional encoding), as police and borders send.

Types 4 (fixed binary header) and 14 (tagged fields) hold fingerprint images and are read; all others are gone past:
2 says who the person is, which we do not take from here, 9 holds minutiae (see `an2k_minutiae`), 13 latent prints, 15
palms.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from gada.engine.formats.an2k_records import fields_of, finger_of, first_of, malformed, number, records_of
from gada.engine.formats.bounded import Fields
from gada.engine.formats.stored_image import StoredImage, dots_per_inch
from gada.engine.refusal import Invalid

_TYPE_4 = struct.Struct(">IBBB5sBHHB")  # length, IDC, impression, finger, others, resolution, w, h, coding
_RAW, _FILES = (0,), (1, 2, 4, 5, 6)  # WSQ, JPEG, JPEG 2000, the same lossless, PNG; 3 is lossless JPEG: not read
_NAMES: Final = {b"NONE": 0, b"WSQ20": 1, b"WSQ": 1, b"JPEGB": 2, b"JPEGL": 3, b"JP2": 4, b"JP2L": 5, b"PNG": 6}
IMAGE_TYPES: Final = (4, 14)


def read_an2k(data: bytes) -> tuple[StoredImage, ...]:
    """The fingerprint images of a file, in its order, not yet decoded. Raises `Invalid` with a code `an2k-...`."""
    head, records = records_of(data)
    found = []
    for kind, record in records:
        if kind == 4:
            found.append(_type_4(record, head))
        elif kind == 14 and 999 in (fields := fields_of(record)):
            found.append(_type_14(fields))  # without 14.999 the finger is missing or bandaged, as 14.018 says
    if not found:
        raise Invalid("an2k-empty", "This ANSI/NIST file holds no fingerprint image.")
    return tuple(found)


def _type_4(record: bytes, head: dict[int, bytes]) -> StoredImage:
    rest = Fields(record, 0, malformed)
    _, _, _, finger, _, resolution, width, height, compression = rest.take(_TYPE_4)
    # 0 is the least resolution allowed, 19.69 pixels per mm; 1 the native one of field 1.011
    per_mm = 19.69 if resolution == 0 else _per_mm(head.get(11, b""))
    return StoredImage(
        finger_of(finger), rest.take_bytes(rest.left), width, height,
        dots_per_inch(per_mm * 10, centimetres=True), _is_raw(compression, 8),
    )


def _type_14(fields: dict[int, bytes]) -> StoredImage:
    """14.006 width, 007 height, 008 units (1 inch, 2 cm), 009 and 010 resolution, 011 coding, 012 bits, 013 finger."""
    width, height, units, across, down, bits = (number(fields.get(each, b"")) for each in (6, 7, 8, 9, 10, 12))
    if units > 2 or abs(across - down) > 0.02 * across:
        raise Invalid("an2k-resolution", "The ANSI/NIST file states a resolution that no scanner has.")
    dpi = dots_per_inch(across, centimetres=units == 2) if units else None
    raw = _is_raw(_NAMES.get(fields.get(11, b""), -1), bits)
    finger = finger_of(number(first_of(fields.get(13, b"0"))))
    return StoredImage(finger, fields[999], width, height, dpi, raw)


def _is_raw(compression: int, bits: int) -> bool:
    if compression not in _RAW + _FILES or (compression in _RAW and bits != 8):
        raise Invalid("an2k-encoding", "The ANSI/NIST file holds an image in an encoding that is not read.")
    return compression in _RAW


def _per_mm(text: bytes) -> float:
    if re.fullmatch(rb"\d{1,2}\.\d{1,2}", text) is None:
        raise malformed()
    return float(text)
