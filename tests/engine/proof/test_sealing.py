import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.proof.sealing import (
    check_recipient,
    new_sealing_key,
    open_stream,
    recipient_of,
    seal_stream,
)
from gada.engine.refusal import Invalid

SECRET, RECIPIENT = new_sealing_key()
CHUNK = 64 * 1024


def sealed(body, recipient=RECIPIENT):
    sink = io.BytesIO()
    seal_stream(recipient, io.BytesIO(body), sink)
    return sink.getvalue()


def opened(box, secret=SECRET, limit_bytes=1 << 30):
    sink = io.BytesIO()
    assert open_stream(secret, io.BytesIO(box), sink, limit_bytes=limit_bytes) == len(sink.getvalue())
    return sink.getvalue()


def refusal_of(*arguments, **named):
    with pytest.raises(Invalid) as refusal:
        opened(*arguments, **named)
    return refusal.value.code


@given(st.binary(max_size=1000))
def test_comes_back(body):
    assert opened(sealed(body)) == body


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_comes_back_around_chunk_borders(size):
    body = bytes(size)
    assert opened(sealed(body), limit_bytes=size) == body


def test_keys():
    assert recipient_of(SECRET) == RECIPIENT
    check_recipient(RECIPIENT)
    for wrong in ("", "age1", RECIPIENT[:-1], SECRET):
        with pytest.raises(Invalid):
            check_recipient(wrong)
    with pytest.raises(Invalid):
        recipient_of(RECIPIENT)


BOX = sealed(bytes(3 * CHUNK))
BODY_STARTS = BOX.index(b"\n--- ") + 5 + 43 + 1


@given(st.data())
@settings(max_examples=200)
def test_every_flipped_bit_is_noticed(data):
    start, end = data.draw(st.sampled_from([(0, BODY_STARTS), (BODY_STARTS, len(BOX))]))
    at = data.draw(st.integers(start, end - 1))
    box = bytearray(BOX)
    box[at] ^= 1 << data.draw(st.integers(0, 7))
    assert refusal_of(bytes(box)) in {"seal-broken", "seal-wrong-recipient", "seal-truncated"}


@given(st.integers(0, len(BOX) - 1))
def test_every_cut_is_noticed(length):
    assert refusal_of(BOX[:length]) in {"seal-broken", "seal-truncated"}


def test_a_cut_between_chunks_is_named():
    assert refusal_of(BOX[: BODY_STARTS + 16 + CHUNK + 16]) == "seal-truncated"


def test_chunks_in_another_order_or_appended():
    first, second = BODY_STARTS + 16, BODY_STARTS + 16 + CHUNK + 16
    swapped = BOX[:first] + BOX[second : second + CHUNK + 16] + BOX[first:second]
    assert refusal_of(swapped + BOX[second + CHUNK + 16 :]) == "seal-broken"
    assert refusal_of(BOX + b"x") == "seal-broken"


def test_somebody_elses_and_too_large():
    assert refusal_of(BOX, secret=new_sealing_key()[0]) == "seal-wrong-recipient"
    assert refusal_of(BOX, limit_bytes=3 * CHUNK - 1) == "seal-too-large"


def test_any_of_several_secrets_opens():
    assert opened(BOX, secret=[new_sealing_key()[0], SECRET]) == bytes(3 * CHUNK)
    assert refusal_of(BOX, secret=[]) == "seal-wrong-recipient"


class Endless:
    def __init__(self, beginning):
        self.beginning, self.given = beginning, 0

    def read(self, size):
        data, self.beginning = self.beginning[:size], self.beginning[size:]
        self.given += size
        return data or b"A" * size


def test_an_endless_beginning_is_not_read_to_the_end():
    source = Endless(b"age-encryption.org/v1\n-> X25519 ")
    with pytest.raises(Invalid) as refusal:
        open_stream(SECRET, source, io.BytesIO(), limit_bytes=1)
    assert refusal.value.code == "seal-broken"
    assert source.given < 1 << 20


class Full:
    def write(self, data):
        raise OSError("disk full")


class Torn:
    def read(self, size):
        raise OSError("stick pulled")


def test_errors_of_the_disk_are_not_blamed_on_the_seal():
    with pytest.raises(OSError, match="disk full"):
        open_stream(SECRET, io.BytesIO(BOX), Full(), limit_bytes=1 << 30)
    with pytest.raises(OSError, match="stick pulled"):
        open_stream(SECRET, Torn(), io.BytesIO(), limit_bytes=1)
    with pytest.raises(OSError, match="stick pulled"):
        seal_stream(RECIPIENT, Torn(), io.BytesIO())
    with pytest.raises(OSError, match="disk full"):
        seal_stream(RECIPIENT, io.BytesIO(b"x"), Full())
