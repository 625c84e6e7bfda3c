"""A folder that scanners' programs write pictures into: whole ones go to the node, refused ones aside with a reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from gada.engine.refusal import NotPermitted

SUFFIXES: Final = frozenset(
    ".png .tif .tiff .bmp .jpg .jpeg .jp2 .wsq .fmr .fir .iso .an2 .nist .eft".split()
)
CUT_OFF: Final = frozenset({"image-unreadable", "image-empty", "fir-truncated", "fmr-truncated", "fir-length"})
PATIENCE_SECONDS: Final = 20  # a slow program may pause in the middle of a file
REFUSED: Final = frozenset({404, 409, 422})  # with a code: our node said no to this file, not something before it
LARGEST_BYTES: Final = 32 * 1024 * 1024
SECONDS: Final = 60


@dataclass(slots=True)
class DropFolder:
    """One folder and the node it feeds. `say` gets a line for each thing that happens."""

    folder: Path
    http: httpx.Client
    say: Callable[[str], None]
    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _trouble: str = ""

    @property
    def refused(self) -> Path:
        """Where files lie that the node refused, each beside the reason."""
        return self.folder / "refused"

    def look(self) -> int:
        """Send what has not changed since the last look; how many the node took. A file still growing waits."""
        found = {
            path: (stat.st_size, stat.st_mtime_ns) for path in sorted(self.folder.iterdir())
            if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
            for stat in [path.stat()]
        }
        whole = [path for path, state in found.items() if self._seen.get(path) == state and state[0]]
        self._seen = found
        return sum(self._send(path) for path in whole)

    def _send(self, path: Path) -> bool:
        if _is_too_large(path):
            self._put_aside(path, "The file is too large for a fingerprint.")
            return False
        try:
            files = {"picture": (path.name, path.read_bytes(), "application/octet-stream")}
            answer = self.http.post("/api/registrations/prints", params={"name": path.name}, files=files)
        except PermissionError:
            return False  # still open in another program (Windows)
        except httpx.TransportError:
            self._wait("The node cannot be reached: files wait.")
            return False
        if answer.status_code == 201:
            said = answer.json()
            path.unlink()
            self._trouble = ""
            self.say(f"{path.name}: {said['finger']}, {said['quality']}")
            return True
        self._take_no(path, answer)
        return False

    def _take_no(self, path: Path, answer: httpx.Response) -> None:
        try:
            problem = answer.json()
        except ValueError:
            problem = {}
        if answer.status_code == 401:
            raise NotPermitted("not-signed-in", "Sign in first, or give a token.")
        words = str(problem.get("detail") or problem.get("title") or answer.status_code)
        if answer.status_code not in REFUSED or "code" not in problem:
            self._wait(f"The node does not take files now ({words}): they wait.")
            return
        young = time.time() - path.stat().st_mtime < PATIENCE_SECONDS
        if not (problem.get("code") in CUT_OFF and young):
            self._put_aside(path, words)

    def _wait(self, words: str) -> None:
        """Said once, not each second."""
        if words != self._trouble:
            self.say(words)
        self._trouble = words

    def _put_aside(self, path: Path, reason: str) -> None:
        self.refused.mkdir(exist_ok=True)
        goal, number = self.refused / path.name, 1
        while goal.exists():
            number += 1
            goal = self.refused / f"{path.stem} ({number}){path.suffix}"
        path.replace(goal)
        goal.with_name(f"{goal.name}.txt").write_text(f"{reason}\n", encoding="utf-8")
        self.say(f"{path.name}: {reason}")


def _is_too_large(path: Path) -> bool:
    """Whether no fingerprint is so large: then it is not even read."""
    return path.stat().st_size > LARGEST_BYTES
