"""HTTPS inside waitress: its own loop shakes hands, reads and writes, so nobody's slow link holds up anybody else.

A connection says itself what it is: a TLS client begins with the byte 22, everything else is plain HTTP and is marked
so (`wsgi.url_scheme`), for a page that explains. Reading and writing happen in different threads of waitress; one TLS
session does not bear that, so a lock lies around each step. No step waits: all sockets are non-blocking.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import WSGITask

HANDSHAKE = 0x16  # the content type that every TLS connection begins with (RFC 8446, 5.1)
SECONDS_TO_SHAKE_HANDS = 20
RECEIVED_AT_ONCE = 1 << 16  # more than a TLS record: nothing lies decrypted in the session while the loop waits
WAITS = (ssl.SSLWantReadError, ssl.SSLWantWriteError)

Contexts = Callable[[str], ssl.SSLContext | None]  # by the address of ours that was called; None: not now


class SecureTask(WSGITask):
    """A request that says how it came."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ["wsgi.url_scheme"] = "https" if self.channel.secured else "http"
        return environ


class SecureChannel(HTTPChannel):
    """One connection: first unknown, then shaking hands, then secured — or plain."""

    task_class = SecureTask
    contexts: Contexts

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:
        self.begun = self.secured = self.must_write = False
        self.one_at_a_time = threading.RLock()
        super().__init__(server, sock, addr, adj, map=map)

    @property
    def shaking(self) -> bool:
        return isinstance(self.socket, ssl.SSLSocket) and not self.secured

    def readable(self) -> bool:
        return not (self.will_close or self.must_write) if self.shaking else super().readable()

    def writable(self) -> bool:
        return self.must_write or self.will_close if self.shaking else super().writable()

    def handle_write(self) -> None:
        if self.shaking and not self.will_close:
            self._shake_hands()
        else:
            super().handle_write()

    def handle_read(self) -> None:
        if not self.begun and not self._begin():
            return
        if self.shaking and not self._shake_hands():
            return
        while True:
            try:
                data = self.recv(self.adj.recv_bytes)
            except WAITS:
                return
            except OSError:
                self.handle_close()
                return
            if not data:
                self.connected = False
                return
            self.last_activity = time.time()
            self.received(data)
            if not (self.connected and self._holds_more()):
                return

    def recv(self, buffer_size: int) -> bytes:
        with self.one_at_a_time:
            received: bytes = super().recv(buffer_size)
        return received

    def send(self, data: bytes, do_close: bool = True) -> int:
        try:
            with self.one_at_a_time:
                sent: int = super().send(data, do_close)
        except WAITS:
            return 0
        except ssl.SSLError:  # the other side is gone, without a farewell: as for plain sockets, nothing to tell
            if do_close:
                self.handle_close()
            return 0
        return sent

    def _begin(self) -> bool:
        """Look at the first byte without taking it."""
        try:
            first = self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            first = b""
        self.begun = bool(first)
        context = self.contexts(self.socket.getsockname()[0].partition("%")[0]) if first else None
        if first == bytes([HANDSHAKE]):
            if context is None:
                self.handle_close()
                return False
            try:
                self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            except OSError:
                self.handle_close()
                return False
        elif not first:
            self.handle_close()
        return bool(first)

    def _shake_hands(self) -> bool:
        self.must_write = False
        try:
            with self.one_at_a_time:
                self.socket.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLWantWriteError:
            self.must_write = True
            return False
        except (OSError, ValueError):  # whoever does not trust us says so here: nothing of ours went wrong
            self.handle_close()
            return False
        self.secured = True
        return True

    def _holds_more(self) -> bool:
        with self.one_at_a_time:
            return isinstance(self.socket, ssl.SSLSocket) and self.socket.pending() > 0


def make_secure(server: Any, contexts: Contexts) -> None:
    """Let this waitress server (one socket or several) speak TLS with whoever begins it."""
    channel = type("SecureChannel", (SecureChannel,), {"contexts": staticmethod(contexts)})
    # Several sockets make a server of servers, which keeps them in one map together with whatever else shares it.
    single = isinstance(server, BaseWSGIServer)
    for each in [server] if single else list(server.map.values()):
        if isinstance(each, BaseWSGIServer) and each.adj is server.adj:
            each.channel_class = channel
            each.maintenance = _hurrying(each)


def _hurrying(server: BaseWSGIServer) -> Callable[[float], None]:
    """Who has not shaken hands in time makes room for others."""
    usual: Callable[[float], None] = server.maintenance

    def maintain(now: float) -> None:
        for channel in server.active_channels.values():
            if not channel.begun or channel.shaking:
                channel.will_close = channel.will_close or channel.creation_time < now - SECONDS_TO_SHAKE_HANDS
        usual(now)

    return maintain
