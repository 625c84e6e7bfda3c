"""What all minutiae records share: one minutia in five or six bytes, units, bounds, what stands for “not reported”.

Origin at the top left, x to the right, y down, in all of them. Angles run counter-clockwise from the right and
point the same way in ISO/IEC 19794-2 and ANSI INCITS 378 (NIST's own xyt files, which no reader here takes, point
the other way); only the step differs: 256 to the circle, or 180.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.template import Template
from gada.engine.refusal import Invalid

PIXELS_PER_CM = 197  # 500 dpi; the field rounds 196.85
MOST_BYTES = 1 << 20
MOST_VIEWS = 255

SIX_BYTES = np.dtype([("x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])
FIVE_BYTES = np.dtype([("x", ">u2"), ("y", ">u2"), ("angle", "u1")])
_NOT_REPORTED = (254, 255)  # ISO/IEC 19794-1:2011 and INCITS 378-2009: not reported, could not be computed


def minutiae_of(data: bytes, layout: np.dtype, *, steps: int = 256) -> dict[str, NDArray[np.integer]]:
    """Columns of the minutiae in `data`: x and y as written, kind 0..2, angle in 256 steps, quality 0..100 if any.

    `steps` is how many the record's own angle makes to the circle: 256 or 180. Raises Invalid `fmr-...`.
    """
    rows = np.frombuffer(data, layout)
    kind = (rows["x"] >> 14).astype(np.uint8)
    angle = rows["angle"].astype(np.int64)
    if np.any(kind == 3):
        raise outside()
    if np.any(angle >= steps):
        raise Invalid("fmr-angle", "The minutiae record states a direction of more than a full turn.")
    if steps != 256:
        angle = np.floor(angle * 256 / steps + 0.5).astype(np.int64) & 255
    quality = rows["quality"] if "quality" in (layout.names or ()) else np.zeros(len(rows), np.uint8)
    return {
        "x": (rows["x"] & 0x3FFF).astype(np.int64),
        "y": (rows["y"] & 0x3FFF).astype(np.int64),
        "angle": angle.astype(np.uint8),
        "kind": kind,
        "quality": quality,
    }


def template_of(
    columns: dict[str, NDArray[np.integer]], *, size: tuple[int, int], per_cm: tuple[int, int], quality: int
) -> Template:
    """A template at 500 dpi from columns at `per_cm` pixels per centimetre on an image of `size` (width, height)."""
    x, y = columns["x"], columns["y"]
    if np.any(x > size[0]) or np.any(y > size[1]):
        raise outside()
    if np.any(columns["quality"] > 100) or quality > 100:
        raise Invalid("fmr-quality", "The minutiae record states a quality above 100.")
    width, height = to_working(np.array(size), np.array(per_cm))
    if max(width, height) >= 16384:
        raise impossible_geometry()
    return Template(
        int(max(width, 1)), int(max(height, 1)), to_working(x, per_cm[0]), to_working(y, per_cm[1]),
        columns["angle"], columns["kind"], columns["quality"], quality,
    )


def to_working(pixels: NDArray[np.integer], per_cm: NDArray[np.integer] | int) -> NDArray[np.int64]:
    """Pixels at 500 dpi. 197 and 196 both mean 500 dpi: the field rounds 196.85."""
    ratio = np.where(
        (np.asarray(per_cm) == 197) | (np.asarray(per_cm) == 196), 1.0, PIXELS_PER_CM / np.asarray(per_cm)
    )
    working: NDArray[np.int64] = np.floor(pixels * ratio + 0.5).astype(np.int64)
    return working


def check_geometry(width: int, height: int, x_per_cm: int, y_per_cm: int) -> None:
    """Refuse what no scanner makes: sizes of zero or beyond 14 bits, resolutions outside 100 to 2000 dpi."""
    if not (0 < width < 16384 and 0 < height < 16384 and 40 <= x_per_cm <= 800 and 40 <= y_per_cm <= 800):
        raise impossible_geometry()


def check_position(position: int) -> None:
    """Refuse finger positions other than 0 (unknown) and 1 right thumb .. 10 left little."""
    if not 0 <= position <= 10:
        raise Invalid("fmr-position", "The minutiae record names a finger that does not exist.")


def check_length(stated: int, data: bytes) -> None:
    """The record has the length that it states, to the byte."""
    if stated > len(data):
        raise cut_off()
    if stated != len(data):
        raise wrong_length()


def without_codes(quality: NDArray[np.integer]) -> NDArray[np.integer]:
    """Qualities with the two codes for “not known” as 0, which is what the 2005 edition writes for it."""
    return np.where(np.isin(quality, _NOT_REPORTED), 0, quality)


def packed(template: Template, *, angle: NDArray[np.integer] | None = None) -> bytes:
    """The minutiae in six bytes each. Raises Invalid `fmr-minutia` for a point outside its own image."""
    beyond = (
        (template.x < 0) | (template.x > template.width) | (template.y < 0) | (template.y > template.height)
    )
    if np.any(beyond) or np.any(template.kind > 2) or np.any(template.quality > 100):
        raise Invalid("fmr-minutia", "This fingerprint holds a point outside its own image.")
    rows = np.empty(len(template), SIX_BYTES)
    rows["x"] = template.x.astype(np.uint16) | (template.kind.astype(np.uint16) << 14)
    rows["y"] = template.y
    rows["angle"] = template.angle if angle is None else angle
    rows["quality"] = template.quality
    return rows.tobytes()


def too_large() -> Invalid:
    return Invalid("fmr-too-large", "This minutiae record is larger than any real one.")


def not_a_record() -> Invalid:
    return Invalid("fmr-not-a-record", "This is not an ISO/IEC 19794-2 finger minutiae record.")


def cut_off() -> Invalid:
    return Invalid("fmr-truncated", "The minutiae record is cut off.")


def wrong_length() -> Invalid:
    return Invalid("fmr-length", "The minutiae record does not have the length that it states.")


def no_finger() -> Invalid:
    return Invalid("fmr-empty", "The minutiae record holds no finger.")


def wrong_number_of_views() -> Invalid:
    return Invalid("fmr-empty", "A minutiae record holds 1 to 255 finger views.")


def view_out_of_range() -> Invalid:
    return Invalid("fmr-view", "The view number or the kind of impression does not fit into this format.")


def outside() -> Invalid:
    return Invalid("fmr-minutia", "The minutiae record holds a minutia outside its own image.")


def impossible_geometry() -> Invalid:
    return Invalid("fmr-geometry", "The minutiae record states an impossible image size or resolution.")
