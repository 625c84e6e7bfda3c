"""The port for phones: HTTPS with our own certificate, a page for who comes without, and nobody waits for anybody."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import waitress
from django.utils import timezone

from gada import vault
from gada.command import _https, _secure_channel
from gada.command._https import Certificates, Doorway, FromElsewhere
from gada.command._secure_channel import RECEIVED_AT_ONCE, make_secure
from gada.command.serve import LIMITS
from gada.engine.proof import certificates
from gada.exchange.models import OwnNode, Peer
from gada.exchange.services.calling import whom_to_trust
from gada.vault import authority
from gada.vault.authority import own_authority

BIG = 24 << 20  # more than every buffer on the way


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Says how a request came, and gives back as many bytes as arrived."""
    size = 0
    while piece := environ["wsgi.input"].read(1 << 20):
        size += len(piece)
    start_response("200 OK", [
        ("X-Scheme", environ["wsgi.url_scheme"]), ("X-Proto", environ.get("HTTP_X_FORWARDED_PROTO", "")),
        ("X-From", environ["REMOTE_ADDR"]), ("X-Size", str(size)), ("Content-Length", str(size)),
    ])
    return [b"z" * size]


@pytest.fixture
def served(unlocked_vault, settings) -> Iterator[str]:
    """`gada serve`'s open port in a thread, before a little application."""
    settings.ALLOWED_HOSTS, settings.NETWORK_ADDRESSES = ["localhost"], []
    (vault.data_directory() / authority.AUTHORITY).unlink(missing_ok=True)
    server = waitress.create_server(
        Doorway(app), listen="127.0.0.1:0", threads=2, recv_bytes=RECEIVED_AT_ONCE, cleanup_interval=0, **LIMITS
    )
    make_secure(server, Certificates(server.effective_port))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server._map.clear()  # its loop ends when it has nothing to look after
    server.pull_trigger()
    thread.join(5)
    server.socket.close()


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=own_authority(at=timezone.now()).root)


def connected(served: str, context: ssl.SSLContext | None = None) -> socket.socket:
    host, port = served.split(":")
    line = socket.create_connection((host, int(port)), timeout=10)
    return context.wrap_socket(line, server_hostname=host) if context else line


def test_who_trusts_the_authority_gets_everything_and_who_does_not_nothing(served: str, settings):
    with httpx.Client(base_url=f"https://{served}", verify=trusting()) as client:
        for _ in range(3):
            said = client.get("/", headers={"X-Forwarded-Proto": "http", "X-Forwarded-For": "9.9.9.9"}).headers
            assert (said["X-Scheme"], said["X-Proto"], said["X-From"]) == ("https", "", "127.0.0.1")
        sent = client.post("/", content=b"x" * BIG)
        assert sent.headers["X-Size"] == str(BIG) and sent.content == b"z" * BIG
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://{served}")
    with pytest.raises(httpx.ConnectError, match="not valid for 'localhost'"):
        httpx.get(f"https://{served.replace('127.0.0.1', 'localhost')}", verify=trusting())
    assert f"https://{served}" in settings.NETWORK_ADDRESSES and "127.0.0.1" in settings.ALLOWED_HOSTS


def test_a_laptop_trusts_headquarters_and_a_partner_must_be_known_in_public(served: str):
    assert httpx.get(f"https://{served}/", verify=trusting()).status_code == 200
    assert httpx.get(f"https://{served}/", verify=whom_to_trust(OwnNode())).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://{served}/", verify=whom_to_trust(Peer()))


def test_plain_http_finds_the_page_that_explains_and_nothing_else(served: str):
    first = httpx.get(f"http://{served}/people/?q=Zeinabou")
    assert first.status_code == 307 and first.headers["Location"] == "/install/"
    assert httpx.get(f"http://{served}/install/").headers["X-Scheme"] == "http"
    for path in ("/api/people", "/openrosa/formList", "/own/v1/greeting"):
        assert httpx.get(f"http://{served}{path}").status_code == 403
    assert httpx.post(f"http://{served}/install/", data={"passphrase": "x"}).status_code == 403


