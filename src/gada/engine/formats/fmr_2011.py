"""Finger minutiae records, ISO/IEC 19794-2:2011 record format (version 030), read and written.

Layout: general header, then a representation for each view with its own size, resolution, device and qualities
(clause 8, “finger minutiae record format”). Ridge counts, cores, deltas and zones are gone past, like dates, devices
and certificates.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from gada.engine.formats import minutiae_fields as fields
from gada.engine.formats.bounded import Fields
from gada.engine.formats.fmr import FingerView
from gada.engine.refusal import Invalid

VERSION = b"030\0"
HEADER = struct.Struct(">4s4sIHB")  # magic, version, length, representations, certification flag
_LENGTH = struct.Struct(">I")
_CAPTURE = struct.Struct(">9sBHH")  # date and time, technology, vendor and type of the device
_QUALITY = struct.Struct(">BHH")  # score, vendor and algorithm of the quality
_CERTIFICATE_BYTES = 3
_FINGER = struct.Struct(">BBHHBHHBB")  # position, view, x and y px/cm, impression, w, h, kind of minutia, minutiae
_LEAST_REPRESENTATION = _LENGTH.size + _CAPTURE.size + 1 + _FINGER.size + 2  # 34: no quality, no minutia

_NO_DATE = b"\xff" * 9
_UNKNOWN_VENDOR, _UNKNOWN_ALGORITHM = 0x0103, 0x0001  # as registered for “unknown”
_SIX_BYTES_EACH = 0x60  # high half: bytes of one minutia; low half 0: endings lie where the valley forks


def is_fmr_2011(data: bytes) -> bool:
    """Whether the chain of lengths fits: version 030 is also that of ANSI INCITS 378-2009."""
    if len(data) < HEADER.size or data[:8] != b"FMR\0" + VERSION:
        return False
    _, _, length, count, certified = HEADER.unpack_from(data)
    offset = HEADER.size
    if length != len(data) or certified > 1 or not 0 < count <= len(data) // _LEAST_REPRESENTATION:
        return False
    for _ in range(count):
        if offset + _LENGTH.size > len(data):
            return False
        (size,) = _LENGTH.unpack_from(data, offset)
        if size < _LEAST_REPRESENTATION:
            return False
        offset += size
    return offset == len(data)


def read_fmr_2011(data: bytes) -> tuple[FingerView, ...]:
    """The finger views of a record, in its order, at 500 dpi. Raises `Invalid` with a code `fmr-...`.

    A quality that is not reported, of the finger or of a minutia, reads as 0, as in the 2005 edition.
    `impression` is the code of 2011 (0 to 29); beyond 15 the 2005 record cannot say it.
    """
    if len(data) > fields.MOST_BYTES:
        raise fields.too_large()
    if data[:4] != b"FMR\0":
        raise fields.not_a_record()
    if len(data) < HEADER.size:
        raise fields.cut_off()
    _, version, length, count, certified = HEADER.unpack_from(data)
    if version != VERSION:
        raise unknown_version()
    fields.check_length(length, data)
    if certified > 1:
        raise fields.wrong_length()
    if not count:
        raise fields.no_finger()
    if count > fields.MOST_VIEWS:
        raise fields.wrong_number_of_views()
    rest = Fields(data, HEADER.size, fields.cut_off)
    views = tuple(_read_view(rest, bool(certified)) for _ in range(count))
    if rest.left:
        raise fields.wrong_length()
    return views


def write_fmr_2011(views: Sequence[FingerView]) -> bytes:
    """One record of all `views`, without date, device, certificate or extended data."""
    if not 0 < len(views) <= fields.MOST_VIEWS:
        raise fields.wrong_number_of_views()
    body = b"".join(_write_view(view) for view in views)
    return HEADER.pack(b"FMR\0", VERSION, HEADER.size + len(body), len(views), 0) + body


def unknown_version() -> Invalid:
    return Invalid("fmr-edition", "This edition of the minutiae record is not read.")


def _read_view(rest: Fields, certified: bool) -> FingerView:
    size = rest.number(_LENGTH.size)
    if size < _LEAST_REPRESENTATION:
        raise fields.wrong_length()
    view = Fields(rest.take_bytes(size - _LENGTH.size), 0, fields.wrong_length)
    view.skip(_CAPTURE.size)
    quality = _read_quality(view)
    if certified:
        view.skip(view.number(1) * _CERTIFICATE_BYTES)
    position, number, x_per_cm, y_per_cm, impression, width, height, kind, count = view.take(_FINGER)
    if kind >> 4 not in (5, 6):
        raise fields.wrong_length()
    layout = fields.SIX_BYTES if kind >> 4 == 6 else fields.FIVE_BYTES
    minutiae = view.take_bytes(count * layout.itemsize)
    view.skip(view.number(2))
    if view.left:
        raise fields.wrong_length()
    fields.check_position(position)
    fields.check_geometry(width, height, x_per_cm, y_per_cm)
    columns = fields.minutiae_of(minutiae, layout)
    columns["quality"] = fields.without_codes(columns["quality"])
    template = fields.template_of(columns, size=(width, height), per_cm=(x_per_cm, y_per_cm), quality=quality)
    return FingerView(position, template, number, impression)


def _read_quality(view: Fields) -> int:
    """The first score that says something."""
    scores = [view.take(_QUALITY)[0] for _ in range(view.number(1))]
    known = fields.without_codes(np.array(scores, np.int64))
    return next((int(score) for score in known if score), 0)


def _write_view(view: FingerView) -> bytes:
    template = view.template
    fields.check_position(view.position)
    if not 0 <= view.view_number < 256 or not 0 <= view.impression < 256:
        raise fields.view_out_of_range()
    per_cm = fields.PIXELS_PER_CM
    body = (
        _CAPTURE.pack(_NO_DATE, 0, 0, 0)
        + b"\1"
        + _QUALITY.pack(template.finger_quality, _UNKNOWN_VENDOR, _UNKNOWN_ALGORITHM)
        + _FINGER.pack(
            view.position, view.view_number, per_cm, per_cm, view.impression, template.width, template.height,
            _SIX_BYTES_EACH, len(template),
        )
        + fields.packed(template)
        + b"\0\0"
    )
    return _LENGTH.pack(_LENGTH.size + len(body)) + body
