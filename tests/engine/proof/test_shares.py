from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.proof.secrets import new_key
from gada.engine.proof.shares import read_share, recover, split
from gada.engine.refusal import Invalid

SECRET = new_key()
SHARES = split(SECRET)


def refusal_of(shares):
    with pytest.raises(Invalid) as refusal:
        recover(shares)
    return refusal.value.code


@given(st.binary(min_size=32, max_size=32))
def test_any_two_bring_it_back(secret):
    shares = split(secret)
    for pair in combinations(shares, 2):
        assert recover(pair) == secret
        assert recover(pair[::-1]) == secret
    assert recover(shares) == secret


def test_one_is_not_enough_even_twice():
    assert refusal_of(SHARES[:1]) == "shares-too-few"
    assert refusal_of([SHARES[0], SHARES[0]]) == "shares-too-few"
    assert refusal_of([]) == "shares-too-few"


def test_as_people_type_them():
    words = SHARES[0].upper().split()
    numbered = "\n".join(f"{position}. {word[:4]}" for position, word in enumerate(words, start=1))
    assert recover([numbered, f"  {SHARES[2]}\t"]) == SECRET


def test_labels():
    labels = [read_share(share) for share in SHARES]
    assert [label.number for label in labels] == [1, 2, 3]
    assert len({label.set_number for label in labels}) == 1
    assert all(len(share.split()) == 33 for share in SHARES)


@given(st.data())
def test_a_wrong_word_is_noticed(data):
    words = SHARES[0].split()
    at = data.draw(st.integers(0, 32))
    words[at] = data.draw(st.sampled_from(sorted(set(SHARES[1].split()) - {words[at]})))
    assert refusal_of([" ".join(words), SHARES[1]]) == "share-checksum"


def test_unknown_missing_and_swapped_words():
    words = SHARES[0].split()
    with pytest.raises(Invalid) as refusal:
        read_share(" ".join([*words[:4], "fleuve", *words[5:]]))
    assert (refusal.value.code, refusal.value.facts) == ("share-word", {"position": 5})
    assert refusal_of([" ".join(words[:-1]), SHARES[1]]) == "share-checksum"
    assert refusal_of(["", SHARES[1]]) == "share-checksum"
    if words[10] != words[11]:
        words[10], words[11] = words[11], words[10]
        assert refusal_of([" ".join(words), SHARES[1]]) == "share-checksum"


def test_shares_of_two_sets():
    # Sets carry a random 15-bit number; make two that differ.
    other = next(shares for shares in iter(lambda: split(new_key()), None)
                 if read_share(shares[1]).set_number != read_share(SHARES[0]).set_number)  # fmt: skip
    assert refusal_of([SHARES[0], other[1]]) == "shares-mixed"
    with pytest.raises(ValueError):
        split(b"short")
