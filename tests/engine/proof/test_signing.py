import pytest
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.proof import signing
from gada.engine.proof.signing import (
    from_base64url,
    key_id_of,
    new_signing_key,
    public_key_of,
    read_header,
    sign,
    to_base64url,
    verify,
)
from gada.engine.refusal import Invalid

PRIVATE, PUBLIC = new_signing_key()
KEY_ID = key_id_of(PUBLIC)


def refusal_of(*arguments, **named):
    with pytest.raises(Invalid) as refusal:
        verify(*arguments, **named)
    return refusal.value.code


@given(st.binary(max_size=200))
def test_sign_and_verify(payload):
    jws = sign(PRIVATE, typ="head", payload=payload, key_id=KEY_ID)
    assert verify(PUBLIC, jws, typ="head", payload=payload, key_id=KEY_ID) == read_header(jws)
    assert ".." in jws


def test_keys_are_raw_bytes():
    assert len(PRIVATE) == len(PUBLIC) == 32
    assert public_key_of(PRIVATE) == PUBLIC


def test_a_receipt_is_no_agreement():
    jws = sign(PRIVATE, typ="receipt", payload=b"x", key_id=KEY_ID)
    assert refusal_of(PUBLIC, jws, typ="agreement", payload=b"x") == "signature-type"


def test_other_payload_other_key_other_key_id():
    jws = sign(PRIVATE, typ="head", payload=b"x", key_id=KEY_ID)
    assert refusal_of(PUBLIC, jws, typ="head", payload=b"y") == "signature-wrong"
    assert refusal_of(new_signing_key()[1], jws, typ="head", payload=b"x") == "signature-wrong"
    assert refusal_of(b"short", jws, typ="head", payload=b"x") == "signature-wrong"
    assert refusal_of(PUBLIC, jws, typ="head", payload=b"x", key_id="another") == "signature-key"


def test_a_header_put_on_another_signature():
    receipt = sign(PRIVATE, typ="receipt", payload=b"x", key_id=KEY_ID)
    head = sign(PRIVATE, typ="head", payload=b"x", key_id=KEY_ID)
    forged = head.split("..")[0] + ".." + receipt.split("..")[1]
    assert refusal_of(PUBLIC, forged, typ="head", payload=b"x") == "signature-wrong"


@given(st.data())
def test_every_changed_character_is_refused(data):
    jws = sign(PRIVATE, typ="head", payload=b"x", key_id=KEY_ID)
    at = data.draw(st.integers(0, len(jws) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != jws[at]))
    assert refusal_of(PUBLIC, jws[:at] + other + jws[at + 1 :], typ="head", payload=b"x").startswith(
        "signature-"
    )


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"none","kid":"k","typ":"head"}',
        b'{"alg":"HS256","kid":"k","typ":"head"}',
        b'{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"k","typ":"head"}',
        b'{"alg":"EdDSA","typ":"head"}',
        b'{"alg":"EdDSA","kid":1,"typ":"head"}',
        b'{"kid":"k","alg":"EdDSA","typ":"head"}',
        b"[]",
        b"7",
    ],
)
def test_strange_headers(header):
    jws = f"{to_base64url(header)}..{to_base64url(bytes(64))}"
    assert refusal_of(PUBLIC, jws, typ="head", payload=b"x") == "signature-malformed"


@pytest.mark.parametrize("jws", ["", "..", "a.b.c", "....", "x" * 5000, "é..é"])
def test_what_is_no_signature(jws):
    assert refusal_of(PUBLIC, jws, typ="head", payload=b"x") == "signature-malformed"


def test_base64url_is_one_to_one():
    assert from_base64url("_-8") == b"\xff\xef"
    for stray in ("_-9", "_-8=", "/+8", "a"):
        with pytest.raises(ValueError):
            from_base64url(stray)


def on_curve(y):
    """An x for the height y on Ed25519 (RFC 8032 §5.1.3), or None."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    x = pow(square, (p + 3) // 8, p)
    for candidate in (x, x * pow(2, (p - 1) // 4, p) % p):
        if candidate * candidate % p == square:
            return candidate
    return None


def doubled(point):
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    x, y = point
    xx, yy = x * x % p, y * y % p
    product = d * xx * yy % p
    return (2 * x * y * pow(1 + product, -1, p) % p, (yy + xx) * pow(1 - product, -1, p) % p)


def test_keys_of_small_order_are_weak_and_no_others():
    p = 2**255 - 19
    for y in signing._WEAK:
        point = (on_curve(y), y)
        for _ in range(3):
            point = doubled(point)
        assert point == (0, 1)  # eight times it is nothing
        for height in (y, y + p):
            for sign_bit in (0, 1 << 255):
                if height < 2**255:
                    assert signing.is_weak((height | sign_bit).to_bytes(32, "little"))
    assert len(signing._WEAK) == 5  # the eight points of the torsion group have five heights
    assert not signing.is_weak(PUBLIC)


def test_a_weak_key_signs_nothing():
    identity = (1).to_bytes(32, "little")
    header = sign(PRIVATE, typ="head", payload=b"x", key_id="k").split("..")[0]
    anything = f"{header}..{to_base64url(identity + bytes(32))}"
    assert refusal_of(identity, anything, typ="head", payload=b"whatever") == "signature-wrong"
