"""A simulated scanner and the bridge, as servers: what they let whom do."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from gada.command._serving_scanners import bridge, find_scanners, origin_of, simulator
from gada.engine.proof.device_tokens import read_authorities
from gada.engine.proof.simulated_devices import Signer
from gada.engine.scanner import FIRST_PORT, LAST_PORT, Asked, capture_request, read_capture, read_devices
from gada.engine.scanner.simulated import a_scanner

NODE = "https://node.example"


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def scanner() -> Iterator[tuple[int, Signer]]:
    made = a_scanner(at=datetime.now(UTC), algorithm="ES256")
    with running(simulator("127.0.0.1", range(LAST_PORT, FIRST_PORT, -1), made)) as port:
        yield port, made.authority


def asked_of(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    said = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return said


def a_question() -> Asked:
    return Asked("01960000-once", "Developer", 7, datetime.now(UTC), timedelta(seconds=10))


def test_a_simulated_scanner_speaks_the_interface(scanner: tuple[int, Signer]) -> None:
    port, authority = scanner
    trusted, now = read_authorities([authority.pem]), datetime.now(UTC)
    assert json.loads(asked_of(port, "MOSIPDISC", "/device", {"type": "Iris"})[2]) == []
    assert json.loads(asked_of(port, "MOSIPDISC", "/device", {"type": "Finger"})[2])[0]["deviceStatus"] == "Ready"
    assert read_devices(asked_of(port, "MOSIPDINFO", "/info")[2], trusted, at=now)[0].device.model == "Simulator"
    asked = a_question()
    _status, headers, said = asked_of(port, "RCAPTURE", "/capture", capture_request(asked), Origin=NODE)
    assert read_capture(said, asked, trusted, at=now, simulators=True).position == 7
    assert headers["Access-Control-Allow-Origin"] == "*" and headers["Cache-Control"] == "no-store"
    assert asked_of(port, "CAPTURE", "/capture", {})[0] == 405
    assert b"500" in asked_of(port, "RCAPTURE", "/capture", {"bio": []})[2]
    assert "RCAPTURE" in asked_of(port, "OPTIONS", "/capture", Origin=NODE)[1]["Access-Control-Allow-Methods"]
    assert port in [each["port"] for each in find_scanners()]


def test_the_bridge_serves_its_own_node_only_and_changes_nothing(scanner: tuple[int, Signer]) -> None:
    port, authority = scanner
    with running(bridge(f"{NODE}/desk/", port=0)) as at:
        status, headers, said = asked_of(at, "GET", "/scanners", Origin=NODE)
        assert status == 200 and port in [each["port"] for each in json.loads(said)]
        assert headers["Access-Control-Allow-Origin"] == NODE
        asked = a_question()
        body = {"port": port, "request": capture_request(asked)}
        _status, _headers, said = asked_of(at, "POST", "/capture", body, Origin=NODE)
        trusted = read_authorities([authority.pem])
        assert read_capture(said, asked, trusted, at=datetime.now(UTC), simulators=True).image
        for refused in ({"Origin": "https://other.example"}, {}, {"Origin": NODE, "Host": f"evil.example:{at}"}):
            status, headers, said = asked_of(at, "POST", "/capture", body, **refused)
            assert status == 403 and "Access-Control-Allow-Origin" not in headers and b"biometrics" not in said
            assert "Access-Control-Allow-Origin" not in asked_of(at, "OPTIONS", "/capture", **refused)[1]
            assert asked_of(at, "GET", "/scanners", **refused)[0] == 403
        assert asked_of(at, "POST", "/capture", body | {"port": 22}, Origin=NODE)[0] == 400, "scanners, nothing else"
        assert asked_of(at, "POST", "/capture", [], Origin=NODE)[0] == 400
        gone = asked_of(at, "POST", "/capture", body | {"port": FIRST_PORT + 50}, Origin=NODE)[2]
        assert json.loads(gone)["biometrics"][0]["error"]["errorcode"] == "202"


def test_addresses_of_a_node() -> None:
    assert origin_of("HTTPS://Node.example/x?y") == NODE
    for nonsense in ("node.example", "ftp://node.example", "https:///x"):
        with pytest.raises(ValueError):
            origin_of(nonsense)
