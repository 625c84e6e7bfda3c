"""The number of a token, and the signs that show that we printed it.

`INT-00120-7-K4M`: the prefix of the sweep, a running number, an ISO 7064 MOD 37,36 check character, three signs. The
signs are the beginning of an HMAC-SHA256 of sweep and number under a key of the sweep that never leaves our nodes: who
writes the next number onto paper guesses them once in 32 768 times. The square code holds ten of them (2^50).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from stdnum.iso7064 import mod_37_36

from gada.engine.proof.digests import same_digest
from gada.engine.proof.secrets import derive, hmac_sha256
from gada.engine.refusal import Invalid
from gada.people.rules import ALPHABET

DIGITS, LARGEST = 5, 99_999
SIGNS_SHOWN, SIGNS_IN_CODE = 3, 10
MOST_AT_ONCE = 2_000  # numbers in one line: more is a slip of the finger
PREFIX = re.compile(r"[A-HJKMNP-TV-Z]{1,4}")
WHOLE = re.compile(rf"({PREFIX.pattern})([0-9]{{{DIGITS}}})([0-9A-Z])([0-9A-Z]*)")
READ_AS = str.maketrans("OIL", "011")  # as people's numbers are read: no I, L, O in a token but as a check character


@dataclass(frozen=True, slots=True)
class Typed:
    """A token as it was typed or scanned, its check character seen to be right."""

    prefix: str
    number: int
    signs: str


def check_prefix(text: str) -> str:
    """The letters that begin every number of a sweep. Raises Invalid `sweep-prefix`."""
    prefix = "".join(text.split()).upper()
    if not PREFIX.fullmatch(prefix):
        raise Invalid("sweep-prefix", _("Choose one to four letters. I, L, O and U are left out: they are misread."))
    return prefix


def number_of(prefix: str, number: int) -> str:
    """`INT-00120-7`, as it is printed and read aloud."""
    return f"{prefix}-{number:0{DIGITS}}-{_check(prefix, number)}"


def token_of(prefix: str, number: int, signs: str) -> str:
    """`INT-00120-7-K4M`, as it stands on a token."""
    return f"{number_of(prefix, number)}-{signs[:SIGNS_SHOWN]}"


def code_of(prefix: str, number: int, signs: str) -> str:
    """What the square code holds: the same without hyphens, with all its signs."""
    return number_of(prefix, number).replace("-", "") + signs[:SIGNS_IN_CODE]


def signs_of(key: bytes, sweep: UUID, number: int) -> str:
    """The ten signs of a token under the data key of its sweep."""
    drawn = int.from_bytes(hmac_sha256(derive(key, purpose="fixing/token"), sweep.bytes + number.to_bytes(4, "big")))
    return "".join(ALPHABET[drawn >> 5 * place & 31] for place in range(SIGNS_IN_CODE))


def are_signs(typed: str, expected: str) -> bool:
    """Whether these are the signs of the token, as many as a token or its square code shows."""
    enough = len(typed) in (SIGNS_SHOWN, SIGNS_IN_CODE)
    return enough and same_digest(typed.encode(), expected[: len(typed)].encode())


def read_token(text: str) -> Typed:
    """A token as typed or scanned. Raises Invalid `token-mistyped` or `token-signs-missing`."""
    plain = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum()).translate(READ_AS)
    found = WHOLE.fullmatch(plain)
    if not found or _check(found[1], int(found[2])).translate(READ_AS) != found[3]:
        raise Invalid(
            "token-mistyped", _("This token has a typing error: type it again as it is printed, or scan its code.")
        )
    if not found[4]:
        raise Invalid(
            "token-signs-missing", _("Type the last three signs of the token too: they show that it is ours.")
        )
    return Typed(found[1], int(found[2]), found[4])


def read_number(text: str, *, prefix: str) -> int:
    """A number on a list of a team: `120`, or `INT-00120-7` as it is printed. Raises Invalid `token-number`."""
    plain = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
    if plain.isdigit() and 1 <= int(plain) <= LARGEST:
        return int(plain)
    found = WHOLE.match(plain.translate(READ_AS))
    if not found or found[1] != prefix or _check(prefix, int(found[2])).translate(READ_AS) != found[3]:
        raise Invalid(
            "token-number", _("“%(text)s” is no number of this sweep. Write 120, or the whole number with its prefix."),
            text=text[:20],
        )
    return int(found[2])


def check_span(first: int, last: int) -> None:
    """From the lower to the higher number, not more than one list holds. Raises Invalid `token-span`."""
    if not 1 <= first <= last <= LARGEST or last - first >= MOST_AT_ONCE:
        raise Invalid(
            "token-span", _("Give the lower number first, then the higher one, at most %(most)s tokens at a time."),
            most=MOST_AT_ONCE,
        )


def spans_of(numbers: set[int]) -> list[tuple[int, int]]:
    """{1, 2, 3, 7} → [(1, 3), (7, 7)]."""
    spans: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return spans


def spans_in_words(numbers: set[int], *, most: int = 6) -> str:
    """`1–3, 7`, with an ellipsis where there are more."""
    spans = spans_of(numbers)
    words = [f"{first}–{last}" if last > first else str(first) for first, last in spans[:most]]
    return ", ".join(words) + (" …" if len(spans) > most else "")


def _check(prefix: str, number: int) -> str:
    return str(mod_37_36.calc_check_digit(f"{prefix}{number:0{DIGITS}}"))
