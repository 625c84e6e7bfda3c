"""Fingerprint images out of ANSI/NIST-ITL files (1-2011 and before, traditional encoding), as police and borders send.

A file is a chain of records. Type 1 names the others in its field 1.003; types 4 (fixed binary header) and 14
(tagged fields) hold fingerprint images and are read; all others are gone past: 2 says who the person is, which
we do not take from here, 9 holds minutiae in other axes and directions, 13 latent prints, 15 palms.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from gada.engine.fingerprint import parameters
from gada.engine.formats.bounded import Fields
from gada.engine.formats.stored_image import StoredImage, dots_per_inch
from gada.engine.refusal import Invalid

_FILE, _GROUP, _RECORD, _UNIT = b"\x1c", b"\x1d", b"\x1e", b"\x1f"  # separators: record, field, subfield, item
_BEGINNING = re.compile(rb"1\.0{0,2}1:\d{1,8}\x1d")
_LENGTH = re.compile(rb"(\d{1,2})\.0{0,2}1:(\d{1,8})\x1d")
_TAG = re.compile(rb"(\d{1,2})\.(\d{1,9}):")
_BINARY_TYPES: Final = (3, 4, 5, 6, 7, 8)
_MOST_RECORDS: Final = 1000
_MOST_FIELDS: Final = 1000

_TYPE_4 = struct.Struct(">IBBB5sBHHB")  # length, IDC, impression, finger, others, resolution, w, h, coding
_RAW, _FILES = (0,), (1, 2, 4, 5, 6)  # WSQ, JPEG, JPEG 2000, the same lossless, PNG; 3 is lossless JPEG: not read
_NAMES: Final = {b"NONE": 0, b"WSQ20": 1, b"WSQ": 1, b"JPEGB": 2, b"JPEGL": 3, b"JP2": 4, b"JP2L": 5, b"PNG": 6}
_PLAIN_THUMBS: Final = {11: 1, 12: 6}  # the thumbs again, laid down instead of rolled


def is_an2k(data: bytes) -> bool:
    """Whether the bytes begin with field 1.001."""
    return _BEGINNING.match(data) is not None


def read_an2k(data: bytes) -> tuple[StoredImage, ...]:
    """The fingerprint images of a file, in its order, not yet decoded. Raises `Invalid` with a code `an2k-...`."""
    if len(data) > parameters.MOST_BYTES:
        raise Invalid("an2k-too-large", "This ANSI/NIST file is larger than any real one.")
    if not is_an2k(data):
        raise Invalid("an2k-not-a-file", "This is not an ANSI/NIST file in traditional encoding.")
    first = _tagged(data, 0, 1)
    head = _fields_of(first)
    offset, found = len(first), []
    for kind in _kinds(head):
        record = _binary(data, offset) if kind in _BINARY_TYPES else _tagged(data, offset, kind)
        offset += len(record)
        if kind == 4:
            found.append(_type_4(record, head))
        elif kind == 14 and 999 in (fields := _fields_of(record)):
            found.append(_type_14(fields))  # without 14.999 the finger is missing or bandaged, as 14.018 says
    if offset != len(data):
        raise _malformed()
    if not found:
        raise Invalid("an2k-empty", "This ANSI/NIST file holds no fingerprint image.")
    return tuple(found)


def _kinds(head: dict[int, bytes]) -> list[int]:
    """Types of the records after the first, from 1.003: the first pair counts, each other is type and IDC."""
    pairs = [part.split(_UNIT) for part in head.get(3, b"").split(_RECORD, _MOST_RECORDS + 1)]
    if any(len(pair) != 2 for pair in pairs) or len(pairs) > _MOST_RECORDS:
        raise _malformed()
    numbers = [(_number(kind), _number(other)) for kind, other in pairs]
    if numbers[0] != (1, len(numbers) - 1):
        raise _malformed()
    return [kind for kind, _ in numbers[1:]]


def _tagged(data: bytes, offset: int, kind: int) -> bytes:
    """A record of tagged fields: its first field is its length, its last byte the separator of records."""
    start = _LENGTH.match(data, offset)
    if start is None or int(start[1]) != kind:
        raise _malformed()
    length = int(start[2])
    record = data[offset : offset + length]
    if len(record) != length or record[-1:] != _FILE:
        raise _malformed()
    return record


def _binary(data: bytes, offset: int) -> bytes:
    rest = Fields(data, offset, _malformed)
    length = rest.number(4)
    if length < 5:
        raise _malformed()
    return Fields(data, offset, _malformed).take_bytes(length)


def _fields_of(record: bytes) -> dict[int, bytes]:
    """Field number -> value. Field 999 holds bytes of any value and reaches to the end."""
    found: dict[int, bytes] = {}
    offset, end = 0, len(record) - 1
    while offset < end:
        tag = _TAG.match(record, offset, end)
        if tag is None or len(found) == _MOST_FIELDS or int(tag[2]) in found:
            raise _malformed()
        stop = record.find(_GROUP, tag.end(), end) if int(tag[2]) != 999 else end
        stop = end if stop < 0 else stop
        found[int(tag[2])] = record[tag.end() : stop]
        offset = stop + 1
    return found


def _type_4(record: bytes, head: dict[int, bytes]) -> StoredImage:
    rest = Fields(record, 0, _malformed)
    _, _, _, finger, _, resolution, width, height, compression = rest.take(_TYPE_4)
    # 0 is the least resolution allowed, 19.69 pixels per mm; 1 the native one of field 1.011
    per_mm = 19.69 if resolution == 0 else _per_mm(head.get(11, b""))
    return StoredImage(
        _finger(finger), rest.take_bytes(rest.left), width, height,
        dots_per_inch(per_mm * 10, centimetres=True), _is_raw(compression, 8),
    )


def _type_14(fields: dict[int, bytes]) -> StoredImage:
    """14.006 width, 007 height, 008 units (1 inch, 2 cm), 009 and 010 resolution, 011 coding, 012 bits, 013 finger."""
    width, height, units, across, down, bits = (_number(fields.get(number, b"")) for number in (6, 7, 8, 9, 10, 12))
    if units > 2 or abs(across - down) > 0.02 * across:
        raise Invalid("an2k-resolution", "The ANSI/NIST file states a resolution that no scanner has.")
    dpi = dots_per_inch(across, centimetres=units == 2) if units else None
    raw = _is_raw(_NAMES.get(fields.get(11, b""), -1), bits)
    finger = re.split(b"[\x1e\x1f]", fields.get(13, b"0"), maxsplit=1)[0]
    return StoredImage(_finger(_number(finger)), fields[999], width, height, dpi, raw)


def _is_raw(compression: int, bits: int) -> bool:
    if compression not in _RAW + _FILES or (compression in _RAW and bits != 8):
        raise Invalid("an2k-encoding", "The ANSI/NIST file holds an image in an encoding that is not read.")
    return compression in _RAW


def _finger(position: int) -> int:
    return _PLAIN_THUMBS.get(position, position)


def _per_mm(text: bytes) -> float:
    if re.fullmatch(rb"\d{1,2}\.\d{1,2}", text) is None:
        raise _malformed()
    return float(text)


def _number(text: bytes) -> int:
    if re.fullmatch(rb"\d{1,8}", text) is None:
        raise _malformed()
    return int(text)


def _malformed() -> Invalid:
    return Invalid("an2k-malformed", "The ANSI/NIST file is damaged or cut off.")
