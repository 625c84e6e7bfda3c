"""What a card shows, apart from drawing it: whoever only asks loads no library of drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Face:
    """Everything one copy shows. `codes`: texts of its QR code, the richest first; the first that fits is taken."""

    agency: str
    name: str
    sex: str
    birth: str
    number: str
    serial: str
    printed_on: str
    codes: Sequence[str]
    photo: bytes = b""
    training: bool = False
