"""The certificate authority of our own: whom phones trust once, and with what this machine signs for itself.

Headquarters (or a node that works alone) holds the key of the root. A laptop holds, from its kit, the key of an issuer
that may sign for this laptop's own names and private addresses only, and no longer than its kit lives. Both lie sealed
under the node key. Servers' certificates are made when they are needed and kept nowhere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from ssl import PROTOCOL_TLS_SERVER, SSLContext, TLSVersion
from threading import Lock
from typing import Any

from gada.engine.proof import certificates
from gada.engine.proof.certificates import BACKDATED, ZONES, Issuer, Window, host_label
from gada.engine.refusal import Refusal
from gada.vault import node

AUTHORITY = "authority.sealed"
ROOT_LIFE = timedelta(days=5 * 365)
SERVER_LIFE = timedelta(days=30)  # Apple allows 825 days for roots that a person installed, browsers ask for 397
RENEWED_BEFORE = timedelta(days=10)
_making = Lock()  # two first callers, one root
CLOCK = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True)
class Authority:
    """The root that phones trust, and what signs here: the root itself, or an issuer below it."""

    root: str
    certificate: str
    key: str
    hosts: tuple[str, ...]  # the names this machine may call itself

    @property
    def issuer(self) -> Issuer:
        return Issuer(self.key, self.certificate)

    @property
    def is_root(self) -> bool:
        return self.root == self.certificate

    @property
    def window(self) -> Window:
        return certificates.window_of(self.certificate)


@dataclass(frozen=True, slots=True)
class Served:
    """What a server shows: ready for sockets, and what stands in it."""

    context: SSLContext
    certificate: str
    addresses: frozenset[str]
    window: Window

    made_by: int  # which state of the authority

    def good_at(self, at: datetime) -> bool:
        """Neither about to end, nor made before the authority was renewed."""
        return self.made_by == state() and self.window.begins <= at < self.window.ends - RENEWED_BEFORE


def own_authority(*, at: datetime) -> Authority:
    """The authority of this node; one that came without, as every headquarters does, makes its own root once."""
    with _making:
        return _read() or renew_authority(at=at)


def trusted_root() -> str | None:
    """The root that this node trusts for nodes of its own agency: its own, or the one its kit brought."""
    ours = _read()
    return ours.root if ours else None


def renew_authority(*, at: datetime) -> Authority:
    """A new root for this node. Every phone and laptop must install it anew; kits made before keep the old one."""
    ours = node.identity()
    check_clock(Window(datetime.fromisoformat(ours.created_at) - BACKDATED, datetime.max.replace(tzinfo=UTC)), at=at)
    root = certificates.new_root(f"Gada {ours.name[:40]} {token_hex(3)}", at=at, life=ROOT_LIFE)
    made = Authority(root.certificate, root.certificate, root.key, hosts_called(ours.name))
    keep_authority(asdict(made))
    return made


def authority_for_kit(name: str, *, at: datetime, until: datetime) -> Authority:
    """What the kit of a laptop brings: an issuer under our root, for its names alone, until its key runs out."""
    ours, hosts, key = own_authority(at=at), hosts_called(name), certificates.new_issuer_key()
    root = Issuer(ours.key, ours.certificate)
    certificate = certificates.certify_issuer(root, key, name=f"Gada {name}", hosts=hosts, at=at, until=until)
    return Authority(ours.root, certificate, key, hosts)


def extend_for_kit(certificate: str, *, at: datetime, until: datetime) -> tuple[str, str]:
    """(root, certificate) with which a laptop goes on; its key is the one it has."""
    ours = own_authority(at=at)
    root = Issuer(ours.key, ours.certificate)
    return ours.root, certificates.recertify_issuer(root, certificate, at=at, until=until)


def keep_authority(parts: dict[str, Any]) -> None:
    """Seal what a kit brought."""
    node.write_whole(node.data_directory() / AUTHORITY, node.seal_for_node(json.dumps(parts).encode()))


def go_on_with(root: str, certificate: str) -> None:
    """Headquarters lets this laptop sign for longer. One that came without an issuer has nothing to go on with."""
    ours = _read()
    if ours is not None and not ours.is_root:
        keep_authority(asdict(ours) | {"root": root, "certificate": certificate})


def serve_as(addresses: Iterable[str], *, at: datetime) -> Served:
    """Make a certificate for this machine as it is reached now. Raises Refusal `clock-behind`, `certificate-ended`."""
    ours = own_authority(at=at)
    check_clock(ours.window, at=at)
    wanted = frozenset(each for each in addresses if certificates.is_private(each))
    password = token_hex(32)
    certificate, sealed = certificates.issue_server(
        ours.issuer, hosts=ours.hosts, addresses=wanted, password=password.encode(), at=at, until=at + SERVER_LIFE
    )
    chain = certificate if ours.is_root else certificate + ours.certificate
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.minimum_version = TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    _load(context, chain + sealed, password)
    return Served(context, certificate, wanted, certificates.window_of(certificate), state())


def state() -> int:
    """Another number once the authority of this node was renewed, by whatever process."""
    try:
        return (node.data_directory() / AUTHORITY).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def check_clock(window: Window, *, at: datetime) -> None:
    """Is it the time of this certificate, by this machine's clock?"""
    if at < window.begins:
        raise Refusal(
            "clock-behind",
            "The clock of this machine says %(now)s, but what it should open was made after %(made)s. Set the clock "
            "right, then start again.", now=at.strftime(CLOCK), made=window.begins.strftime(CLOCK),
        )
    if at >= window.ends:
        raise Refusal(
            "certificate-ended",
            "The clock of this machine says %(now)s, and its certificate ended on %(ended)s. If the clock is wrong, "
            "set it. If it is right, headquarters renews this laptop and it synchronises; a node that works alone "
            "makes a new authority: gada site certificate renew --authority",
            now=at.strftime(CLOCK), ended=window.ends.strftime(CLOCK),
        )


def hosts_called(name: str) -> tuple[str, ...]:
    """The names of a machine: portable-3.local and so on."""
    label = host_label(name)
    return tuple(f"{label}.{zone}" for zone in ZONES)


def _read() -> Authority | None:
    try:
        box = (node.data_directory() / AUTHORITY).read_bytes()
    except FileNotFoundError:
        return None
    body = json.loads(node.open_for_node(box))
    return Authority(body["root"], body["certificate"], body["key"], tuple(body["hosts"]))


def _load(context: SSLContext, content: str, password: str) -> None:
    """The library reads keys from files only: this one lies there encrypted, for a moment, its password nowhere."""
    path: Path = node.data_directory() / f"https.{os.getpid()}.pem"
    try:
        path.write_text(content, "ascii")
        context.load_cert_chain(path, password=password)
    finally:
        path.unlink(missing_ok=True)
