"""X.509 for machines that have no public name: an authority of our own, bound to private networks by its certificate.

root (headquarters, years) → issuer (one laptop, as long as its kit) → server (one laptop's addresses of today, weeks).
Root and issuer carry critical name constraints (RFC 5280, 4.2.1.10): names under `.local`, `.lan` and `.home.arpa`, and
private addresses. What they sign for any other host is refused by whoever trusts the root, even if a key is stolen.
Everything is ECDSA on P-256 with SHA-256, which every phone in use accepts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gada.engine.refusal import Invalid, Refusal

ZONES = ("local", "lan", "home.arpa")
# RFC 1918 and 3927; RFC 4193 and 4291; the machine itself.
NETWORKS = tuple(map(ip_network, (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8",
    "fc00::/7", "fe80::/10", "::1/128",
)))
BACKDATED = timedelta(days=1)  # clocks in the field are a little wrong
LONGEST_NAME = 64  # of a common name (X.520)
LABEL = 63  # of one part of a host name (RFC 1035)


@dataclass(frozen=True, slots=True)
class Issuer:
    """What signs: a key (PKCS #8, PEM) and its certificate (PEM)."""

    key: str
    certificate: str


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when a certificate counts, in UTC."""

    begins: datetime
    ends: datetime


def new_issuer_key() -> str:
    """A private key, PKCS #8 in PEM."""
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def new_root(name: str, *, at: datetime, life: timedelta) -> Issuer:
    """A root that may only speak for private names and addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named(name)
    certificate = _authority(
        subject, key.public_key(), issuer=subject, issuer_key=key, zones=ZONES, below=1,
        window=Window(at - BACKDATED, at + life),
    )
    return Issuer(_pem(key), _text(certificate))


def certify_issuer(root: Issuer, key: str, *, name: str, hosts: Sequence[str], at: datetime, until: datetime) -> str:
    """A certificate (PEM) with which one laptop signs for these host names and private addresses, and nothing else."""
    signing = _private(key)
    return _certified(root, signing.public_key(), _named(name), hosts, at=at, until=until)


def recertify_issuer(root: Issuer, certificate: str, *, at: datetime, until: datetime) -> str:
    """The same key, name and hosts for longer."""
    old = _certificate(certificate)
    public = old.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise Invalid("certificate-malformed", "This certificate cannot be read.")
    return _certified(root, public, old.subject, hosts_of(certificate), at=at, until=until)


def issue_server(
    issuer: Issuer, *, hosts: Sequence[str], addresses: Iterable[str], password: bytes, at: datetime, until: datetime
) -> tuple[str, str]:
    """(certificate, its key under the password), both PEM, for a machine of these names and addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer = _certificate(issuer.certificate)
    known = [x509.DNSName(host) for host in hosts]
    at_addresses = [x509.IPAddress(ip_address(each)) for each in sorted(set(addresses)) if is_private(each)]
    builder = _begun(
        _named(hosts[0]), key.public_key(), signer.subject, _within(signer, at - BACKDATED, until)
    ).add_extension(x509.SubjectAlternativeName([*known, *at_addresses]), critical=False).add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    ).add_extension(_usage(signs_certificates=False), critical=True)
    certificate = _signed(builder, _private(issuer.key), key.public_key())
    sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)).decode()
    return _text(certificate), sealed


def window_of(certificate: str) -> Window:
    """When a certificate counts."""
    found = _certificate(certificate)
    return Window(found.not_valid_before_utc, found.not_valid_after_utc)


def hosts_of(certificate: str) -> tuple[str, ...]:
    """The names that an issuer may sign for, or that a server answers to."""
    found = _certificate(certificate)
    try:
        allowed = found.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
        return tuple(each.value for each in allowed if isinstance(each, x509.DNSName))
    except x509.ExtensionNotFound:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return tuple(names.get_values_for_type(x509.DNSName))


def addresses_of(certificate: str) -> tuple[str, ...]:
    """The addresses that a server's certificate is for."""
    names = _certificate(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(each) for each in names.get_values_for_type(x509.IPAddress))


def fingerprint_of(certificate: str) -> str:
    """SHA-256 of a certificate as phones and browsers write it: AB:CD:…, 32 pairs."""
    return _certificate(certificate).fingerprint(SHA256()).hex(":").upper()


def der_of(certificate: str) -> bytes:
    """A certificate as the bytes that phones install."""
    return _certificate(certificate).public_bytes(Encoding.DER)


def name_of(certificate: str) -> str:
    """Whose certificate it is."""
    return str(_certificate(certificate).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def is_private(address: str) -> bool:
    """Is this an address that our authorities may sign for? False for what is no address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return any(_lies_in(found, network) for network in NETWORKS)


def host_label(name: str) -> str:
    """What a machine called so is named on a network: "Portable 3, Diffa" is portable-3-diffa."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LABEL].strip("-") or "gada"


def _lies_in(address: IPv4Address | IPv6Address, network: object) -> bool:
    return address in network  # type: ignore[operator]


def _certified(
    root: Issuer, public: ec.EllipticCurvePublicKey, name: x509.Name, hosts: Sequence[str], *, at: datetime,
    until: datetime,
) -> str:
    signer = _certificate(root.certificate)
    return _text(_authority(
        name, public, issuer=signer.subject, issuer_key=_private(root.key), zones=hosts, below=0,
        window=_within(signer, at - BACKDATED, until),
    ))


def _authority(
    name: x509.Name, public: ec.EllipticCurvePublicKey, *, issuer: x509.Name, issuer_key: ec.EllipticCurvePrivateKey,
    zones: Sequence[str], below: int, window: Window,
) -> x509.Certificate:
    allowed = [*map(x509.DNSName, zones), *map(x509.IPAddress, NETWORKS)]
    builder = _begun(name, public, issuer, window).add_extension(
        x509.BasicConstraints(ca=True, path_length=below), critical=True
    ).add_extension(_usage(signs_certificates=True), critical=True).add_extension(
        x509.NameConstraints(permitted_subtrees=allowed, excluded_subtrees=None), critical=True
    )
    return _signed(builder, issuer_key, public)


def _begun(
    name: x509.Name, public: ec.EllipticCurvePublicKey, issuer: x509.Name, window: Window
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(window.begins.replace(microsecond=0)).not_valid_after(window.ends.replace(microsecond=0))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _signed(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, _public: ec.EllipticCurvePublicKey
) -> x509.Certificate:
    ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.add_extension(ours, critical=False).sign(key, SHA256())


def _within(signer: x509.Certificate, begins: datetime, ends: datetime) -> Window:
    """What is signed never outlives the signer, and never begins before it."""
    window = Window(max(begins, signer.not_valid_before_utc), min(ends, signer.not_valid_after_utc))
    if window.begins >= window.ends:
        raise Refusal(
            "certificate-timeless", "By the clock of this machine it is not the time of its authority. Set it."
        )
    return window


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        encipher_only=False, decipher_only=False,
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:LONGEST_NAME])])


def _certificate(text: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        raise Invalid("certificate-malformed", "This certificate cannot be read.") from None


def _private(text: str) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(text.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Invalid("certificate-malformed", "This certificate cannot be read.")
    return key


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
