import pytest
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.formats.staging import CHUNK_BYTES, Staging, StagingWriter
from gada.engine.proof.secrets import Cipher, new_key
from gada.engine.refusal import Invalid

CIPHER = Cipher(new_key())
BODY = bytes(number % 251 for number in range(3 * CHUNK_BYTES + 77))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "waiting"


def write(path, body=BODY, piece=10_000, **marks):
    with StagingWriter(path, CIPHER) as writer:
        for at in range(0, len(body), piece):
            writer.write(body[at : at + piece])
        writer.complete(**marks)


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    path = tmp_path_factory.mktemp("staging") / "waiting"
    write(path, here=5)
    with Staging(path, CIPHER) as staging:
        yield staging


@given(st.data())
def test_any_piece_comes_back(staged, data):
    start = data.draw(st.integers(0, len(BODY)))
    size = data.draw(st.integers(0, len(BODY) - start))
    assert staged.read(start, size) == BODY[start : start + size]
    assert b"".join(staged.pieces(start, start + size)) == BODY[start : start + size]


def test_length_and_marks(staged):
    assert (staged.length, staged.marks) == (len(BODY), {"here": 5})
    with pytest.raises(ValueError):
        staged.read(len(BODY), 1)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_sizes_around_a_chunk(path, size):
    write(path, BODY[:size])
    with Staging(path, CIPHER) as staging:
        assert staging.read(0, size) == BODY[:size]


def test_nothing_can_be_read_in_the_file(path):
    write(path, b"Nyabol Deng " * 10_000)
    assert b"Nyabol" not in path.read_bytes()


def test_an_error_leaves_nothing(path):
    with pytest.raises(KeyError), StagingWriter(path, CIPHER) as writer:
        writer.write(BODY)
        raise KeyError
    assert not path.exists()


def test_without_its_end_it_is_incomplete(path):
    writer = StagingWriter(path, CIPHER)
    writer.write(BODY)
    writer._file.flush()
    with pytest.raises(Invalid) as refusal:
        Staging(path, CIPHER)
    assert refusal.value.code == "staging-incomplete"
    writer.discard()


def test_damage_is_noticed(path):
    write(path)
    whole = path.read_bytes()
    stride = CHUNK_BYTES + 29
    start = len(whole) - 3 * stride - (77 + 29)
    swapped = whole[:start] + whole[start + stride : start + 2 * stride] + whole[start : start + stride]
    for damaged in (b"", whole[:20], whole[:-10], whole[: start + stride], swapped + whole[start + 2 * stride :],
                    bytes([1]) + whole[1:], whole[:100] + b"\x07" + whole[101:]):  # fmt: skip
        path.write_bytes(damaged)
        with pytest.raises(Invalid) as refusal, Staging(path, CIPHER) as staging:
            staging.read(0, len(BODY))
        assert refusal.value.code == "staging-broken"
    path.write_bytes(whole)
    with pytest.raises(Invalid):
        Staging(path, Cipher(new_key()))
