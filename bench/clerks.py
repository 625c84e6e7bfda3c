"""Ten clerks at one node: real HTTP clients sign in, register families of five, search, open people, recognise fingers.

usage: python -m bench.clerks [--clerks 10] [--families 6] [--people 5000] [--think 2] [--only sqlite|postgres]

The node is what an agency runs: `gada serve` with its worker beside it, each a process of its own, the extractor loaded
by the first print. Memory is what these processes hold together (proportional set size: shared pages count once).
Pages that extract a finger are told apart: their time is the extractor's. `think`: seconds that a clerk takes between
two pages on average; a real one takes ten times longer, so this is a hundred clerks.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bench._node import DATABASES, an_operator, fresh_node, in_own_process, keep_results

PASSWORD = "a password for nobody"
MIB = 1 << 20
EXTRACTING = ("a finger at registration", "a finger at the desk")
NAMES = ("Amina", "Moussa", "Hadiza", "Ibrahim", "Zeinabou", "Oumarou", "Mariama", "Issa", "Fati", "Garba")


def main() -> None:
    import argparse
    import json

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clerks", type=int, default=10)
    parser.add_argument("--families", type=int, default=6)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--think", type=float, default=2.0)
    parser.add_argument("--only", choices=DATABASES)
    chosen = parser.parse_args()
    if chosen.only:
        print(json.dumps(measure(chosen.only, chosen.clerks, chosen.families, chosen.people, chosen.think)))
        return
    sizes = [f"--{name}={getattr(chosen, name)}" for name in ("clerks", "families", "people", "think")]
    keep_results("clerks", [
        row for database in DATABASES
        for row in in_own_process("bench.clerks", "--only", database, *sizes)["rows"]
    ])


def measure(database: str, clerks: int, families: int, people: int, think: float) -> dict[str, Any]:
    with fresh_node(database=database) as first, tempfile.TemporaryDirectory() as folder:
        programme = _fill(first, people)
        names = [an_operator(first, "clerk", "supervisor", username=f"clerk{n}").username for n in range(clerks)]
        _let_go()
        prints = _prints()
        with _served(Path(folder)) as (url, processes):
            taken: dict[str, list[float]] = defaultdict(list)
            faults: list[str] = []
            threads = [
                threading.Thread(target=_work, args=(url, name, n, families, think, programme, prints, taken, faults))
                for n, name in enumerate(names)
            ]
            began = time.perf_counter()
            for thread in threads:
                thread.start()
            peak = 0
            while any(thread.is_alive() for thread in threads):
                peak = max(peak, _held(processes()))
                time.sleep(0.5)
            seconds = time.perf_counter() - began
    if faults:
        raise SystemExit("\n".join(faults[:5]))
    return {"rows": _rows(database, taken, peak / MIB, len(taken["register: finish"]) / seconds * 60)}


def _rows(database: str, taken: dict[str, list[float]], mib: float, families: float) -> list[dict[str, Any]]:
    rows = [_row(database, page, times) for page, times in taken.items()]
    read = [each for page, times in taken.items() if page not in EXTRACTING for each in times]
    together = _row(database, "all but extraction", read)
    return [*rows, together | {"MiB of all processes": mib, "families a minute": families}]


def _row(database: str, page: str, times: list[float]) -> dict[str, Any]:
    held = sorted(times)
    return {
        "database": database, "page": page, "times": len(held), "p50 ms": 1000 * held[len(held) // 2],
        "p95 ms": 1000 * held[min(len(held) - 1, int(len(held) * 0.95))], "slowest ms": 1000 * held[-1],
    }


def _fill(first: Any, people: int) -> str:
    from bench._people import households
    from gada.agencies.services import create_programme
    from gada.people.services import enrol_households

    at = datetime.now(UTC)
    programme = create_programme(
        name="Vivres", purpose="Assistance", by=first.admin, at=at, legal_basis="Mandat", impact_assessment="Etude",
        assessed_on=at.date(), assessed_by="Dina", biometrics_allowed=True,
    )
    filler, drafts = an_operator(first, "clerk", username="filler"), list(households(people // 5))
    for start in range(0, len(drafts), 200):
        enrol_households(
            operator=filler, site=first.site, households=drafts[start : start + 200], programme=programme, at=at
        )
    return str(programme.id)


def _let_go() -> None:
    from django.db import connections

    from gada.vault import keystore

    connections.close_all()
    keystore.close()


def _prints() -> list[bytes]:
    from gada.engine.fingerprint.synthetic import a_finger

    return [a_finger(number).impression_png(1) for number in range(8)]


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, Callable[[], list[int]]]]:
    """`gada serve`; its address, and the ids of its process and of those it started."""
    secret = folder / "passphrase"
    secret.write_text("bench", "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (folder / "log").open("wb")
    node = subprocess.Popen(
        [sys.executable, "-m", "gada", "serve", "--port", str(port)], stdout=log, stderr=log,
        env={**os.environ, "GADA_PASSPHRASE_FILE": str(secret)},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, node)
        yield url, lambda: [node.pid, *_children(node.pid)]
    finally:
        node.terminate()
        node.wait(timeout=30)
        log.close()


def _wait(url: str, node: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while node.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(f"{url}/health", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    raise RuntimeError("gada serve did not start")


def _children(parent: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        found += [int(each) for each in task.read_text().split()]
    return found + [below for child in found for below in _children(child)]


def _held(processes: list[int]) -> int:
    """Bytes of memory that these processes hold together (Linux counts them)."""
    total = 0
    for process in processes:
        try:
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


def _work(
    url: str, name: str, number: int, families: int, think: float, programme: str, prints: list[bytes],
    taken: dict[str, list[float]], faults: list[str],
) -> None:
    from gada.story.visitor import StoryBroke

    clerk = _Clerk(url, name, number, think, programme, prints, taken)
    try:
        clerk.sign_in()
        for _ in range(families):
            clerk.register()
            clerk.look_around()
    except (StoryBroke, httpx.HTTPError, AssertionError, LookupError) as fault:
        faults.append(f"{name}: {type(fault).__name__} {fault}")


class _Clerk:
    """One clerk at a browser: a page, a moment's thought, the next."""

    def __init__(
        self, url: str, name: str, number: int, think: float, programme: str, prints: list[bytes],
        taken: dict[str, list[float]],
    ) -> None:
        from gada.story.visitor import Visitor

        self.browser = Visitor(url, username=name, password=PASSWORD)
        self.chance, self.think, self.programme, self.prints, self.taken = (
            random.Random(number), think, programme, prints, taken
        )
        self.person = ""

    def sign_in(self) -> None:
        time.sleep(self.chance.random() * self.think)
        self.browser.sign_in()

    def asked(self, page: str, ask: Callable[[], httpx.Response]) -> httpx.Response:
        if self.think:
            time.sleep(self.chance.expovariate(1 / self.think))
        began = time.perf_counter()
        answer = ask()
        self.taken[page].append(time.perf_counter() - began)
        return answer

    def get(self, page: str, path: str) -> httpx.Response:
        return self.asked(page, lambda: self.browser.read(path))

    def post(self, page: str, path: str, files: Any = None, status: Any = (200, 204), **fields: Any) -> httpx.Response:
        """A form as the browser sends it; the page it leads to is counted with it."""
        return self.asked(page, lambda: self.browser.post(path, files=files, status=status, **fields))

    def register(self) -> None:
        self.get("register", "/register/")
        begun = self.post(
            "register: household", "/register/", place="NE003", origin="NE001", language="fr", programme=self.programme
        )
        draft = begun.url.path.split("/")[2]
        at = f"/register/{draft}"
        family: dict[str, str] = {}
        for index in range(5):
            family |= self.member(index)
            self.post("register: as typed", f"{at}/typed/members/", **family)
        self.post("register: members", f"{at}/members/", go="next", **family)
        self.post(
            "register: answers", f"{at}/answers/", notice="on", answer_prints="yes", answer_photo="no",
            answer_sharing="yes",
        )
        self.get("register: prints", f"{at}/prints/?member=0")
        self.post(
            "a finger at registration", f"{at}/prints/?member=0", position="2", member="0",
            files={"finger_2": ("finger.png", self.chance.choice(self.prints), "image/png")},
        )
        self.get("register: review", f"{at}/finish/")
        made = self.post("register: finish", f"{at}/finish/")
        assert made.url.path.startswith("/registered/"), made.url.path
        household = made.url.path.split("/")[2]
        shown = self.get("household", f"/households/{household}/?why=registration").text
        self.person = shown.split('href="/people/')[1].split("/")[0]

    def member(self, index: int) -> dict[str, str]:
        """One line of the sheet."""
        said = {
            "given": f"{self.chance.choice(NAMES)} {self.chance.choice(NAMES)}ou",
            "surname": self.chance.choice(NAMES), "sex": "FM"[index % 2],
            "birth": f"vers {1960 + self.chance.randrange(50)}", "relationship": "child" if index else "head",
            "recipient": "" if index else "principal", "father": f"Père {self.chance.randrange(10**6)}",
        }
        return {f"members-{index}-{name}": value for name, value in said.items()}

    def look_around(self) -> None:
        self.get("home", "/")
        self.get("search by name", f"/search/?q={self.chance.choice(NAMES)}")
        self.get("person", f"/people/{self.person}/?why=registration")
        self.get("live figures", "/figures/")
        self.get("is it them", f"/people/{self.person}/verify/")
        self.post(
            "a finger at the desk", f"/people/{self.person}/verify/", position="2",
            status=(200, 422), files={"finger": ("finger.png", self.chance.choice(self.prints), "image/png")},
        )


if __name__ == "__main__":
    main()
