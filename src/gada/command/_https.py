"""What `gada serve --https` adds: certificates for the addresses that are called, and a doorway for plain HTTP."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

from django.conf import settings
from django.utils import timezone

from gada import vault
from gada.engine.proof.certificates import is_private
from gada.engine.refusal import Refusal
from gada.vault import authority
from gada.vault.authority import Served

log = logging.getLogger(__name__)

BETWEEN_TRIES = timedelta(seconds=5)  # in its last days a kit's certificate cannot be made longer
INSTALL = "/install/"
WITHOUT_TLS = (INSTALL, "/static/")
# An address of each network that hotspots use (NetworkManager, Windows, macOS, Android) and of the whole world:
# the system tells from which of our addresses it would send there. Nothing is sent.
ELSEWHERE = (
    "10.42.0.2", "192.168.137.2", "192.168.2.2", "192.168.43.2", "192.168.49.2", "192.168.0.254", "192.168.1.254",
    "10.0.0.254", "172.16.0.254", "198.51.100.1", "fd00::1", "2001:db8::1",
)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Certificates:
    """The right certificate for whoever calls: made when the first one calls an address of ours, and again in time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.addresses = set(addresses_of_ours())
        self.served: Served | None = None
        self.tried = datetime.min.replace(tzinfo=UTC)
        self.said = ""

    def __call__(self, address: str) -> SSLContext | None:
        """Ready for a connection to this address of ours; None while the node is locked or its time is over."""
        if not vault.is_unlocked():
            return None
        plain = address.removeprefix("::ffff:")
        if plain not in self.addresses:
            self.addresses.add(plain)
            self.served = None
        try:
            return self.ready().context
        except Refusal as refusal:
            if self.said != str(refusal):
                self.said = str(refusal)
                log.warning("%s", refusal)
            return None

    def ready(self) -> Served:
        """A certificate for every address known. Raises Refusal when the clock says that it is not its time."""
        at = timezone.now()
        if self.served is None or (not self.served.good_at(at) and at >= self.tried + BETWEEN_TRIES):
            self.tried = at
            self.served = authority.serve_as(self.addresses, at=at)
            allow_hosts([*authority.own_authority(at=at).hosts, *self.addresses])
            reached = sorted(filter(is_private, self.addresses), key=_likely)
            settings.NETWORK_ADDRESSES[:] = [f"https://{written(each)}:{self.port}" for each in reached]
        authority.check_clock(self.served.window, at=at)
        return self.served


class FromElsewhere:
    """A certificate of a public authority, for a name that the agency owns: apps that trust no other ask for it."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self.context = SSLContext(PROTOCOL_TLS_SERVER)
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.load_cert_chain(certificate, key)

    def __call__(self, address: str) -> SSLContext | None:
        return self.context if vault.is_unlocked() else None


class Doorway:
    """In front of the pages on the open port: over HTTPS everything, over HTTP only how to come over HTTPS."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["wsgi.url_scheme"] == "https":
            return self.application(environ, start_response)
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if not vault.is_unlocked():
            return _say(start_response, "503 Service Unavailable", LOCKED, [("Retry-After", "60")])
        if method not in ("GET", "HEAD") or path.startswith(("/api/", "/openrosa/", "/own/", "/exchange/")):
            return _say(start_response, "403 Forbidden", ONLY_HTTPS)
        if path.startswith(WITHOUT_TLS):
            return self.application(environ, start_response)
        # Never a permanent redirect: a browser would remember it after this laptop is gone.
        return _say(start_response, "307 Temporary Redirect", ONLY_HTTPS, [("Location", INSTALL)])


LOCKED = "Ce nœud attend sa phrase secrète, sur l'ordinateur.\nThis node waits for its passphrase, at the machine.\n"
ONLY_HTTPS = "Ici l'adresse commence par https://\nHere the address begins with https://\n"


def addresses_of_ours() -> list[str]:
    """Addresses of this machine on private networks, as far as the system tells without being root."""
    found: dict[str, None] = {}
    for elsewhere in ELSEWHERE:
        family = socket.AF_INET6 if ":" in elsewhere else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                found[probe.getsockname()[0]] = None
        except OSError:
            continue
    try:
        for *_rest, address in socket.getaddrinfo(socket.gethostname(), None):
            found[str(address[0]).partition("%")[0]] = None
    except OSError:
        pass
    return [each for each in found if is_private(each) and not each.startswith(("127.", "fe80", "::1"))]


def allow_hosts(names: Iterable[str]) -> None:
    """Answer requests that name these."""
    for name in map(written, names):
        if name not in settings.ALLOWED_HOSTS:
            settings.ALLOWED_HOSTS.append(name)


def written(address: str) -> str:
    """An address or name as it stands in a URL."""
    return f"[{address}]" if ":" in address else address


def _likely(address: str) -> tuple[bool, bool, str]:
    """What a phone most likely reaches comes first."""
    return ip_address(address).is_loopback, ":" in address, address


def _say(
    start_response: Callable[..., Any], status: str, text: str, headers: Iterable[tuple[str, str]] = ()
) -> Iterable[bytes]:
    body = text.encode()
    start_response(status, [
        ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"), *headers,
    ])
    return [body]
