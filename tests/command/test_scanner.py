"""A simulated scanner and the bridge, as servers: what they let whom do."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from gada.command._dropping import DropFolder
from gada.command._serving_scanners import bridge, find_scanners, origin_of, simulator
from gada.engine.proof.device_tokens import read_authorities
from gada.engine.proof.simulated_devices import Signer
from gada.engine.refusal import NotPermitted
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


def test_a_drop_folder(tmp_path: Path) -> None:
    """Against a stand-in for the wire only: the node's own answers are tested in tests/console/test_dropping.py."""
    answers: dict[bytes, tuple[int, dict[str, Any]]] = {
        b"good": (201, {"finger": "index droit", "quality": 63}),
        b"other": (422, {"code": "sitting-name", "detail": "Non."}),
        b"cut": (422, {"code": "image-unreadable", "detail": "Coupé."}), b"later": (503, {"detail": "Fermé."}),
    }
    sent: list[bytes] = []

    def node(request: httpx.Request) -> httpx.Response:
        found = next(word for word in answers if b"\r\n\r\n" + word + b"\r\n" in request.content)
        sent.append(found)
        return httpx.Response(answers[found][0], json=answers[found][1])

    said: list[str] = []
    drop = DropFolder(tmp_path, httpx.Client(transport=httpx.MockTransport(node), base_url=NODE), said.append)
    for name, content in {"a.png": b"goo", "b.png": b"other", "c.wsq": b"cut", "d.png": b"later", "e.png": b"",
                          ".f.png": b"good", "notes.txt": b"good", "g.png.part": b"good"}.items():
        (tmp_path / name).write_bytes(content)
    assert drop.look() == 0 and not sent, "nothing is sent that was only just seen"
    (tmp_path / "a.png").write_bytes(b"good")
    assert drop.look() == 0 and b"good" not in sent, "a growing file waits"
    assert drop.look() == 1 and not (tmp_path / "a.png").exists()
    assert (tmp_path / "refused" / "b.png").read_bytes() == b"other"
    assert (tmp_path / "refused" / "b.png.txt").read_text("utf-8") == "Non.\n"
    assert (tmp_path / "c.wsq").exists() and (tmp_path / "d.png").exists(), "may still be written, or the node is shut"
    old = time.time() - 60
    os.utime(tmp_path / "c.wsq", (old, old))
    (tmp_path / "b.png").write_bytes(b"other")
    drop.look(), drop.look()
    assert (tmp_path / "refused" / "c.wsq.txt").exists() and (tmp_path / "refused" / "b (2).png").exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(
        [".f.png", "notes.txt", "g.png.part", "d.png", "e.png", "refused"]
    )
    assert len([line for line in said if "Fermé" in line]) == 2, "said again only after something went through"
    answers[b"later"] = (404, {"detail": "Another site answers here."})
    drop.look()
    assert (tmp_path / "d.png").exists(), "no word of our node"
    answers[b"later"] = (401, {})
    with pytest.raises(NotPermitted):
        drop.look()
    drop.http = httpx.Client(base_url="http://127.0.0.1:9")
    drop.look()
    assert "files wait" in said[-1]