def test_a_locked_node_takes_no_passphrase_from_the_network(served: str, monkeypatch: pytest.MonkeyPatch):
    context = trusting()
    monkeypatch.setattr(_https.vault, "is_unlocked", lambda: False)
    assert httpx.get(f"http://{served}/install/").status_code == 503
    with pytest.raises(httpx.TransportError):
        httpx.get(f"https://{served}/unlock/", verify=context)


def test_phones_on_a_bad_link_hold_up_nobody(served: str, monkeypatch: pytest.MonkeyPatch):
    """Twelve connections that say nothing, or half a greeting, or half a file, beside two threads."""
    monkeypatch.setattr(_secure_channel, "SECONDS_TO_SHAKE_HANDS", 0.2)
    context = trusting()
    with ExitStack() as held:
        waiting = [held.enter_context(connected(served)) for _ in range(8)]
        for line in waiting[4:]:
            line.sendall(b"\x16\x03\x01\x02")
        for _ in range(4):
            slow = held.enter_context(connected(served, context))
            slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"x" * 1000)
        began = time.perf_counter()
        assert httpx.get(f"https://{served}/", verify=context).status_code == 200
        assert time.perf_counter() - began < 2
        slow.sendall(b"x" * 99_000)  # the slow ones are still there
        assert slow.recv(1000).startswith(b"HTTP/1.1 200")


def test_who_does_not_shake_hands_in_time_makes_room(served: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_secure_channel, "SECONDS_TO_SHAKE_HANDS", 0)
    with connected(served) as line:
        line.sendall(b"\x16\x03\x01\x02")
        with suppress(ConnectionResetError):  # ended before it was read
            assert line.recv(1) == b""


def test_broken_greetings_and_rude_farewells_end_only_themselves(served: str, caplog):
    with connected(served, trusting()) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n" + b"x" * 4_000_000)
    for words in (b"\x16" + b"\xff" * 300, b"\x16\x03\x01\x00\x01\x00", b"\x80\x2e\x01", b"\x00"):
        with connected(served) as line:
            line.sendall(words)
    with connected(served) as line:
        line.sendall(b"\x16\x03")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # reset instead of a farewell
    assert httpx.get(f"https://{served}/", verify=trusting()).status_code == 200
    assert "Traceback" not in caplog.text and "error" not in caplog.text.lower()


def test_after_the_kit_ran_out_nothing_is_served(served: str, monkeypatch: pytest.MonkeyPatch, caplog):
    context, ends = trusting(), own_authority(at=timezone.now()).window.ends
    assert httpx.get(f"https://{served}/", verify=context).status_code == 200
    monkeypatch.setattr(_https.timezone, "now", lambda: ends)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"https://{served}/", verify=context)
    assert "The clock of this machine says" in caplog.text
    assert httpx.get(f"http://{served}/install/").status_code == 200


def test_a_certificate_from_elsewhere_is_shown_as_it_is(unlocked_vault, tmp_path: Path):
    """For apps that trust public authorities only; here one of ours stands for it."""
    root = certificates.new_root("Elsewhere", at=timezone.now(), life=timedelta(days=9))
    (tmp_path / "chain.pem").write_text(root.certificate)
    (tmp_path / "key.pem").write_text(root.key)
    shown = FromElsewhere(tmp_path / "chain.pem", tmp_path / "key.pem")
    assert shown("192.168.1.7") is shown.context


def test_addresses_of_this_machine_are_private_and_none_its_own_echo():
    assert not [each for each in _https.addresses_of_ours() if each.startswith("127.") or each == "::1"]


def test_the_key_of_a_server_leaves_no_file(served: str):
    httpx.get(f"https://{served}/", verify=trusting())
    assert not list(Path(vault.data_directory()).glob("https.*"))
