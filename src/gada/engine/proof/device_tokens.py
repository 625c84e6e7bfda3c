"""Signed tokens of scanners: JWS in compact form (RFC 7515) by RS256 or ES256, with the certificates in `x5c`.

MOSIP's Secure Biometric Interface signs so. A token is believed when the chain of its first certificate ends at an
authority that whoever asks has listed; the certificates that came with it only help to find the way. Nothing is looked
up on the network: a scanner is trusted where there is none.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gada.engine.proof.signing import from_base64url
from gada.engine.refusal import Invalid

SIMULATOR = "Gada scanner simulator"  # organisation of every authority that signs invented fingers
_MOST_BYTES = 16 * 1024 * 1024
_LONGEST_WAY = 5
_FEWEST_RSA_BITS = 2048
_UNDERSTOOD = frozenset({
    x509.OID_BASIC_CONSTRAINTS, x509.OID_KEY_USAGE, x509.OID_EXTENDED_KEY_USAGE, x509.OID_SUBJECT_ALTERNATIVE_NAME,
})


@dataclass(frozen=True, slots=True)
class Authorities:
    """Certificates that are trusted by decision, whatever they say about themselves."""

    certificates: tuple[x509.Certificate, ...]

    def __len__(self) -> int:
        return len(self.certificates)

    @property
    def names(self) -> tuple[str, ...]:
        """Their subjects, as one line each."""
        return tuple(each.subject.rfc4514_string() for each in self.certificates)


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What was signed, whose certificate signed it, and whether its authority is a simulator of ours."""

    payload: dict[str, Any]
    signer: str
    simulated: bool


def read_authorities(files: Iterable[bytes]) -> Authorities:
    """Certificates out of PEM (several in one file too) or DER files. Raises Invalid `authority-unreadable`."""
    found: list[x509.Certificate] = []
    for file in files:
        try:
            is_text = b"-----BEGIN" in file
            found += x509.load_pem_x509_certificates(file) if is_text else [x509.load_der_x509_certificate(file)]
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise Invalid(
                "authority-unreadable", "A file among the trusted scanner authorities is not a certificate."
            ) from None
    return Authorities(tuple(found))


def verify_token(token: str, authorities: Authorities, *, at: datetime) -> VerifiedToken:
    """The token's content, if an authority of the list vouches for its signer and nothing was changed.

    Raises Invalid `sbi-malformed`, `sbi-unsigned`, `sbi-untrusted`, `sbi-expired` or `sbi-signature`.
    """
    if not isinstance(token, str) or len(token) > _MOST_BYTES:
        raise malformed()
    parts = token.split(".")
    if len(parts) != 3 or not parts[0] or not parts[2]:
        raise _unsigned()
    header, payload = _object(parts[0]), _object(parts[1])
    presented = _presented(header)
    anchor = _anchor_of(presented, authorities, at=at)
    try:
        _check_signature(presented[0], str(header.get("alg")), parts)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        raise Invalid(
            "sbi-signature", "The scanner’s answer was changed on its way: its signature does not fit."
        ) from None
    simulated = any(
        name.value == SIMULATOR for name in anchor.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    )
    return VerifiedToken(payload, presented[0].subject.rfc4514_string(), simulated)


def malformed() -> Invalid:
    """What a scanner said cannot be understood."""
    return Invalid("sbi-malformed", "The scanner’s answer cannot be understood. Start the scanner’s program again.")


def _unsigned() -> Invalid:
    return Invalid("sbi-unsigned", "The scanner’s answer is not signed, so nobody knows which scanner it is from.")


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(from_base64url(part.rstrip("=")))
    except (ValueError, RecursionError):
        raise malformed() from None
    if not isinstance(found, dict):
        raise malformed()
    return found


def _presented(header: dict[str, Any]) -> list[x509.Certificate]:
    """The certificates in the header, the signer's own first (RFC 7515 §4.1.6); some scanners send one as text."""
    said = header.get("x5c")
    texts = [said] if isinstance(said, str) else said
    if header.get("alg") in (None, "none") or not texts:
        raise _unsigned()
    if not isinstance(texts, list) or len(texts) > _LONGEST_WAY:
        raise malformed()
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(text, validate=True)) for text in texts]
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm):
        raise malformed() from None


def _anchor_of(
    presented: Sequence[x509.Certificate], authorities: Authorities, *, at: datetime
) -> x509.Certificate:
    """The listed authority at the end of the way from the first certificate; everything on it valid now."""
    trusted = {_bytes(each) for each in authorities.certificates}
    known = [*authorities.certificates, *presented[1:]]
    ways: list[list[x509.Certificate]] = [[presented[0]]]
    expired = False
    while ways:
        way = ways.pop()
        here = way[-1]
        if not _may_stand(here, below=len(way) - 1):
            continue
        if not here.not_valid_before_utc <= at <= here.not_valid_after_utc:
            expired = True
            continue
        if _bytes(here) in trusted:
            return here
        if len(way) < _LONGEST_WAY:
            ways += [[*way, each] for each in known if each not in way and _issued(here, each)]
    if expired:
        raise Invalid(
            "sbi-expired", "The scanner’s certificate is not valid today. Check the date of this machine, or renew it."
        )
    raise Invalid(
        "sbi-untrusted", "Nobody whom this node trusts vouches for this scanner. Ask the administrator to look at it."
    )


def _may_stand(certificate: x509.Certificate, *, below: int) -> bool:
    """Whether it may stand so high above the signer: nothing critical that we do not understand, and an authority."""
    try:
        extensions = certificate.extensions
    except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm):
        return False
    if any(each.critical and each.oid not in _UNDERSTOOD for each in extensions):
        return False
    values = {each.oid: each.value for each in extensions}
    usage = values.get(x509.OID_KEY_USAGE)
    if not below:
        return usage is None or bool(getattr(usage, "digital_signature", False))
    basic = values.get(x509.OID_BASIC_CONSTRAINTS)
    if not isinstance(basic, x509.BasicConstraints) or not basic.ca:
        return False
    long_enough = basic.path_length is None or basic.path_length >= below - 1
    return long_enough and (usage is None or bool(getattr(usage, "key_cert_sign", False)))


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_signature(certificate: x509.Certificate, algorithm: str, parts: Sequence[str]) -> None:
    key, signature = certificate.public_key(), from_base64url(parts[2].rstrip("="))
    signed = f"{parts[0]}.{parts[1]}".encode()
    if algorithm == "RS256" and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _FEWEST_RSA_BITS:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    elif algorithm == "ES256" and isinstance(key, ec.EllipticCurvePublicKey) and len(signature) == 64:
        if not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("ES256 is P-256")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    else:
        raise ValueError("another algorithm than the key is for")


def _bytes(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
