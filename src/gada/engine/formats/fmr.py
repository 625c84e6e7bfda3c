"""Finger minutiae records, ISO/IEC 19794-2:2005 record format, read and written.

Clause numbers below are of that standard. Reading trusts no length: whatever the bytes, the outcome is
views or `Invalid`. Coordinates are brought to 500 dpi (197 pixels per cm). What other editions and the
American standard write is read by `minutiae.read_minutiae`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from gada.engine.fingerprint.template import Template
from gada.engine.formats import minutiae_fields as fields
from gada.engine.formats.bounded import Fields
from gada.engine.refusal import Invalid

_HEADER = struct.Struct(">4s4sIHHHHHBB")  # 7.3: magic, version, length, device, w, h, x and y px/cm, views, 0
_VIEW = struct.Struct(">BBBB")  # 7.4.1: position, view number and impression, quality, minutiae


@dataclass(frozen=True, slots=True)
class FingerView:
    """One impression of one finger. `position` 0 unknown, 1 right thumb .. 10 left little (Table 2)."""

    position: int
    template: Template
    view_number: int = 0
    impression: int = 0


def read_fmr(data: bytes) -> tuple[FingerView, ...]:
    """The finger views of a record, in its order. Raises `Invalid` with a code `fmr-...`."""
    if len(data) > fields.MOST_BYTES:
        raise fields.too_large()
    if data[:4] != b"FMR\0":
        raise fields.not_a_record()
    if len(data) < _HEADER.size:
        raise fields.cut_off()
    _, version, length, _, width, height, x_per_cm, y_per_cm, views, _ = _HEADER.unpack_from(data)
    if version != b" 20\0":
        raise Invalid("fmr-version", "Only the 2005 edition of ISO/IEC 19794-2 (version 20) is read.")
    fields.check_length(length, data)
    fields.check_geometry(width, height, x_per_cm, y_per_cm)
    if not views:
        raise fields.no_finger()
    rest = Fields(data, _HEADER.size, fields.cut_off)
    found = tuple(_read_view(rest, (width, height), (x_per_cm, y_per_cm)) for _ in range(views))
    if rest.left:
        raise fields.wrong_length()
    return found


def write_fmr(views: Sequence[FingerView]) -> bytes:
    """One record of all `views`; its image size is the largest among them."""
    if not 0 < len(views) <= fields.MOST_VIEWS:
        raise fields.wrong_number_of_views()
    body = b"".join(_write_view(view) for view in views)
    width = max(view.template.width for view in views)
    height = max(view.template.height for view in views)
    per_cm = fields.PIXELS_PER_CM
    length = _HEADER.size + len(body)
    return _HEADER.pack(b"FMR\0", b" 20\0", length, 0, width, height, per_cm, per_cm, len(views), 0) + body


def _read_view(rest: Fields, size: tuple[int, int], per_cm: tuple[int, int]) -> FingerView:
    position, number_and_impression, quality, count = rest.take(_VIEW)
    minutiae = rest.take_bytes(count * fields.SIX_BYTES.itemsize)
    rest.skip(rest.number(2))  # 7.5: ridge counts, cores, deltas; not used
    fields.check_position(position)
    columns = fields.minutiae_of(minutiae, fields.SIX_BYTES)
    template = fields.template_of(columns, size=size, per_cm=per_cm, quality=quality)
    return FingerView(position, template, number_and_impression >> 4, number_and_impression & 15)


def _write_view(view: FingerView) -> bytes:
    fields.check_position(view.position)
    if not 0 <= view.view_number < 16 or not 0 <= view.impression < 16:
        raise fields.view_out_of_range()
    number = view.view_number << 4 | view.impression
    head = _VIEW.pack(view.position, number, view.template.finger_quality, len(view.template))
    return head + fields.packed(view.template) + b"\0\0"
