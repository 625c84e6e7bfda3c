"""Commitments before an overlap: nobody can later say it was another set (exchange.md §3, step 1).

A side commits to one leaf per token: SHA-256 tree leaf over salt ‖ token ‖ the digest of the entry
that enrolled the person. Salts come from one secret seed, so the sealed audit copy stays small.
An auditor asks for leaves at random; each opening shows one token and its enrolment, no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gada.engine.proof.digests import salted_digest, sha256
from gada.engine.proof.merkle import Frontier, Tree, leaf_hash, verify_inclusion
from gada.engine.proof.secrets import hmac_sha256
from gada.engine.refusal import Invalid


@dataclass(frozen=True, slots=True)
class CommittedToken:
    """One token and the 32-byte digest of the enrolment entry of the person it was made from."""

    token: bytes
    enrolment: bytes


@dataclass(frozen=True, slots=True)
class Commitment:
    """What is published: how many leaves, and their root."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Opening:
    """What the auditor gets to see of one leaf."""

    index: int
    salt: bytes
    token: bytes
    enrolment: bytes
    proof: tuple[bytes, ...]


def commit_to_tokens(tokens: Iterable[CommittedToken], *, seed: bytes) -> Commitment:
    """Commit to these tokens in this order; `seed` is 32 secret random bytes, kept for the audit."""
    frontier = Frontier()
    for index, committed in enumerate(tokens):
        frontier.append(_leaf(_salt(seed, index), committed.token, committed.enrolment))
    return Commitment(size=frontier.size, root=frontier.root())


def open_leaves(
    tokens: Sequence[CommittedToken], indices: Sequence[int], *, seed: bytes
) -> tuple[Opening, ...]:
    """The openings of the leaves asked for."""
    leaves = (_leaf(_salt(seed, at), one.token, one.enrolment) for at, one in enumerate(tokens))
    tree = Tree(leaves)
    return tuple(
        Opening(at, _salt(seed, at), tokens[at].token, tokens[at].enrolment, tuple(tree.inclusion_proof(at)))
        for at in indices
    )


def verify_opening(commitment: Commitment, opening: Opening) -> None:
    """Raises Invalid `commitment-broken` unless `opening` is a leaf of what was committed to."""
    try:
        leaf = _leaf(opening.salt, opening.token, opening.enrolment)
    except ValueError:  # of another length than ours
        leaf = b""
    if not verify_inclusion(
        leaf, index=opening.index, size=commitment.size, proof=opening.proof, root=commitment.root
    ):
        raise Invalid("commitment-broken", "This token was not in the set that was committed to.")


def commit_to_key(key: bytes) -> bytes:
    """32 bytes that bind a side to its PSI key; the key's own 256 random bits hide it."""
    return sha256(b"gada/psi-key/1\x00" + key)


def verify_key(commitment: bytes, key: bytes) -> None:
    """Raises Invalid `commitment-broken` unless this is the key committed to."""
    if commit_to_key(key) != commitment:
        raise Invalid("commitment-broken", "This is not the key that was committed to.")


def _salt(seed: bytes, index: int) -> bytes:
    return hmac_sha256(seed, b"gada/commitment-salt/1\x00" + index.to_bytes(8, "big"))


def _leaf(salt: bytes, token: bytes, enrolment: bytes) -> bytes:
    if len(enrolment) != 32:
        raise ValueError(
            "an enrolment digest is 32 bytes"
        )  # a fixed width: token and entry cannot trade bytes
    return leaf_hash(salted_digest(salt, token + enrolment))
