"""Pictures of fingers by the name of a file: taken in once, refused with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from gada.command._dropping import DropFolder
from gada.console.queries import draft_for
from gada.console.queries.sittings import file_name_of, sitting_of
from gada.engine.fingerprint.synthetic import a_finger
from gada.engine.formats.fir_writing import write_fir
from gada.project.api import make_token
from gada.project.middleware import use_secret_key
from tests.biometrics.builders import a_print
from tests.console.builders import amina
from tests.console.test_scanning import at_the_prints
from tests.world import refused


@pytest.mark.django_db(transaction=True)
def test_files_of_a_folder_become_tries_of_a_finger(unlocked_vault: Any, live_server: Any, tmp_path: Path) -> None:
    clerk = amina()
    browser, draft = at_the_prints(clerk)

    begins = file_name_of(UUID(draft), 0)
    assert begins in browser.get(f"/register/{draft}/prints/").content.decode()
    use_secret_key()
    said: list[str] = []
    headers = {"Authorization": f"Bearer {make_token(clerk, days=1)}"}
    drop = DropFolder(tmp_path, httpx.Client(base_url=live_server.url, headers=headers, timeout=120), said.append)
    record = write_fir(a_finger(405).impression(1), position=7)
    for name, content in {
        f"{begins}2.png": a_print(404), f"{begins}2 (2).png": a_print(404), f"{begins}7.fir": record,
        f"{begins}3.fir": record, "00000000-1-2.png": a_print(404), "scan0001.png": a_print(404),
        f"{begins}8.png": b"not a picture",
    }.items():
        (tmp_path / name).write_bytes(content)
    drop.look()
    assert drop.look() == 3, said
    kept = draft_for(clerk, UUID(draft)).members[0]["prints"]
    assert sorted(each["position"] for each in kept) == [2, 7], "the same picture twice is one try"
    reasons = {each.name: each.read_text("utf-8") for each in (tmp_path / "refused").glob("*.txt")}
    assert sorted(reasons) == sorted(
        f"{name}.txt" for name in (f"{begins}3.fir", "00000000-1-2.png", "scan0001.png", f"{begins}8.png")
    )
    assert "autre doigt" in reasons[f"{begins}3.fir.txt"] and "nom" in reasons["scan0001.png.txt"]


@pytest.mark.django_db
def test_names_of_files(unlocked_vault: Any) -> None:

    clerk = amina()
    _browser, draft = at_the_prints(clerk)
    begins = file_name_of(UUID(draft), 2)
    for name in (f"{begins}10.png", f"{begins}10 bis.wsq", f"C:\\scans\\{begins.upper()}10.PNG"):
        found = sitting_of(clerk, name)
        assert (found.draft_id, found.index, found.position) == (UUID(draft), 2, 10)
    for name in (f"{begins}11.png", f"{begins}0.png", f"{begins}.png", "scan.png", "", f"{begins}2"[:-4] + "x.png"):
        with refused("sitting-name"):
            sitting_of(clerk, name)
    with refused("sitting-unknown"):
        sitting_of(amina(), f"{begins}2.png")
