"""Finger minutiae records, ISO/IEC 19794-2:2005 record format, read and written.

Clause numbers below are of that standard. Reading trusts no length: whatever the bytes, the outcome is
views or `Invalid`. Coordinates are brought to 500 dpi (197 pixels per cm).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gada.engine.fingerprint.template import Template
from gada.engine.refusal import Invalid

_HEADER = struct.Struct(">4s4sIHHHHHBB")  # 7.3: magic, version, length, device, w, h, x and y px/cm, views, 0
_VIEW = struct.Struct(">BBBB")  # 7.4.1: position, view number and impression, quality, minutiae
_MINUTIA = np.dtype([("x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])  # 7.4.2
_WORKING_PIXELS_PER_CM = 197
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FingerView:
    """One impression of one finger. `position` 0 unknown, 1 right thumb .. 10 left little (Table 2)."""

    position: int
    template: Template
    view_number: int = 0
    impression: int = 0


def read_fmr(data: bytes) -> tuple[FingerView, ...]:
    """The finger views of a record, in its order. Raises `Invalid` with a code `fmr-...`."""
    if len(data) > _MOST_BYTES:
        raise Invalid("fmr-too-large", "This minutiae record is larger than any real one.")
    if data[:4] != b"FMR\0":
        raise Invalid("fmr-not-a-record", "This is not an ISO/IEC 19794-2 finger minutiae record.")
    if len(data) < _HEADER.size:
        raise _truncated()
    _, version, length, _, width, height, x_per_cm, y_per_cm, views, _ = _HEADER.unpack_from(data)
    if version != b" 20\0":
        raise Invalid("fmr-version", "Only the 2005 edition of ISO/IEC 19794-2 (version 20) is read.")
    if length > len(data):
        raise _truncated()
    if length != len(data):
        raise Invalid("fmr-length", "The minutiae record does not have the length that it states.")
    if not (0 < width < 16384 and 0 < height < 16384 and 40 <= x_per_cm <= 800 and 40 <= y_per_cm <= 800):
        raise Invalid("fmr-geometry", "The minutiae record states an impossible image size or resolution.")
    if not views:
        raise Invalid("fmr-empty", "The minutiae record holds no finger.")
    found, offset = [], _HEADER.size
    for _ in range(views):
        view, offset = _read_view(data, offset, (width, height), (x_per_cm, y_per_cm))
        found.append(view)
    if offset != len(data):
        raise Invalid("fmr-length", "The minutiae record does not have the length that it states.")
    return tuple(found)


def write_fmr(views: Sequence[FingerView]) -> bytes:
    """One record of all `views`; its image size is the largest among them."""
    if not 0 < len(views) < 256:
        raise Invalid("fmr-empty", "A minutiae record holds 1 to 255 finger views.")
    body = b"".join(_write_view(view) for view in views)
    width = max(view.template.width for view in views)
    height = max(view.template.height for view in views)
    per_cm = _WORKING_PIXELS_PER_CM
    length = _HEADER.size + len(body)
    return _HEADER.pack(b"FMR\0", b" 20\0", length, 0, width, height, per_cm, per_cm, len(views), 0) + body


def _read_view(
    data: bytes, offset: int, size: tuple[int, int], per_cm: tuple[int, int]
) -> tuple[FingerView, int]:
    if offset + _VIEW.size > len(data):
        raise _truncated()
    position, number_and_impression, quality, count = _VIEW.unpack_from(data, offset)
    offset += _VIEW.size
    end = offset + count * _MINUTIA.itemsize
    if end + 2 > len(data):
        raise _truncated()
    extended = int.from_bytes(data[end : end + 2], "big")  # 7.5: ridge counts, cores, deltas; not used
    if end + 2 + extended > len(data):
        raise _truncated()
    if position > 10:
        raise Invalid("fmr-position", "The minutiae record names a finger that does not exist.")
    if quality > 100:
        raise Invalid("fmr-quality", "The minutiae record states a quality above 100.")
    minutiae = np.frombuffer(data, _MINUTIA, count, offset)
    template = _template(minutiae, size, per_cm, quality)
    view = FingerView(position, template, number_and_impression >> 4, number_and_impression & 15)
    return view, end + 2 + extended


def _template(minutiae: np.ndarray, size: tuple[int, int], per_cm: tuple[int, int], quality: int) -> Template:
    kind = (minutiae["x"] >> 14).astype(np.uint8)
    x, y = (minutiae["x"] & 0x3FFF).astype(np.int64), (minutiae["y"] & 0x3FFF).astype(np.int64)
    if np.any(kind == 3) or np.any(x > size[0]) or np.any(y > size[1]):
        raise Invalid("fmr-minutia", "The minutiae record holds a minutia outside its own image.")
    if np.any(minutiae["quality"] > 100):
        raise Invalid("fmr-quality", "The minutiae record states a quality above 100.")
    x, y = _to_working(x, per_cm[0]), _to_working(y, per_cm[1])
    width, height = _to_working(np.array(size), np.array(per_cm))
    if max(width, height) >= 16384:
        raise Invalid("fmr-geometry", "The minutiae record states an impossible image size or resolution.")
    return Template(
        int(max(width, 1)), int(max(height, 1)), x, y, minutiae["angle"], kind, minutiae["quality"], quality
    )


def _to_working(pixels: np.ndarray, per_cm: np.ndarray | int) -> np.ndarray:
    """Pixels at 500 dpi. 197 and 196 both mean 500 dpi: the field rounds 196.85."""
    ratio = np.where(
        (np.asarray(per_cm) == 197) | (np.asarray(per_cm) == 196), 1.0, _WORKING_PIXELS_PER_CM / per_cm
    )
    return np.floor(pixels * ratio + 0.5).astype(np.int64)


def _write_view(view: FingerView) -> bytes:
    template = view.template
    if not 0 <= view.position <= 10 or not 0 <= view.view_number < 16 or not 0 <= view.impression < 16:
        raise Invalid("fmr-position", "The minutiae record names a finger that does not exist.")
    outside = (
        (template.x < 0) | (template.x > template.width) | (template.y < 0) | (template.y > template.height)
    )
    if np.any(outside) or np.any(template.kind > 2) or np.any(template.quality > 100):
        raise Invalid("fmr-minutia", "This fingerprint holds a point outside its own image.")
    minutiae = np.empty(len(template), _MINUTIA)
    minutiae["x"] = template.x.astype(np.uint16) | (template.kind.astype(np.uint16) << 14)
    minutiae["y"] = template.y
    minutiae["angle"], minutiae["quality"] = template.angle, template.quality
    number = view.view_number << 4 | view.impression
    head = _VIEW.pack(view.position, number, template.finger_quality, len(template))
    return head + minutiae.tobytes() + b"\0\0"


def _truncated() -> Invalid:
    return Invalid("fmr-truncated", "The minutiae record is cut off.")
