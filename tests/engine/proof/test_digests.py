import pytest

from gada.engine.proof.digests import digest_hex, new_salt, salted_digest, same_digest, sha256


def test_published_digests():
    # FIPS 180-4 examples ("abc" and the empty message).
    assert digest_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(b"").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_salted_digest_is_the_digest_of_salt_then_body():
    salt = new_salt()
    assert len(salt) == 32
    assert same_digest(salted_digest(salt, b"body"), sha256(salt + b"body"))
    with pytest.raises(ValueError):
        salted_digest(salt + b"b", b"ody")
