"""Finger minutiae records of ANSI INCITS 378-2004 and 378-2009 (with its amendment 1), read and written.

The American twins of ISO/IEC 19794-2: the same minutia in six bytes, but directions in steps of two degrees, a
product identifier in the header, and in 2004 a length of two bytes (or of six, of which the first two are zero).
Layout: record header, then finger views with their minutiae (clause 6 of both). Ridge counts, cores and deltas are
gone past.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from gada.engine.formats import minutiae_fields as fields
from gada.engine.formats.bounded import Fields
from gada.engine.formats.fmr import FingerView
from gada.engine.formats.fmr_2011 import unknown_version

VERSION_2004 = b" 20\0"
VERSIONS_2009 = (b"030\0", b"035\0")  # 035: amendment 1, the same layout

_START = 8  # magic and version
_HEADER_2004 = struct.Struct(">HHHHHHHBB")  # owner, product, device, w, h, x and y px/cm, views, 0
_VIEW_2004 = struct.Struct(">BBBB")  # position, view number and impression, quality, minutiae
_LEAST_2004 = _START + 2 + _HEADER_2004.size  # 26
_HEADER_2009 = struct.Struct(">HHBHBB")  # owner, product, compliance, device, views, 0
_VIEW_2009 = struct.Struct(">BBBBHHHHHHB")  # position, view, impression, quality and its two, w, h, px/cm, minutiae
_STEPS = 180
_UNKNOWN_VENDOR, _UNKNOWN_ALGORITHM = 0x0103, 0x0001  # as registered for “unknown”; zero is not allowed


def is_incits_378_2004(data: bytes) -> bool:
    """Whether a record of version 20 is the American one: told by where a length that can be is written.

    ISO/IEC 19794-2:2005 has four bytes there, of which the first two are below 26 in any record we accept.
    """
    first, second = struct.unpack_from(">HH", data.ljust(_START + 4, b"\0"), _START)
    return data[:8] == b"FMR\0" + VERSION_2004 and (first >= _LEAST_2004 or (first == 0 and second < 24))


def read_incits_378(data: bytes) -> tuple[FingerView, ...]:
    """The finger views of a record of either edition, in its order, at 500 dpi, directions in 256 steps.

    A quality that is not reported (2009) reads as 0. Raises `Invalid` with a code `fmr-...`.
    """
    if len(data) > fields.MOST_BYTES:
        raise fields.too_large()
    if data[:4] != b"FMR\0":
        raise fields.not_a_record()
    version = data[4:8]
    rest = Fields(data, min(_START, len(data)), fields.cut_off)
    if version == VERSION_2004:
        views = _read_2004(rest, data)
    elif version in VERSIONS_2009:
        views = _read_2009(rest, data)
    else:
        raise fields.cut_off() if len(data) < _START else unknown_version()
    if rest.left:
        raise fields.wrong_length()
    return views


def write_incits_378(views: Sequence[FingerView], *, edition: int = 2004) -> bytes:
    """One record of all `views` in the layout of `edition`, 2004 or 2009. Directions lose up to one degree."""
    if not 0 < len(views) <= fields.MOST_VIEWS:
        raise fields.wrong_number_of_views()
    for view in views:
        fields.check_position(view.position)
        if not 0 <= view.view_number < 16 or not 0 <= view.impression < (16 if edition == 2004 else 256):
            raise fields.view_out_of_range()
    if edition == 2004:
        return _write_2004(views)
    if edition == 2009:
        return _write_2009(views)
    raise unknown_version()


def _read_2004(rest: Fields, data: bytes) -> tuple[FingerView, ...]:
    length = rest.number(2) or rest.number(4)
    fields.check_length(length, data)
    _, _, _, width, height, x_per_cm, y_per_cm, count, _ = rest.take(_HEADER_2004)
    fields.check_geometry(width, height, x_per_cm, y_per_cm)
    if not count:
        raise fields.no_finger()
    found = []
    for _ in range(count):
        position, number_and_impression, quality, minutiae = rest.take(_VIEW_2004)
        columns = _minutiae(rest, minutiae)
        fields.check_position(position)
        template = fields.template_of(
            columns, size=(width, height), per_cm=(x_per_cm, y_per_cm), quality=quality
        )
        found.append(FingerView(position, template, number_and_impression >> 4, number_and_impression & 15))
    return tuple(found)


def _read_2009(rest: Fields, data: bytes) -> tuple[FingerView, ...]:
    fields.check_length(rest.number(4), data)
    *_, count, _ = rest.take(_HEADER_2009)
    if not count:
        raise fields.no_finger()
    found = []
    for _ in range(count):
        position, number, impression, score, _, _, width, height, x_per_cm, y_per_cm, minutiae = rest.take(_VIEW_2009)
        columns = _minutiae(rest, minutiae)
        columns["quality"] = fields.without_codes(columns["quality"])
        quality = int(fields.without_codes(np.array(score)))
        fields.check_position(position)
        fields.check_geometry(width, height, x_per_cm, y_per_cm)
        template = fields.template_of(
            columns, size=(width, height), per_cm=(x_per_cm, y_per_cm), quality=quality
        )
        found.append(FingerView(position, template, number, impression))
    return tuple(found)


def _minutiae(rest: Fields, count: int) -> dict[str, np.ndarray]:
    minutiae = rest.take_bytes(count * fields.SIX_BYTES.itemsize)
    rest.skip(rest.number(2))
    return fields.minutiae_of(minutiae, fields.SIX_BYTES, steps=_STEPS)


def _write_2004(views: Sequence[FingerView]) -> bytes:
    body = b"".join(
        _VIEW_2004.pack(
            view.position, view.view_number << 4 | view.impression, view.template.finger_quality, len(view.template)
        )
        + _packed(view)
        for view in views
    )
    width = max(view.template.width for view in views)
    height = max(view.template.height for view in views)
    per_cm = fields.PIXELS_PER_CM
    length = _LEAST_2004 + len(body)
    stated = struct.pack(">H", length) if length < 1 << 16 else struct.pack(">HI", 0, length + 4)
    header = _HEADER_2004.pack(_UNKNOWN_VENDOR, 0, 0, width, height, per_cm, per_cm, len(views), 0)
    return b"FMR\0" + VERSION_2004 + stated + header + body


def _write_2009(views: Sequence[FingerView]) -> bytes:
    per_cm = fields.PIXELS_PER_CM
    body = b"".join(
        _VIEW_2009.pack(
            view.position, view.view_number, view.impression, view.template.finger_quality, _UNKNOWN_VENDOR,
            _UNKNOWN_ALGORITHM, view.template.width, view.template.height, per_cm, per_cm, len(view.template),
        )
        + _packed(view)
        for view in views
    )
    length = _START + 4 + _HEADER_2009.size + len(body)
    header = _HEADER_2009.pack(_UNKNOWN_VENDOR, 0, 0, 0, len(views), 0)
    return b"FMR\0" + VERSIONS_2009[0] + struct.pack(">I", length) + header + body


def _packed(view: FingerView) -> bytes:
    angle = np.floor(view.template.angle.astype(np.int64) * _STEPS / 256 + 0.5).astype(np.int64) % _STEPS
    return fields.packed(view.template, angle=angle) + b"\0\0"
