"""MOSIP Claim 169: who holds a card, as a CBOR Web Token (RFC 8392) in a QR code.

CBOR → COSE_Sign1 → zlib → Base45, in the words of draft-sasikumar-id-claim-169. Only what the holder may show anybody
has a place here: a number, names, sex, birth as far as it is known, perhaps a small photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import cbor2

from gada.engine.formats import base45
from gada.engine.formats.deflating import deflate, inflate
from gada.engine.refusal import Invalid

ISSUER, ISSUED_AT, TOKEN_ID, IDENTITY = 1, 6, 7, 169  # RFC 8392 §4; the claim itself
BORN_BETWEEN = -65537  # RFC 8392 §9.1 leaves what lies below -65536 to private use: [first year, last year]
NUMBER, FULL_NAME, BIRTH_DATE, GENDER, PHOTO, PHOTO_FORMAT = 1, 4, 8, 9, 16, 17
JPEG, JPEG2000, AVIF, WEBP = 1, 2, 3, 4
GENDERS = {"M": 1, "F": 2}
LONGEST_TEXT, LONGEST_PHOTO = 400, 4096


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose card it is. An estimated birth is two years, never a day; both are empty when nothing is known."""

    number: str
    name: str
    sex: str = ""  # "F", "M" or empty
    born: date | None = None
    born_between: tuple[int, int] | None = None
    photo: bytes = b""
    photo_format: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A card's statement: who issued it, when, and which printed copy of the card carries it."""

    issuer: str
    issued_at: datetime
    copy: bytes
    holder: Holder


def write_token(token: Token) -> bytes:
    """The CBOR bytes that are signed."""
    holder = token.holder
    identity: dict[int, Any] = {NUMBER: holder.number, FULL_NAME: holder.name}
    if holder.born:
        identity[BIRTH_DATE] = holder.born.strftime("%Y%m%d")
    if holder.sex in GENDERS:
        identity[GENDER] = GENDERS[holder.sex]
    if holder.photo:
        identity |= {PHOTO: holder.photo, PHOTO_FORMAT: holder.photo_format}
    claims: dict[int, Any] = {
        ISSUER: token.issuer, ISSUED_AT: int(token.issued_at.timestamp()), TOKEN_ID: token.copy, IDENTITY: identity,
    }
    if holder.born_between and not holder.born:
        claims[BORN_BETWEEN] = list(holder.born_between)
    return cbor2.dumps(claims)


def read_token(payload: bytes) -> Token:
    """The statement. Raises Invalid `qr-unreadable`: unknown claims are passed over, wrong types are not."""
    try:
        claims = cbor2.loads(payload)
        if isinstance(claims, cbor2.CBORTag):  # 61: RFC 8392 §6
            claims = claims.value
        identity = claims[IDENTITY]
        return Token(
            issuer=_text(claims.get(ISSUER, "")),
            issued_at=datetime.fromtimestamp(int(claims[ISSUED_AT]), UTC),
            copy=_bytes(claims.get(TOKEN_ID, b"")),
            holder=_holder(claims, identity),
        )
    except (cbor2.CBORDecodeError, ValueError, TypeError, LookupError, AttributeError, OverflowError, OSError,
            RecursionError):
        raise Invalid("qr-unreadable", "This QR code does not hold one of our cards: it cannot be read.") from None


def to_text(signed: bytes) -> str:
    """What the QR code holds: the signed token, compressed, in the characters of Base45."""
    return base45.encode(deflate(signed))


def from_text(text: str) -> bytes:
    """The signed token. Raises Invalid `qr-unreadable`."""
    return inflate(base45.decode(text.strip("\r\n\t")))


def _holder(claims: dict[Any, Any], identity: dict[Any, Any]) -> Holder:
    born, between = _text(identity.get(BIRTH_DATE, "")).replace("-", ""), claims.get(BORN_BETWEEN)
    return Holder(
        number=_text(identity.get(NUMBER, "")),
        name=_text(identity.get(FULL_NAME, "")),
        sex={1: "M", 2: "F"}.get(identity.get(GENDER, 0), ""),
        born=date(int(born[:4]), int(born[4:6]), int(born[6:8])) if born else None,
        born_between=(int(between[0]), int(between[1])) if between else None,
        photo=_bytes(identity.get(PHOTO, b"")),
        photo_format=int(identity.get(PHOTO_FORMAT, 0)),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError
    return value


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes) or len(value) > LONGEST_PHOTO:
        raise ValueError
    return value
