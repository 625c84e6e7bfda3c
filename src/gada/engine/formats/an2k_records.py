"""The records of ANSI/NIST-ITL files (1-2011 and before, traditional encoding, annex B), unread.

A file is a chain of records. Type 1 comes first and names the others in its field 1.003; types 3 to 8 are binary and
begin with their length, all others are fields with tags, of which the first is the length.
"""

from __future__ import annotations

import re
from typing import Final

from gada.engine.fingerprint import parameters
from gada.engine.formats.bounded import Fields
from gada.engine.refusal import Invalid

_FILE, _GROUP, RECORD, UNIT = b"\x1c", b"\x1d", b"\x1e", b"\x1f"  # separators: record, field, subfield, item
_BEGINNING = re.compile(rb"1\.0{0,2}1:\d{1,8}\x1d")
_LENGTH = re.compile(rb"(\d{1,2})\.0{0,2}1:(\d{1,8})\x1d")
_TAG = re.compile(rb"(\d{1,2})\.(\d{1,9}):")
_BINARY_TYPES: Final = (3, 4, 5, 6, 7, 8)
_MOST_RECORDS: Final = 1000
_MOST_FIELDS: Final = 1000
_PLAIN_THUMBS: Final = {11: 1, 12: 6}  # the thumbs again, laid down instead of rolled


def is_an2k(data: bytes) -> bool:
    """Whether the bytes begin with field 1.001."""
    return _BEGINNING.match(data) is not None


def records_of(data: bytes) -> tuple[dict[int, bytes], list[tuple[int, bytes]]]:
    """Fields of the first record, and type and bytes of each other. Raises `Invalid` with a code `an2k-...`."""
    if len(data) > parameters.MOST_BYTES:
        raise Invalid("an2k-too-large", "This ANSI/NIST file is larger than any real one.")
    if not is_an2k(data):
        raise Invalid("an2k-not-a-file", "This is not an ANSI/NIST file in traditional encoding.")
    first = _tagged(data, 0, 1)
    head = fields_of(first)
    offset, found = len(first), []
    for kind in _kinds(head):
        record = _binary(data, offset) if kind in _BINARY_TYPES else _tagged(data, offset, kind)
        offset += len(record)
        found.append((kind, record))
    if offset != len(data):
        raise malformed()
    return head, found


def fields_of(record: bytes) -> dict[int, bytes]:
    """Field number -> value. Field 999 holds bytes of any value and reaches to the end."""
    found: dict[int, bytes] = {}
    offset, end = 0, len(record) - 1
    while offset < end:
        tag = _TAG.match(record, offset, end)
        if tag is None or len(found) == _MOST_FIELDS or int(tag[2]) in found:
            raise malformed()
        stop = record.find(_GROUP, tag.end(), end) if int(tag[2]) != 999 else end
        stop = end if stop < 0 else stop
        found[int(tag[2])] = record[tag.end() : stop]
        offset = stop + 1
    return found


def first_of(value: bytes) -> bytes:
    """The first item of a field that may hold several."""
    return value.split(RECORD, 1)[0].split(UNIT, 1)[0]


def finger_of(position: int) -> int:
    """A position with the plain thumbs (11, 12) as thumbs."""
    return _PLAIN_THUMBS.get(position, position)


def number(text: bytes) -> int:
    """A number in digits. Raises `Invalid`."""
    if re.fullmatch(rb"\d{1,8}", text) is None:
        raise malformed()
    return int(text)


def malformed() -> Invalid:
    return Invalid("an2k-malformed", "The ANSI/NIST file is damaged or cut off.")


def _kinds(head: dict[int, bytes]) -> list[int]:
    """Types of the records after the first, from 1.003: the first pair counts, each other is type and IDC."""
    pairs = [part.split(UNIT) for part in head.get(3, b"").split(RECORD, _MOST_RECORDS + 1)]
    if any(len(pair) != 2 for pair in pairs) or len(pairs) > _MOST_RECORDS:
        raise malformed()
    numbers = [(number(kind), number(other)) for kind, other in pairs]
    if numbers[0] != (1, len(numbers) - 1):
        raise malformed()
    return [kind for kind, _ in numbers[1:]]


def _tagged(data: bytes, offset: int, kind: int) -> bytes:
    """A record of tagged fields: its first field is its length, its last byte the separator of records."""
    start = _LENGTH.match(data, offset)
    if start is None or int(start[1]) != kind:
        raise malformed()
    length = int(start[2])
    record = data[offset : offset + length]
    if len(record) != length or record[-1:] != _FILE:
        raise malformed()
    return record


def _binary(data: bytes, offset: int) -> bytes:
    length = Fields(data, offset, malformed).number(4)
    if length < 5:
        raise malformed()
    return Fields(data, offset, malformed).take_bytes(length)
