"""CBEFF (ISO/IEC 19785): what is wrapped around a biometric record is taken off, unread.

Four patron formats: the 88 bytes of fixed fields that PIV cards put before a record (NIST SP 800-76, CBEFF header),
the 16 bytes of BioAPI 1.1 (BioAPI_BIR_HEADER; NISTIR 6529-A, patron format B), the nested fields of smart cards and
passports (ISO/IEC 7816-11 and ISO/IEC 19785-3, TLV-encoded; ICAO Doc 9303 part 10, data group 3), and XML (see
`cbeff_xml`). Signatures around the record are not checked: a record inside is as good as one without.
"""

from __future__ import annotations

import struct
from typing import Final

from gada.engine.fingerprint import parameters
from gada.engine.formats.bounded import Fields
from gada.engine.formats.cbeff_xml import encrypted, is_cbeff_xml, malformed, unwrap_cbeff_xml
from gada.engine.refusal import Invalid

_FIXED = struct.Struct(">BBIHHH")  # patron version 3, security options, bytes of the record and of the signature,
_FIXED_BYTES: Final = 88  # owner and type of the format; then dates, kind, quality, creator, card number: 88 in all
_OWNERS: Final = (0x001B, 0x0101)  # INCITS M1, ISO/IEC JTC 1 SC 37
_ENCRYPTED: Final = 0x02  # security options are 0x0D (signed) or 0x0F (signed and encrypted)

_BIOAPI = struct.Struct(
    "<IBBHHbBI"
)  # bytes of header and record, version 1, kind of data, owner and type of the format,
_BIOAPI_VERSION: Final = 1  # quality, purpose, factors; as they lie in the memory of a PC, so the low byte first
_BIOAPI_ENCRYPTED, _BIOAPI_SIGNED = 0x10, 0x20

_DATA_GROUP_3, _GROUP, _COUNT, _TEMPLATE, _RECORDS = 0x63, 0x7F61, 0x02, 0x7F60, (0x5F2E, 0x7F2E)
_MOST_FIELDS: Final = 255


def is_cbeff(data: bytes) -> bool:
    """Whether the bytes begin like one of the four wrappings."""
    group = data[:1] == b"\x63" and b"\x7f\x61" in data[2:8]
    nested = group or data[:2] in (b"\x7f\x61", b"\x7f\x60")
    return nested or _is_fixed(data) or _is_bioapi(data) or is_cbeff_xml(data)


def unwrap_cbeff(data: bytes) -> tuple[bytes, ...]:
    """The records inside, in their order, untouched. Raises `Invalid` with a code `cbeff-...`."""
    if len(data) > parameters.MOST_BYTES:
        raise Invalid("cbeff-too-large", "This wrapped biometric record is larger than any real one.")
    if not is_cbeff(data):
        raise Invalid("cbeff-unknown", "This is not a wrapped biometric record (CBEFF) that can be read.")
    if _is_fixed(data):
        return (_unwrap_fixed(data),)
    if _is_bioapi(data):
        return (_unwrap_bioapi(data),)
    if is_cbeff_xml(data):
        return unwrap_cbeff_xml(data)
    [(tag, value)] = _fields(data, at_most=1)
    if tag == _DATA_GROUP_3:
        [(tag, value)] = _fields(value, at_most=1)
    if tag == _TEMPLATE:
        return (_record_in(value),)
    if tag != _GROUP:
        raise malformed()
    inside = _fields(value, at_most=_MOST_FIELDS)
    records = tuple(_record_in(part) for name, part in inside if name == _TEMPLATE)
    counts = [part for name, part in inside if name == _COUNT]
    if not records or counts != [bytes([len(records)])]:
        raise malformed()
    return records


def _is_fixed(data: bytes) -> bool:
    return len(data) >= _FIXED.size and data[0] == 3 and _FIXED.unpack_from(data)[4] in _OWNERS


def _unwrap_fixed(data: bytes) -> bytes:
    _, options, record, signature, _, _ = _FIXED.unpack_from(data)
    if options & _ENCRYPTED:
        raise encrypted()
    if _FIXED_BYTES + record + signature != len(data):
        raise malformed()
    return data[_FIXED_BYTES : _FIXED_BYTES + record]


def _is_bioapi(data: bytes) -> bool:
    if len(data) < _BIOAPI.size:
        return False
    length, version, _, owner, *_ = _BIOAPI.unpack_from(data)
    return version == _BIOAPI_VERSION and owner in _OWNERS and _BIOAPI.size < length <= parameters.MOST_BYTES


def _unwrap_bioapi(data: bytes) -> bytes:
    """After the record, a signature with its own length of four bytes when the kind of data says so."""
    length, _, kind, *_ = _BIOAPI.unpack_from(data)
    if kind & _BIOAPI_ENCRYPTED:
        raise encrypted()
    rest = Fields(data, length, malformed)
    if kind & _BIOAPI_SIGNED:
        rest.skip(int.from_bytes(rest.take_bytes(4), "little"))
    if rest.left:
        raise malformed()
    return data[_BIOAPI.size : length]


def _record_in(template: bytes) -> bytes:
    records = [value for tag, value in _fields(template, at_most=_MOST_FIELDS) if tag in _RECORDS]
    if len(records) != 1:
        raise malformed()
    return records[0]


def _fields(data: bytes, *, at_most: int) -> list[tuple[int, bytes]]:
    """The fields of one level: tags of one or two bytes, lengths of one to five, as in ISO/IEC 7816-4."""
    rest = Fields(data, 0, malformed)
    found: list[tuple[int, bytes]] = []
    while rest.left or not found:
        if len(found) == at_most:
            raise malformed()
        tag = rest.number(1)
        if tag & 0x1F == 0x1F:
            tag = tag << 8 | rest.number(1)
            if tag & 0x80:
                raise malformed()
        length = rest.number(1)
        if length >= 0x80:
            if not 0x81 <= length <= 0x84:
                raise malformed()
            length = rest.number(length & 0x7F)
        found.append((tag, rest.take_bytes(length)))
    return found
