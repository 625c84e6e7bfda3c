"""Canonical JSON (RFC 8785): one value has exactly one sequence of bytes.

We allow less than the RFC: no floats, because two machines print them from different arithmetic;
integers only within ±(2^53 - 1), larger ones travel as strings; text in Unicode form NFC, so that
one name is one byte sequence. Text is normalised where it enters (`normalise_text`); here a
departure is refused, never repaired, because repairing would change what somebody signed.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any, NoReturn

import rfc8785

from gada.engine.refusal import Invalid

LARGEST_INTEGER = 2**53 - 1  # RFC 8785 §3.2.2.3: beyond it IEEE 754 readers lose digits
DEEPEST = 32
LARGEST_BYTES = 1 << 20


def canonical_bytes(value: Any, *, deepest: int = DEEPEST) -> bytes:
    """The one UTF-8 encoding of `value` (dict, list, tuple, str, int, bool, None).

    Raises Invalid `canonical-…` for floats, large integers, text not in NFC, lone surrogates,
    keys that are not text, other types, and nesting deeper than `deepest`.
    """
    if _check(value, deepest):
        # With ASCII keys, code-point order is the RFC's UTF-16 order, and the C encoder's escapes
        # are the RFC's: same bytes as rfc8785 (a property test compares), several times faster.
        return _ENCODER.encode(value).encode("utf-8")
    return rfc8785.dumps(value)


def parse_canonical(data: bytes, *, largest_bytes: int = LARGEST_BYTES, deepest: int = DEEPEST) -> Any:
    """The value whose canonical encoding is exactly `data`; anything else is refused.

    Raises Invalid `canonical-too-large`, `canonical-too-deep`, `canonical-malformed`.
    """
    if len(data) > largest_bytes:
        raise Invalid(
            "canonical-too-large", "This message is larger than allowed.", largest_bytes=largest_bytes
        )
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_no_number, parse_constant=_no_number)
    except RecursionError:
        raise Invalid("canonical-too-deep", "This message is nested too deeply.") from None
    except ValueError:
        raise Invalid("canonical-malformed", "This message is not written in the agreed form.") from None
    if canonical_bytes(value, deepest=deepest) != data:  # also catches repeated keys and spaces
        raise Invalid("canonical-malformed", "This message is not written in the agreed form.")
    return value


def normalise_text(text: str) -> str:
    """`text` in Unicode form NFC, as everything signed must be. For the edge: forms, files, feeds."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _check(value: Any, depth_left: int) -> bool:
    """Refuse what is not allowed; answer whether all keys are ASCII (the fast encoder may be used)."""
    if isinstance(value, str):
        _check_text(value)
        return True
    if value is None:
        return True
    if isinstance(value, int):
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise Invalid("canonical-integer", "A number is too large to be signed; it must be sent as text.")
        return True
    if depth_left == 0:
        raise Invalid("canonical-too-deep", "This message is nested too deeply.")
    fast = True
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise Invalid("canonical-key", "A field name is not text.")
            if not key.isascii():
                _check_text(key)
                fast = False
            # Nearly every value is plain text: asked here, it costs no call.
            if not (isinstance(member, str) and member.isascii()):
                fast = _check(member, depth_left - 1) and fast
        return fast
    if isinstance(value, list | tuple):
        for member in value:
            fast = _check(member, depth_left - 1) and fast
        return fast
    if isinstance(value, float):
        raise Invalid("canonical-float", "A decimal number cannot be signed; it must be sent as text.")
    raise Invalid(
        "canonical-type", "This kind of value cannot be signed: %(kind)s.", kind=type(value).__name__
    )


def _check_text(text: str) -> None:
    if text.isascii():
        return
    if not unicodedata.is_normalized("NFC", text):
        raise Invalid("canonical-text", "A text is not in the normal form of Unicode (NFC).")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid("canonical-text", "A text holds half a character.") from None


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a canonical number")
