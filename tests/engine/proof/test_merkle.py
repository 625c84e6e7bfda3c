import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.proof import merkle
from gada.engine.proof.merkle import Frontier, Tree, leaf_hash, verify_consistency, verify_inclusion
from gada.engine.refusal import Invalid


def naive_root(leaves):
    """RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m, leaves):
    """RFC 9162 §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m, leaves, whole):
    """RFC 9162 §2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def leaves_of(count):
    return [leaf_hash(bytes([number])) for number in range(count)]


@pytest.mark.parametrize("count", range(34))
def test_roots_and_proofs_agree_with_the_naive_twin(count):
    leaves = leaves_of(count)
    tree = Tree(leaves)
    assert merkle.root(leaves) == tree.root() == naive_root(leaves)
    for index in range(count):
        proof = tree.inclusion_proof(index)
        assert proof == naive_path(index, leaves)
        assert verify_inclusion(leaves[index], index=index, size=count, proof=proof, root=tree.root())
    for old in range(1, count + 1):
        proof = tree.consistency_proof(old)
        assert proof == naive_subproof(old, leaves, True)
        assert verify_consistency(
            old_size=old, old_root=naive_root(leaves[:old]), size=count, root=tree.root(), proof=proof
        )


def test_earlier_sizes_of_a_larger_tree():
    leaves = leaves_of(29)
    tree = Tree(leaves)
    for size in range(1, 30):
        assert tree.root(size) == naive_root(leaves[:size])
        assert tree.inclusion_proof(size // 2, size) == naive_path(size // 2, leaves[:size])
        assert tree.consistency_proof(size // 2 + 1, size) == naive_subproof(
            size // 2 + 1, leaves[:size], True
        )
    assert merkle.inclusion_proof(3, leaves) == naive_path(3, leaves)
    assert merkle.consistency_proof(3, leaves) == naive_subproof(3, leaves, True)


@given(st.lists(st.binary(max_size=4), max_size=40), st.lists(st.binary(max_size=4), max_size=40))
def test_frontier_survives_storage_and_goes_on(first, second):
    leaves = [leaf_hash(entry) for entry in first + second]
    frontier = Frontier().extend(leaves[: len(first)])
    frontier = Frontier.from_bytes(frontier.to_bytes()).extend(leaves[len(first) :])
    assert frontier.size == len(leaves)
    assert frontier.root() == naive_root(leaves)


@given(st.data())
def test_forged_inclusion_fails(data):
    count = data.draw(st.integers(1, 40))
    leaves = leaves_of(count)
    tree = Tree(leaves)
    index = data.draw(st.integers(0, count - 1))
    proof = tree.inclusion_proof(index)
    claim = {"index": index, "size": count, "proof": proof, "root": tree.root()}
    other = data.draw(st.integers(-1, 60).filter(lambda n: n != index))
    assert not verify_inclusion(leaves[index], **claim | {"index": other})
    assert not verify_inclusion(leaf_hash(b"forged"), **claim)
    assert not verify_inclusion(leaves[index], **claim | {"proof": [*proof, bytes(32)]})
    assert not verify_inclusion(leaves[index], **claim | {"root": bytes(32)})
    if proof:
        assert not verify_inclusion(leaves[index], **claim | {"proof": proof[:-1]})


@given(st.data())
def test_forged_consistency_fails(data):
    count = data.draw(st.integers(2, 40))
    old = data.draw(st.integers(1, count - 1))
    leaves = leaves_of(count)
    tree = Tree(leaves)
    rewritten = Tree([leaf_hash(b"rewritten"), *leaves[1:]])
    claim = {"old_size": old, "old_root": tree.root(old), "size": count, "root": tree.root(),
             "proof": tree.consistency_proof(old)}  # fmt: skip
    assert verify_consistency(**claim)
    assert not verify_consistency(
        **claim | {"proof": rewritten.consistency_proof(old), "root": rewritten.root()}
    )
    assert not verify_consistency(**claim | {"old_root": bytes(32)})
    assert not verify_consistency(**claim | {"proof": claim["proof"][:-1]})
    assert not verify_consistency(**claim | {"proof": [*claim["proof"], bytes(32)]})
    assert not verify_consistency(**claim | {"old_size": count, "size": old})


def test_edges():
    assert not verify_inclusion(bytes(32), index=0, size=0, proof=[], root=merkle.EMPTY_ROOT)
    nothing = {"old_size": 0, "old_root": merkle.EMPTY_ROOT, "size": 5, "root": bytes(32), "proof": []}
    assert verify_consistency(**nothing)
    assert not verify_consistency(**nothing | {"old_root": bytes(32)})
    for attempt in (
        lambda: Tree().inclusion_proof(0),
        lambda: Tree(leaves_of(3)).inclusion_proof(3),
        lambda: Tree(leaves_of(3)).consistency_proof(0),
        lambda: Tree(leaves_of(3)).consistency_proof(2, 9),
    ):
        with pytest.raises(IndexError):
            attempt()
    for broken in (b"", bytes(7), (3).to_bytes(8, "big") + bytes(32)):
        with pytest.raises(Invalid):
            Frontier.from_bytes(broken)
