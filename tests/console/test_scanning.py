"""A finger from a scanner: the node asks, verifies and keeps; node and scanner may be two machines."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gada import vault
from gada.agencies.models import Operator
from gada.biometrics.models import Capture
from gada.console.queries import draft_for
from gada.engine.proof.simulated_devices import make_authority
from gada.engine.scanner.simulated import SimulatedScanner, a_scanner
from tests.architecture.source import ROOT
from tests.console.builders import AGREED, HEAD, amina, begun, the_programme
from tests.world import Role, a_browser, an_operator

if TYPE_CHECKING:
    from playwright.sync_api import Page

NODE_HOST = "127.0.0.2"  # another loopback address than the scanner’s: another machine, as far as a browser knows


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "authorities"
    folder.mkdir()
    monkeypatch.setenv("GADA_SCANNER_AUTHORITIES", str(folder))
    return folder


@pytest.fixture
def scanner(trusted: Path) -> SimulatedScanner:
    """A scanner of a maker whom this node trusts: for this node it is a real one."""
    maker = make_authority(at=timezone.now(), organisation="Un fabricant")
    (trusted / "maker.pem").write_bytes(maker.pem)
    return a_scanner(at=timezone.now(), algorithm="ES256", authority=maker)


def at_the_prints(clerk: Operator) -> tuple[Client, str]:
    the_programme()
    browser = a_browser(clerk)
    draft = begun(browser, HEAD)
    browser.post(reverse("console:register-answers", args=[draft]), AGREED)
    return browser, draft


def asked(browser: Client, draft: str, position: int = 2, **fields: Any) -> tuple[int, dict[str, Any]]:
    said = browser.post(
        reverse("console:register-scan", args=[draft]), {"member": 0, "position": position, "device": "1", **fields}
    )
    return said.status_code, said.json()


def kept(browser: Client, draft: str, transaction: str, answer: Any) -> tuple[int, dict[str, Any]]:
    file = SimpleUploadedFile("answer", json.dumps(answer).encode())
    said = browser.post(
        reverse("console:register-scanned", args=[draft]), {"transaction": transaction, "answer": file}
    )
    return said.status_code, said.json()


@pytest.mark.django_db
def test_a_scan_is_verified_measured_and_kept_once(unlocked_vault: Any, scanner: SimulatedScanner) -> None:
    clerk = amina()
    browser, draft = at_the_prints(clerk)
    status, request = asked(browser, draft)
    assert status == 200 and request["env"] == "Production" and request["bio"][0]["bioSubType"] == ["Right IndexFinger"]
    answer = scanner.capture(request, timezone.now())
    status, made = kept(browser, draft, request["transactionId"], answer)
    assert (status, made["good"], made["again"]) == (200, True, False) and "qualité" in made["words"]
    status, said = kept(browser, draft, request["transactionId"], answer)
    assert (status, said["code"]) == (409, "sbi-replayed"), "the same answer again"
    _status, other = asked(browser, draft)
    status, said = kept(browser, draft, other["transactionId"], answer)
    assert (status, said["code"]) == (422, "sbi-replayed"), "an old answer to a new question"
    answer = scanner.capture(other, timezone.now())
    assert kept(browser, draft, other["transactionId"], answer)[1]["code"] == "sbi-replayed", "a question is used once"
    (only,) = draft_for(clerk, draft).members[0]["prints"]  # type: ignore[arg-type]
    assert (only["position"], only["device"]) == (2, "Gada Simulator 000000000001")
    browser.post(reverse("console:register-finish", args=[draft]))
    assert Capture.objects.get(position=2).device == "Gada Simulator 000000000001"


@pytest.mark.django_db
def test_what_the_node_refuses(
    unlocked_vault: Any, scanner: SimulatedScanner, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = amina()
    browser, draft = at_the_prints(clerk)
    invented = a_scanner(at=timezone.now(), algorithm="ES256")
    (trusted / "simulator.pem").write_bytes(invented.authority.pem)
    _status, request = asked(browser, draft)
    status, said = kept(browser, draft, request["transactionId"], invented.capture(request, timezone.now()))
    assert (status, said["code"]) == (422, "sbi-simulator"), "no invented fingers where people are real"
    (trusted / "simulator.pem").unlink()
    _status, request = asked(browser, draft)
    status, said = kept(browser, draft, request["transactionId"], invented.capture(request, timezone.now()))
    assert said["code"] == "sbi-untrusted" and said["words"].startswith("Personne à qui")
    _status, request = asked(browser, draft)
    assert kept(browser, draft, request["transactionId"], {"biometrics": [7]})[1]["code"] == "sbi-malformed"
    said = browser.post(reverse("console:register-scanned", args=[draft]), {"transaction": "x"}).json()
    assert said["code"] == "scan-empty"
    for wrong in ({"position": 0}, {"position": 11}, {"position": "left"}, {"member": 7}):
        assert asked(browser, draft, **wrong)[0] in (404, 422)
    assert browser.get(reverse("console:register-scan", args=[draft])).status_code == 405
    stranger = a_browser(an_operator(Role.CLERK, name="Salif"))
    assert asked(stranger, draft)[0] == 404, "a draft is its author’s"
    late = timezone.now() + timedelta(minutes=5)
    _status, request = asked(browser, draft)
    monkeypatch.setattr("gada.console.views.scanning.timezone.now", lambda: late)
    answer = scanner.capture(request, timezone.now())
    assert kept(browser, draft, request["transactionId"], answer)[1]["code"] == "sbi-timeout"


@pytest.mark.django_db
def test_only_the_page_of_prints_may_reach_a_scanner(unlocked_vault: Any) -> None:
    browser, draft = at_the_prints(amina())
    page = browser.get(reverse("console:register-prints", args=[draft]))["Content-Security-Policy"]
    assert "connect-src 'self' http://127.0.0.1:*;" in page and page.count("127.0.0.1") == 1
    for step in ("household", "members", "answers", "finish"):
        assert (
            "127.0.0.1"
            not in browser.get(reverse(f"console:register-{step}", args=[draft]))["Content-Security-Policy"]
        )


@pytest.fixture
def other_host(transactional_db: None) -> Iterator[str]:
    """The node under another address than this machine’s scanner: what a browser calls another site."""
    from pytest_django.live_server_helper import LiveServer

    with socket.socket() as attempt:
        try:
            attempt.bind((NODE_HOST, 0))
            host = NODE_HOST
        except OSError:  # systems that know one loopback address only
            host = "localhost"
    server = LiveServer(host)
    server._live_server_modified_settings.enable()
    yield server.url
    server.stop()
    server._live_server_modified_settings.disable()


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Callable[..., Callable[[], str]]]:
    """`gada scanner …` in processes of their own, ended after the test. What it gives waits for the first line."""
    running: list[subprocess.Popen[str]] = []
    paths = os.pathsep.join((str(ROOT), str(ROOT / "src")))

    def start(*arguments: str) -> Callable[[], str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "gada", "scanner", *arguments], stderr=subprocess.PIPE, text=True, encoding="utf-8",
            env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"}, cwd=tmp_path,
        )
        running.append(process)
        assert process.stderr is not None
        return process.stderr.readline

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_scanner_of_another_machine_takes_fingers_in_the_browser(
    unlocked_vault: Any, other_host: str, trusted: Path, programs: Callable[..., Callable[[], str]], page: Page,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = programs("simulate", "--authority", str(trusted / "simulator.pem"), "--weak", "1")
    monkeypatch.setattr(vault.node, "_identity", replace(vault.identity(), training=True))
    clerk = amina()
    browser, draft = at_the_prints(clerk)
    page.context.add_cookies([{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": other_host}])
    page.goto(f"{other_host}{reverse('console:register-prints', args=[draft])}")
    said = page.locator("[data-scanner-words]")
    assert not page.locator('[data-scan="2"]').is_visible(), "no scanner, no button: the files stay"
    assert "Simulated scanner at http://127.0.0.1:45" in started()
    page.get_by_role("button", name="Chercher un lecteur").click()
    said.filter(has_text="Lecteur prêt : Gada Simulator").wait_for(timeout=60_000)
    bridge = programs("bridge", "--node", other_host)
    page.locator('[data-scan="2"]').click()
    page.locator("[data-scanner].is-good").wait_for(timeout=60_000)
    assert "L’empreinte est bonne." in said.inner_text()
    assert page.locator("fieldset:has(#finger_2) .tries li").count() == 2, "a weak try is followed by another"
    assert "Scanners of this machine are open" in bridge()
    page.get_by_role("button", name="Chercher un lecteur").click()
    said.filter(has_text="Lecteur prêt : Gada Simulator").wait_for(timeout=60_000)
    with page.expect_request("http://127.0.0.1:4500/capture") as through_the_bridge:
        page.locator('[data-scan="7"]').click()
    assert through_the_bridge.value.method == "POST"
    page.locator("fieldset:has(#finger_7) .tries li").wait_for(timeout=60_000)
    prints = draft_for(clerk, draft).members[0]["prints"]  # type: ignore[arg-type]
    assert [each["position"] for each in prints] == [2, 2, 7]
    assert {each["device"] for each in prints} == {"Gada Simulator 000000000001"}
