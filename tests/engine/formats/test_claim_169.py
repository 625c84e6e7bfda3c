"""The QR code of a card: read back by us, by the reference reader and by the reader that phones carry."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import cbor2
import claim169
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.formats import base45
from gada.engine.formats.claim_169 import WEBP, Holder, Token, from_text, read_token, to_text, write_token
from gada.engine.formats.deflating import deflate, inflate
from gada.engine.proof.cose import is_signed_by, read_sign1, short_id, sign1
from gada.engine.proof.signing import new_signing_key
from gada.engine.refusal import Invalid
from tests.world import refused

PRIVATE, PUBLIC = new_signing_key()
HOLDER = Holder("7K4M-2QRS-X", "Aïcha Moussa Abdoulkarim", "F", born=date(1984, 3, 14))
TOKEN = Token("Agence Une", datetime(2026, 3, 14, 9, tzinfo=UTC), b"12345678", HOLDER)
ABOUT = replace(TOKEN, holder=replace(HOLDER, born=None, born_between=(1982, 1988), sex=""))
PICTURED = replace(TOKEN, holder=replace(HOLDER, photo=os.urandom(700), photo_format=WEBP))
NKO = replace(TOKEN, holder=Holder("7K4M-2QRS-X", "ߊߦߌߛߊ ߞߎߦߊߕߋ"))
TOKENS = (TOKEN, ABOUT, PICTURED, NKO)


def text_of(token: Token) -> str:
    return to_text(sign1(PRIVATE, write_token(token)))


@pytest.mark.parametrize("token", TOKENS)
def test_what_was_written_is_read(token: Token) -> None:
    signed = read_sign1(from_text(text_of(token)))
    assert read_token(signed.payload) == token
    assert is_signed_by(signed, PUBLIC)
    assert signed.key_id == short_id(PUBLIC)


@pytest.mark.parametrize("token", TOKENS)
def test_the_reference_reader_verifies_it(token: Token) -> None:
    read = claim169.decode(text_of(token), verify_with_ed25519=PUBLIC)
    assert read.verification_status == "verified"
    assert read.claim169.id == token.holder.number
    assert read.claim169.full_name == token.holder.name
    assert read.claim169.date_of_birth == (
        "19840314" if token.holder.born else None
    )  # estimated: never a day
    assert bytes(read.claim169.photo or b"") == token.holder.photo
    assert read.cwt_meta.issuer == "Agence Une"


def test_the_reader_of_phones_decodes_it(node_client: Callable[[str, str], str]) -> None:
    """A signature does not compress: zlib stores it, and a stored block stops PixelPass."""
    tokens = [*TOKENS, *(replace(TOKEN, copy=os.urandom(8)) for _ in range(40))]
    texts = [text_of(token) for token in tokens]
    printed = node_client("pixelpass.cjs", "\n".join(texts)).splitlines()
    assert len(printed) == len(tokens)
    for token, line in zip(tokens, printed, strict=True):
        parts = json.loads(line)["value"]
        assert bytes(parts[2]["data"]) == write_token(token)


def test_a_card_without_photo_is_small() -> None:
    assert len(text_of(TOKEN)) < 300


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_survive(body: bytes) -> None:
    stream = deflate(body)
    assert inflate(stream) == body
    assert stream[2] >> 1 & 3 != 0  # RFC 1951 §3.2.3: 0 is a stored block
    assert base45.decode(base45.encode(body)) == body


def test_base45_is_that_of_the_rfc() -> None:
    for plain, text in ((b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"ietf!", "QED8WEX0")):
        assert base45.encode(plain) == text
        assert base45.decode(text) == plain


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=base45.ALPHABET + "aé\x00", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        read_token(read_sign1(from_text(text)).payload)
    except Invalid as refusal:
        assert refusal.code == "qr-unreadable"


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.integers() | st.binary() | st.text() | st.none() | st.floats(),
        lambda each: st.lists(each) | st.dictionaries(st.integers(0, 170), each),
        max_leaves=8,
    )
)
def test_no_claims_break_the_reader(claims: object) -> None:
    for body in (cbor2.dumps(claims), cbor2.dumps({6: 1, 169: claims})):
        try:
            read_token(body)
        except Invalid as refusal:
            assert refusal.code == "qr-unreadable"
        try:
            read_sign1(body)
        except Invalid as refusal:
            assert refusal.code == "qr-unreadable"


def test_a_changed_letter_is_no_longer_signed() -> None:
    signed = bytearray(sign1(PRIVATE, write_token(TOKEN)))
    signed[signed.index(b"7K4M")] ^= 1
    assert not is_signed_by(read_sign1(bytes(signed)), PUBLIC)


def test_another_key_did_not_sign_it() -> None:
    signed = read_sign1(sign1(PRIVATE, write_token(TOKEN)))
    assert not is_signed_by(signed, new_signing_key()[1])
    assert not is_signed_by(signed, bytes(32))


def test_a_bomb_does_not_go_off() -> None:
    with refused("qr-unreadable"):
        from_text(base45.encode(deflate(bytes(20_000))))
