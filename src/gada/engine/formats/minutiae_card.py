"""Minutiae as smart cards hold them: ISO/IEC 19794-2:2005, clause 8, normal and compact size. Read and written.

A card's minutiae are nothing but rows, without header, image size, resolution or quality, so their bytes do not say
what they are: whoever reads them must know it from the card. Units are millimetres, not pixels.
"""

from __future__ import annotations

import numpy as np

from gada.engine.fingerprint.template import Template
from gada.engine.formats import minutiae_fields as fields
from gada.engine.refusal import Invalid

_COMPACT = np.dtype([("x", "u1"), ("y", "u1"), ("kind_and_angle", "u1")])  # 0.1 mm, kind in the two high bits
_COMPACT_UNIT, _NORMAL_UNIT = 0.1, 0.01  # millimetres
_PIXEL = 25.4 / 500  # millimetres
_MOST_MINUTIAE = 255


def read_card_minutiae(data: bytes, *, compact: bool) -> Template:
    """The minutiae of one finger: 3 bytes each in `compact` size, 5 in normal size, in the card's order.

    At 500 dpi, angles in 256 steps, all qualities 0 (not reported); width and height are those of the smallest
    image that holds all points. Raises Invalid `fmr-truncated`, `-too-large`, `-empty`, `-minutia`.
    """
    layout = _COMPACT if compact else fields.FIVE_BYTES
    if not data:
        raise fields.no_finger()
    if len(data) > _MOST_MINUTIAE * layout.itemsize:
        raise fields.too_large()
    if len(data) % layout.itemsize:
        raise fields.cut_off()
    if compact:
        rows = np.frombuffer(data, layout)
        columns = {
            "x": rows["x"], "y": rows["y"], "kind": rows["kind_and_angle"] >> 6,
            "angle": (rows["kind_and_angle"] & 63) * np.uint8(4),
        }
        if np.any(columns["kind"] == 3):
            raise fields.outside()
    else:
        columns = fields.minutiae_of(data, layout)
    unit = _COMPACT_UNIT if compact else _NORMAL_UNIT
    x, y = _pixels(columns["x"], unit), _pixels(columns["y"], unit)
    unknown = np.zeros(len(x), np.uint8)
    return Template(int(x.max()) + 1, int(y.max()) + 1, x, y, columns["angle"], columns["kind"], unknown, 0)


def write_card_minutiae(template: Template, *, compact: bool) -> bytes:
    """The minutiae in the order they stand, qualities left out; compact size rounds to 0.1 mm and 5.6 degrees.

    Raises Invalid `fmr-empty`, and `fmr-card-size` when a point lies beyond what the format can say: 25.5 mm in
    compact size, 163 mm in normal size.
    """
    if not len(template):
        raise fields.no_finger()
    unit, most = (_COMPACT_UNIT, 0xFF) if compact else (_NORMAL_UNIT, 0x3FFF)
    x, y = _units(template.x, unit), _units(template.y, unit)
    if min(x.min(), y.min()) < 0 or max(x.max(), y.max()) > most or np.any(template.kind > 2):
        raise Invalid("fmr-card-size", "This fingerprint is too large for the format of the card.")
    kind = template.kind.astype(np.uint16)
    if compact:
        small = np.empty(len(template), _COMPACT)
        small["x"], small["y"] = x, y
        small["kind_and_angle"] = kind << 6 | ((template.angle.astype(np.uint16) + 2) // 4 & 63)
        return small.tobytes()
    rows = np.empty(len(template), fields.FIVE_BYTES)
    rows["x"], rows["y"], rows["angle"] = x | kind << 14, y, template.angle
    return rows.tobytes()


def _pixels(units: np.ndarray, unit: float) -> np.ndarray:
    return np.floor(units.astype(np.float64) * (unit / _PIXEL) + 0.5).astype(np.int64)


def _units(pixels: np.ndarray, unit: float) -> np.ndarray:
    return np.floor(pixels.astype(np.float64) * (_PIXEL / unit) + 0.5).astype(np.int64)
