"""An authority for private networks: what its certificates open, and what they can never open, judged by OpenSSL."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gada.engine.proof import certificates
from gada.engine.proof.certificates import Issuer

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOSTS = ("portable-3.local", "portable-3.lan")
ROOT = certificates.new_root("Gada Siège", at=AT, life=5 * 365 * DAY)
KEY = certificates.new_issuer_key()
LAPTOP = Issuer(KEY, certificates.certify_issuer(
    ROOT, KEY, name="Gada Portable 3", hosts=HOSTS, at=AT, until=AT + 60 * DAY
))


def a_server(
    hosts: tuple[str, ...] = HOSTS, addresses: tuple[str, ...] = ("192.168.1.7", "fd00::7"), **when: datetime
) -> str:
    certificate, _key = certificates.issue_server(
        LAPTOP, hosts=hosts, addresses=addresses, password=b"x" * 32,
        **({"at": AT, "until": AT + 30 * DAY} | when),
    )
    return certificate


def judged(folder: Path, server: str, *, at: datetime = AT, host: str = "") -> str:
    """What OpenSSL says of this server, trusting our root alone."""
    if not shutil.which("openssl"):
        pytest.skip("OpenSSL's command is not installed")
    for name, content in (("root", ROOT.certificate), ("issuer", LAPTOP.certificate), ("server", server)):
        (folder / name).write_text(content, "ascii")
    asked = ["-verify_ip" if host[:1].isdigit() else "-verify_hostname", host] if host else []
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-attime", str(int(at.timestamp())), *asked,
         "-CAfile", folder / "root", "-untrusted", folder / "issuer", folder / "server"],
        capture_output=True, text=True, timeout=20,
    )
    return "" if done.returncode == 0 else done.stderr


def test_a_laptop_is_trusted_under_its_names_and_addresses(tmp_path: Path):
    server = a_server()
    for host in ("portable-3.local", "192.168.1.7"):
        assert judged(tmp_path, server, host=host) == ""
    assert "mismatch" in judged(tmp_path, server, host="192.168.1.8")
    assert certificates.addresses_of(server) == ("192.168.1.7", "fd00::7") and certificates.hosts_of(server) == HOSTS


@pytest.mark.parametrize("host", ["example.org", "portable-4.local", "local.example.org", "localhost"])
def test_whoever_has_the_laptops_key_can_sign_for_no_other_host(host: str, tmp_path: Path):
    assert "permitted subtree violation" in judged(tmp_path, a_server(hosts=(host,)))


def test_public_addresses_are_never_signed_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert certificates.addresses_of(a_server(addresses=("8.8.8.8", "10.1.2.3"))) == ("10.1.2.3",)
    monkeypatch.setattr(certificates, "is_private", lambda address: True)  # a thief's program does not ask
    assert "permitted subtree violation" in judged(tmp_path, a_server(addresses=("8.8.8.8",)))


def test_the_root_itself_speaks_for_private_names_only(tmp_path: Path):
    key = certificates.new_issuer_key()
    wide = Issuer(key, certificates.certify_issuer(ROOT, key, name="x", hosts=["org"], at=AT, until=AT + 60 * DAY))
    server, _key = certificates.issue_server(
        wide, hosts=["example.org"], addresses=[], password=b"x" * 32, at=AT, until=AT + DAY
    )
    (tmp_path / "wide").write_text(wide.certificate, "ascii")
    (tmp_path / "server").write_text(server, "ascii")
    (tmp_path / "root").write_text(ROOT.certificate, "ascii")
    done = subprocess.run(
        ["openssl", "verify", "-attime", str(int(AT.timestamp())), "-CAfile", tmp_path / "root",
         "-untrusted", tmp_path / "wide", tmp_path / "server"], capture_output=True, text=True, timeout=20,
    )
    assert "permitted subtree violation" in done.stderr


def test_nothing_outlives_what_signed_it_and_clocks_may_be_a_day_wrong(tmp_path: Path):
    late = certificates.window_of(a_server(at=AT + 50 * DAY, until=AT + 80 * DAY))
    assert late.ends == AT + 60 * DAY and late.begins == AT + 49 * DAY
    assert certificates.window_of(a_server()).begins == AT - DAY
    server = a_server()
    assert judged(tmp_path, server, at=AT - timedelta(hours=23)) == ""
    assert "expired" in judged(tmp_path, server, at=AT + 31 * DAY)
    longer = certificates.recertify_issuer(ROOT, LAPTOP.certificate, at=AT + 50 * DAY, until=AT + 110 * DAY)
    assert certificates.window_of(longer).ends == AT + 110 * DAY
    assert certificates.hosts_of(longer) == HOSTS and certificates.name_of(longer) == "Gada Portable 3"


@pytest.mark.parametrize(("name", "label"), [
    ("Portable 3, Diffa", "portable-3-diffa"), ("Ordinateur d’Éric", "ordinateur-deric"), ("نيامي", "gada"),
    ("x" * 80, "x" * 63), ("--", "gada"),
])
def test_the_name_of_a_machine_becomes_a_host_name(name: str, label: str):
    assert certificates.host_label(name) == label
