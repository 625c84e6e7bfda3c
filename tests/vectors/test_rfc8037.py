"""RFC 8037 appendix A: Ed25519 in JOSE; RFC 8032 §7.1: Ed25519 itself."""

from gada.engine.proof import signing
from gada.engine.proof.signing import from_base64url, key_id_of, public_key_of, to_base64url, verify

PRIVATE = from_base64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
PUBLIC = from_base64url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")


def test_keys_and_thumbprint():
    assert public_key_of(PRIVATE) == PUBLIC
    assert key_id_of(PUBLIC) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_signing_input_and_signature_of_appendix_a4():
    payload = b"Example of Ed25519 signing"
    header = to_base64url(b'{"alg":"EdDSA"}')
    assert (
        signing._signing_input(header, payload) == b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    )
    signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(
        from_base64url(signature), signing._signing_input(header, payload)
    )
    ours = signing.sign(PRIVATE, typ="test", payload=payload, key_id=key_id_of(PUBLIC))
    assert verify(PUBLIC, ours, typ="test", payload=payload).key_id == key_id_of(PUBLIC)
