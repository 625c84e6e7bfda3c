from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.proof.commitments import (
    CommittedToken,
    commit_to_key,
    commit_to_tokens,
    open_leaves,
    verify_key,
    verify_opening,
)
from gada.engine.proof.digests import sha256
from gada.engine.proof.secrets import new_key
from gada.engine.refusal import Invalid

SEED = new_key()
TOKENS = [
    CommittedToken(token=sha256(bytes([n]))[:16], enrolment=sha256(b"entry" + bytes([n]))) for n in range(21)
]


def test_every_leaf_opens():
    commitment = commit_to_tokens(TOKENS, seed=SEED)
    assert commitment.size == 21
    for opening in open_leaves(TOKENS, range(21), seed=SEED):
        verify_opening(commitment, opening)


@given(st.integers(0, 20), st.sampled_from(["index", "salt", "token", "enrolment", "proof", "traded"]))
def test_nothing_else_opens(at, part):
    commitment = commit_to_tokens(TOKENS, seed=SEED)
    (opening,) = open_leaves(TOKENS, [at], seed=SEED)
    whole = opening.token + opening.enrolment
    forged = {
        "index": {"index": (at + 1) % 21},
        "salt": {"salt": new_key()},
        "token": {"token": b"another token"},
        "enrolment": {"enrolment": sha256(b"another entry")},
        "proof": {"proof": opening.proof[1:]},
        "traded": {"token": whole[:-31], "enrolment": b"\x00" + whole[-31:]},
    }[part]
    with pytest.raises(Invalid) as refusal:
        verify_opening(commitment, replace(opening, **forged))
    assert refusal.value.code == "commitment-broken"


def test_the_root_gives_nothing_away_without_the_seed():
    assert commit_to_tokens(TOKENS, seed=new_key()).root != commit_to_tokens(TOKENS, seed=SEED).root
    assert commit_to_tokens(TOKENS[::-1], seed=SEED).root != commit_to_tokens(TOKENS, seed=SEED).root


def test_hostile_openings_are_refused():
    commitment = commit_to_tokens(TOKENS, seed=SEED)
    (opening,) = open_leaves(TOKENS, [3], seed=SEED)
    for forged in ({"salt": b""}, {"enrolment": b""}):
        with pytest.raises(Invalid):
            verify_opening(commitment, replace(opening, **forged))


def test_key():
    key = new_key()
    verify_key(commit_to_key(key), key)
    with pytest.raises(Invalid):
        verify_key(commit_to_key(key), new_key())
