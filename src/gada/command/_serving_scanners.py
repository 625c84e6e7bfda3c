"""Small servers for the clerk's machine: a simulated scanner, and the bridge between scanners and a browser."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from gada.engine.scanner.simulated import SimulatedScanner
from gada.engine.scanner.words import BUSY, FIRST_PORT, LAST_PORT

BRIDGE_PORT = 4500  # the page looks here first
LARGEST_REQUEST_BYTES = 64 * 1024
LARGEST_ANSWER_BYTES = 24 * 1024 * 1024
LONGEST_CAPTURE_SECONDS = 120
_LOOKING_SECONDS = 1.5
_SPOKEN = "MOSIPDISC, MOSIPDINFO, CAPTURE, RCAPTURE, GET, POST, OPTIONS"


class _Answering(BaseHTTPRequestHandler):
    """JSON in, JSON out, nothing cached and nothing logged: answers hold fingerprints."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Gada", ""
    timeout = 30

    def allowed(self) -> dict[str, str]:
        """The headers by which a browser lets a page read the answer."""
        raise NotImplementedError

    def body(self) -> Any:
        """The request's JSON. Raises ValueError."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= LARGEST_REQUEST_BYTES:
            raise ValueError("too large")
        return json.loads(self.rfile.read(length) or b"{}")

    def say(self, answer: Any, status: int = 200) -> None:
        self.send(json.dumps(answer).encode(), status)

    def send(self, content: bytes, status: int = 200) -> None:
        self.send_response(status)
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Content-Length": str(len(content))}
        for name, value in (headers | self.allowed()).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def do_OPTIONS(self) -> None:
        self.send_response(204)
        for name, value in ({"Content-Length": "0"} | self.allowed()).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def cross_origin(origin: str) -> dict[str, str]:
    """What lets pages of this origin call us, from the network into this machine too."""
    return {
        "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": _SPOKEN, "Vary": "Origin",
        "Access-Control-Allow-Headers": "Content-Type", "Access-Control-Allow-Private-Network": "true",
        "Access-Control-Max-Age": "600",
    }


def simulator(
    host: str, ports: Iterable[int], scanner: SimulatedScanner, *, slow: float = 0, for_browsers: bool = True
) -> ThreadingHTTPServer:
    """A server of this scanner on the first free port. Raises OSError when there is none."""
    turn = threading.Lock()

    class Scanner(_Answering):
        def allowed(self) -> dict[str, str]:
            return cross_origin("*") if for_browsers else {}

        def do_MOSIPDISC(self) -> None:
            self._asked_for_finger(scanner.discovery)

        def do_MOSIPDINFO(self) -> None:
            self.say(scanner.info(datetime.now(UTC)))

        def do_RCAPTURE(self) -> None:
            if not turn.acquire(blocking=False):
                return self.say({"biometrics": [{"error": {"errorcode": BUSY, "errorinfo": "Device is busy"}}]})
            try:
                asked = self.body()
                time.sleep(slow)
                self.say(scanner.capture(asked, datetime.now(UTC)))
            except (ValueError, LookupError, TypeError, AttributeError):
                self.say({"biometrics": [{"error": {"errorcode": "500", "errorinfo": "Invalid request"}}]})
            finally:
                turn.release()

        def do_CAPTURE(self) -> None:
            """A scanner for registration does not sign in people (SBI 0.9.5, 5.5)."""
            self.say({"error": {"errorcode": "500", "errorinfo": "Only RCAPTURE"}}, 405)

        def _asked_for_finger(self, answer: Any) -> None:
            try:
                kind = str(self.body().get("type", ""))
            except (ValueError, AttributeError):
                return self.say([{"error": {"errorcode": "500", "errorinfo": "Invalid JSON"}}])
            self.say(answer(datetime.now(UTC)) if kind in ("Finger", "Fingerprint", "Biometric Device") else [])

    for port in ports:
        try:
            return ThreadingHTTPServer((host, port), Scanner)
        except OSError:
            continue
    raise OSError("no free port")


def bridge(node: str, *, host: str = "127.0.0.1", port: int = BRIDGE_PORT) -> ThreadingHTTPServer:
    """A server that lets pages of `node` (and no others) use the scanners of this machine."""
    origin = origin_of(node)

    class Bridge(_Answering):
        def allowed(self) -> dict[str, str]:
            return cross_origin(origin) if self._is_ours() else {}

        def do_GET(self) -> None:
            """/scanners: those found on this machine, each with its address and its own words."""
            if not self._is_ours():
                return self._refuse()
            self.say(find_scanners(host)) if self.path == "/scanners" else self.say({}, 404)

        def do_POST(self) -> None:
            """/capture {port, request}: the scanner's answer, byte by byte."""
            if not self._is_ours():
                return self._refuse()
            try:
                asked = self.body()
                scanner = int(asked["port"])
                if self.path != "/capture" or not FIRST_PORT <= scanner <= LAST_PORT:
                    raise ValueError
                said = ask_scanner(
                    host, scanner, "RCAPTURE", "/capture", asked["request"], seconds=LONGEST_CAPTURE_SECONDS
                )
            except (ValueError, LookupError, TypeError):
                return self.say({}, 400)
            except (OSError, http.client.HTTPException):
                return self.say({"biometrics": [{"error": {"errorcode": "202", "errorinfo": "No device connected"}}]})
            self.send(said)

        def _is_ours(self) -> bool:
            """Only our node's pages; and only under our own name, so that no foreign name is made to lead here."""
            names = {f"{name}:{self.server.server_address[1]}" for name in ("127.0.0.1", "localhost", host)}
            return self.headers.get("Origin") == origin and self.headers.get("Host") in names

        def _refuse(self) -> None:
            self.say({"words": "This bridge serves the pages of its own node only."}, 403)

    return ThreadingHTTPServer((host, port), Bridge)


def origin_of(address: str) -> str:
    """`https://node.example/desk` → `https://node.example`. Raises ValueError for what is no address of a site."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def find_scanners(host: str = "127.0.0.1") -> list[dict[str, Any]]:
    """Everything that answers MOSIPDISC on the ports of the interface: [{port, devices}]."""
    def look(port: int) -> dict[str, Any] | None:
        try:
            said = json.loads(ask_scanner(host, port, "MOSIPDISC", "/device", {"type": "Finger"}, _LOOKING_SECONDS))
        except (OSError, http.client.HTTPException, ValueError):
            return None
        return {"port": port, "devices": said} if isinstance(said, list) and said else None

    with ThreadPoolExecutor(20) as pool:
        return [found for found in pool.map(look, range(FIRST_PORT, LAST_PORT + 1)) if found]


def ask_scanner(host: str, port: int, method: str, path: str, body: Mapping[str, Any], seconds: float) -> bytes:
    """One request in the words of the interface; the answer as it came. Raises OSError, HTTPException, ValueError."""
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request(method, path, json.dumps(body).encode(), {"Content-Type": "application/json", "EXT": "Gada"})
        said = connection.getresponse().read(LARGEST_ANSWER_BYTES + 1)
    finally:
        connection.close()
    if len(said) > LARGEST_ANSWER_BYTES:
        raise ValueError("too large")
    return said
