"""The number printed on a report: the first 64 bits of its digest, in groups that can be read aloud."""

from __future__ import annotations

import re
from uuid import UUID

DIGITS, GROUP = 16, 4


def serial_of(report: UUID) -> str:
    """`7F3A-91C2-0B4D-E816`."""
    digits = report.hex[:DIGITS].upper()
    return "-".join(digits[start : start + GROUP] for start in range(0, DIGITS, GROUP))


def reports_of(serial: str) -> tuple[UUID, UUID] | None:
    """The first and the last id with this number, however it was typed; None when it is not one."""
    digits = re.sub(r"[\s\-–.]", "", serial)
    if not re.fullmatch(rf"[0-9A-Fa-f]{{{DIGITS}}}", digits):
        return None
    rest = 32 - DIGITS
    return UUID(digits + "0" * rest), UUID(digits + "f" * rest)
