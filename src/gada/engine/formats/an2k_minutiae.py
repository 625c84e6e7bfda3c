"""Minutiae out of ANSI/NIST-ITL files: type 9 records, in the two forms that are open to everybody.

Fields 9.126 to 9.150 (ANSI/NIST-ITL 1-2007 and 1-2011, clause 8.9) hold what ANSI INCITS 378 holds, in digits: pixels
from the top left, directions in steps of two degrees. Fields 9.005 to 9.012 (1-2000, 1-2007; called legacy since 2011)
hold hundredths of a millimetre from the bottom left, and directions in degrees that point the other way, as in NIST's
own xyt files. Vendors' blocks and the extended features of examiners (9.300 and beyond) are gone past.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.parameters import MOST_MINUTIAE
from gada.engine.fingerprint.template import BIFURCATION, ENDING, OTHER, Template
from gada.engine.formats import minutiae_fields
from gada.engine.formats.an2k_records import (
    RECORD,
    UNIT,
    fields_of,
    finger_of,
    first_of,
    malformed,
    number,
    records_of,
)
from gada.engine.formats.fmr import FingerView
from gada.engine.refusal import Invalid

MINUTIAE_TYPE: Final = 9
_WIDTH, _HEIGHT, _UNITS, _ACROSS, _DOWN, _VIEW, _FINGER, _QUALITY, _COUNT, _MINUTIAE = (*range(128, 138),)
_STEPS: Final = 180
_LEGACY_FINGER, _LEGACY_COUNT, _LEGACY_MINUTIAE = 6, 10, 12
_LEGACY_KINDS: Final = {b"A": ENDING, b"B": BIFURCATION, b"C": OTHER, b"D": OTHER}  # C compound, D not determined
_PLACE = re.compile(rb"(\d{4})(\d{4})(\d{3})")  # x and y in hundredths of a millimetre, degrees
_BEST, _WORST = 2, 63  # qualities of 9.012; 0 and 1 say nothing of the kind
_MILLIMETRES_A_PIXEL: Final = 25.4 / 500
_LAST_FINGER: Final = 10  # beyond, after the plain thumbs: several fingers at once, palms, soles


def read_an2k_minutiae(data: bytes) -> tuple[FingerView, ...]:
    """The minutiae of each finger in a file, in its order, at 500 dpi. Raises `Invalid`, `an2k-...` or `fmr-...`.

    Of more than 255 minutiae the best are kept. Palms are gone past.
    """
    _, records = records_of(data)
    found = [_view(fields_of(record)) for kind, record in records if kind == MINUTIAE_TYPE]
    views = tuple(view for view in found if view is not None and view.position <= _LAST_FINGER)
    if not views:
        raise Invalid("an2k-no-minutiae", "This ANSI/NIST file holds no minutiae of a finger that can be read.")
    return views


def _view(fields: dict[int, bytes]) -> FingerView | None:
    impression = number(first_of(fields.get(3, b"0")))
    if _MINUTIAE in fields:
        finger = finger_of(number(first_of(fields.get(_FINGER, b"0"))))
        return FingerView(finger, _incits(fields), number(first_of(fields.get(_VIEW, b"0"))), impression)
    if _LEGACY_MINUTIAE in fields:
        finger = finger_of(number(first_of(fields.get(_LEGACY_FINGER, b"0"))))
        return FingerView(finger, _legacy(fields), 0, impression)
    return None


def _incits(fields: dict[int, bytes]) -> Template:
    """9.128 width, 129 height, 130 units (1 inch, 2 cm), 131 and 132 resolution, 133 view, 134 finger, 135 quality,
    136 how many, 137 of each: index, x, y, direction, kind, quality."""
    wanted = (_WIDTH, _HEIGHT, _UNITS, _ACROSS, _DOWN)
    width, height, units, across, down = (number(fields.get(each, b"")) for each in wanted)
    if units not in (1, 2):
        raise malformed()
    per_cm = [round(rate / 2.54) if units == 1 else rate for rate in (across, down)]
    minutiae_fields.check_geometry(width, height, *per_cm)
    rows = np.array([[number(item) for item in row] for row in _rows(fields, _MINUTIAE, _COUNT, items=6)], np.int64)
    _, x, y, angle, kind, quality = rows.T
    if (angle >= _STEPS).any() or (kind > 2).any():
        raise malformed()
    stated = minutiae_fields.without_codes(np.array(number(first_of(fields.get(_QUALITY, b"0")))))
    return minutiae_fields.template_of(
        _best({
            "x": x, "y": y, "angle": _steps(angle * (360 // _STEPS)), "kind": kind.astype(np.uint8),
            "quality": minutiae_fields.without_codes(quality),
        }),
        size=(width, height), per_cm=(per_cm[0], per_cm[1]), quality=int(stated),
    )  # fmt: skip


def _legacy(fields: dict[int, bytes]) -> Template:
    """9.006 finger, 010 how many, 012 of each: index, place and direction in eleven digits, quality, kind, and ridge
    counts. There is no image to stand in: the topmost minutia is given y 0, and the frame is the smallest."""
    rows = _rows(fields, _LEGACY_MINUTIAE, _LEGACY_COUNT, items=4)
    placed = [_PLACE.fullmatch(row[1]) for row in rows]
    if any(row[3] not in _LEGACY_KINDS for row in rows):
        raise malformed()
    x, up, degrees = np.array([_three(place) for place in placed], np.int64).T
    if (degrees > 360).any():
        raise malformed()
    across, down = _pixels(x), _pixels(up.max() - up)
    columns: dict[str, NDArray[np.integer]] = {
        "x": across, "y": down, "angle": _steps(degrees + 180),
        "kind": np.array([_LEGACY_KINDS[row[3]] for row in rows], np.uint8),
        "quality": np.array([_confidence(number(row[2])) for row in rows], np.uint8),
    }  # fmt: skip
    size = int(across.max()) + 1, int(down.max()) + 1
    per_cm = minutiae_fields.PIXELS_PER_CM
    return minutiae_fields.template_of(_best(columns), size=size, per_cm=(per_cm, per_cm), quality=0)


def _rows(fields: dict[int, bytes], minutiae: int, count: int, *, items: int) -> list[list[bytes]]:
    """A row for each minutia, as many as another field says, each with its first `items` items."""
    rows = [row.split(UNIT) for row in fields[minutiae].split(RECORD)]
    if len(rows) != number(first_of(fields.get(count, b""))) or any(len(row) < items for row in rows):
        raise malformed()
    return [row[:items] for row in rows]


def _three(place: re.Match[bytes] | None) -> tuple[int, int, int]:
    if place is None:
        raise malformed()
    return int(place[1]), int(place[2]), int(place[3])


def _confidence(quality: int) -> int:
    """2 (best) .. 63 (worst) as 100 .. 1; 0 (set by hand) and 1 (not known) as 0, not reported."""
    if quality > _WORST:
        raise malformed()
    return 1 + round(99 * (_WORST - quality) / (_WORST - _BEST)) if quality >= _BEST else 0


def _steps(degrees: NDArray[np.int64]) -> NDArray[np.uint8]:
    return (np.floor(degrees * 256 / 360 + 0.5).astype(np.int64) & 255).astype(np.uint8)


def _pixels(hundredths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.floor(hundredths / (100 * _MILLIMETRES_A_PIXEL) + 0.5).astype(np.int64)


def _best(columns: dict[str, NDArray[np.integer]]) -> dict[str, NDArray[np.integer]]:
    """As many as a template holds."""
    kept = np.sort(np.argsort(-columns["quality"].astype(np.int64), kind="stable")[:MOST_MINUTIAE])
    return {name: column[kept] for name, column in columns.items()}
