"""ISO records of fingers nobody has, for processes that a test starts itself."""

from __future__ import annotations

from functools import cache

from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.formats.fmr import FingerView, write_fmr


@cache
def _a_template(finger: int, touch: int):  # type: ignore[no-untyped-def]
    return minutiae_finger(finger).impression(touch, noise=0.0, contact=1.0)


def a_record(fingers: dict[int, int], touch: int = 1) -> bytes:
    """An ISO/IEC 19794-2 record; `fingers` maps positions to finger numbers."""
    return write_fmr([FingerView(position, _a_template(finger, touch)) for position, finger in fingers.items()])
