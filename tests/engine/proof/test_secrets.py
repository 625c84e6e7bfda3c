import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.proof import secrets
from gada.engine.proof.secrets import (
    Cipher,
    WrapCost,
    derive,
    hmac_sha256,
    new_key,
    open_sealed,
    seal,
    unwrap,
    wrap,
)
from gada.engine.refusal import Invalid

CHEAP = WrapCost(memory_kib=64, passes=1)
KEY = bytes(range(32))


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_seal_comes_back(plaintext, context):
    box = seal(KEY, plaintext, context=context)
    assert len(box) == len(plaintext) + secrets.SEAL_OVERHEAD_BYTES
    assert open_sealed(KEY, box, context=context) == plaintext


@given(st.data())
def test_any_change_is_noticed(data):
    box = bytearray(seal(KEY, b"Nyabol", context=b"person"))
    at = data.draw(st.integers(0, len(box) - 1))
    box[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Invalid, match="does not open"):
        open_sealed(KEY, bytes(box), context=b"person")


@pytest.mark.parametrize("cut", [0, 1, 28, 29, 34])
def test_truncation_other_key_and_other_context_are_noticed(cut):
    box = seal(KEY, b"Nyabol", context=b"person")
    for attempt in (
        lambda: open_sealed(KEY, box[:cut], context=b"person"),
        lambda: open_sealed(new_key(), box, context=b"person"),
        lambda: open_sealed(KEY, box, context=b"perso"),
    ):
        with pytest.raises(Invalid) as refusal:
            attempt()
        assert refusal.value.code == "sealed-broken"


def test_the_box_is_rfc_8439_and_says_nothing_twice():
    box = seal(KEY, b"x", context=b"c")
    assert box[0] == 1
    assert ChaCha20Poly1305(KEY).decrypt(box[1:13], box[13:], b"\x01c") == b"x"
    assert box != seal(KEY, b"x", context=b"c")


def test_cipher_hides_its_key():
    cipher = Cipher(KEY)
    assert cipher.open(cipher.seal(b"x", context=b"c"), context=b"c") == b"x"
    assert KEY.hex() not in repr(cipher) and str(KEY) not in repr(cipher)


def test_derived_keys_are_stable_and_independent():
    assert derive(KEY, purpose="vault") == derive(KEY, purpose="vault")
    assert (
        len(
            {derive(KEY, purpose="vault"), derive(KEY, purpose="gallery"), derive(new_key(), purpose="vault")}
        )
        == 3
    )
    assert len(derive(KEY, purpose="vault")) == 32


def test_hmac_published():
    # RFC 4231 test case 2.
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == digest


def test_wrap_comes_back_and_states_its_cost():
    wrapped = wrap(KEY, "le fleuve et la crête", cost=CHEAP)
    assert (wrapped["memory_kib"], wrapped["passes"]) == (64, 1)
    assert unwrap(wrapped, "le fleuve et la cre\u0302te") == KEY  # the same words typed elsewhere
    with pytest.raises(Invalid) as refusal:
        unwrap(wrapped, "another phrase")
    assert refusal.value.code == "passphrase-wrong"


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 2**40},
        {"memory_kib": 0},
        {"passes": 10**6},
        {"lanes": 0},
        {"salt": "!"},
        {"salt": "AAAA"},
        {"box": 5},
        {"kdf": "md5"},
        {"version": 2},
        {"memory_kib": "64"},
    ],
)
def test_hostile_wraps_are_refused_without_effort(change):
    with pytest.raises(Invalid) as refusal:
        unwrap(wrap(KEY, "p", cost=CHEAP) | change, "p")
    assert refusal.value.code == "wrap-malformed"


def test_a_cheapened_wrap_does_not_open():
    with pytest.raises(Invalid) as refusal:
        unwrap(wrap(KEY, "p", cost=CHEAP) | {"passes": 2}, "p")
    assert refusal.value.code == "passphrase-wrong"
    with pytest.raises(Invalid):
        unwrap({}, "p")
