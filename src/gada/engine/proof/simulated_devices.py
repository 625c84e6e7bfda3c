"""An authority for scanners that do not exist: certificates and signed tokens as a maker of scanners issues them.

Whatever it signs names `SIMULATOR` as its organisation, so that no node with real people can take it for a scanner.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from gada.engine.proof.device_tokens import SIMULATOR
from gada.engine.proof.signing import to_base64url

Algorithm = Literal["RS256", "ES256"]
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """A key with its certificate."""

    key: Key
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The certificate, as it lies in a folder of trusted authorities."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def make_authority(*, at: datetime, name: str = "Simulated scanners", organisation: str = SIMULATOR) -> Signer:
    """A new authority, valid for thirty days around `at`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name, organisation)
    built = _certificate(subject, subject, key, at=at, days=30).add_extension(
        x509.BasicConstraints(ca=True, path_length=1), critical=True
    )
    return Signer(key, built.sign(key, hashes.SHA256()))


def issue_device(
    authority: Signer, *, at: datetime, name: str = "Simulated scanner", algorithm: Algorithm = "RS256", days: int = 30
) -> Signer:
    """A scanner's key, vouched for by this authority. A negative `days` makes one that is over."""
    rsa_key = algorithm == "RS256"
    key: Key = rsa.generate_private_key(65537, 2048) if rsa_key else ec.generate_private_key(ec.SECP256R1())
    built = _certificate(_name(name, SIMULATOR), authority.certificate.subject, key, at=at, days=days).add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    return Signer(key, built.sign(authority.key, hashes.SHA256()))


def sign_token(signer: Signer, payload: Mapping[str, Any]) -> str:
    """The payload as a signed token with the signer's certificate in it."""
    algorithm = "RS256" if isinstance(signer.key, rsa.RSAPrivateKey) else "ES256"
    der = signer.certificate.public_bytes(serialization.Encoding.DER)
    header = {"alg": algorithm, "typ": "JWT", "x5c": [base64.b64encode(der).decode("ascii")]}
    signed = f"{encoded(header)}.{encoded(payload)}"
    if isinstance(signer.key, rsa.RSAPrivateKey):
        signature = signer.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(signer.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{signed}.{to_base64url(signature)}"


def encoded(part: Mapping[str, Any]) -> str:
    """A JSON object as a part of a token; alone, what a scanner that signs nothing sends."""
    return to_base64url(json.dumps(part).encode())


def _name(name: str, organisation: str) -> x509.Name:
    return x509.Name([
        x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organisation),
        x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
    ])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: Key, *, at: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(at - timedelta(days=30))
        .not_valid_after(at + timedelta(days=days))
    )
