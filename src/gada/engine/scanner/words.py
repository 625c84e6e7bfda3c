"""Words of the Secure Biometric Interface: fingers by ISO position, faults by number, ports."""

from __future__ import annotations

from typing import Any, Final

from gada.engine.refusal import Invalid

FIRST_PORT: Final = 4501
LAST_PORT: Final = 4600
ENVIRONMENTS: Final = ("Staging", "Developer", "Pre-Production", "Production")
FINGERS: Final = {
    1: "Right Thumb", 2: "Right IndexFinger", 3: "Right MiddleFinger", 4: "Right RingFinger", 5: "Right LittleFinger",
    6: "Left Thumb", 7: "Left IndexFinger", 8: "Left MiddleFinger", 9: "Left RingFinger", 10: "Left LittleFinger",
}
UNKNOWN: Final = "UNKNOWN"
_OLDER: Final = {
    "RF_THUMB": 1, "RF_INDEX": 2, "RF_MIDDLE": 3, "RF_RING": 4, "RF_LITTLE": 5, "LF_THUMB": 6, "LF_INDEX": 7,
    "LF_MIDDLE": 8, "LF_RING": 9, "LF_LITTLE": 10,
}
_POSITIONS: Final = {name.replace(" ", "").lower(): position for position, name in FINGERS.items()} | {
    name.lower(): position for name, position in _OLDER.items()
}
NO_FINGER, NOT_FOUND, BUSY = "101", "106", "111"


def position_of(name: Any) -> int | None:
    """ISO position of a finger as a scanner names it; 0 when it says that it does not know, None for anything else."""
    if not isinstance(name, str):
        return None
    if name.upper() in (UNKNOWN, ""):
        return 0
    return _POSITIONS.get(name.replace(" ", "").lower())


def fault_of(code: str) -> Invalid:
    """What a scanner's fault means to whoever stands in front of it."""
    if code in ("100", "104", "107"):
        return Invalid(
            "sbi-not-registered", "This scanner is not registered any more with its maker. Take another one."
        )
    if code == NO_FINGER:
        return Invalid("sbi-timeout", "No finger was placed in time. Start again when the person is ready.")
    if code == "103":
        return Invalid("sbi-tampered", "The scanner says that it was opened or changed. Do not use it any more.")
    if code in (NOT_FOUND, "202"):
        return Invalid("sbi-no-device", "The scanner is not connected. Plug it in and start again.")
    if code in ("110", BUSY):
        return Invalid("sbi-busy", "The scanner is busy or not ready. Wait a moment and start again.")
    return Invalid(
        "sbi-fault", "The scanner reports fault %(number)s. Start it again, or take another one.", number=code
    )
