"""The whole story with every real print of one sensor: two nodes, all impressions, the table at the end.

usage: python -m bench.story [--folder uareu] [--most-images N]

The tests play it with 240 images; here all of them go through the page, the extractor and the exchange. No peer exists
to run beside: what counts are the wrong links (none), the missed people, and seconds per step on this machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench._real_data import TEST_DATA

MEGABYTE = 1 << 20
LOOK_EVERY_SECONDS = 1.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default="uareu")
    parser.add_argument("--most-images", type=int)
    chosen = parser.parse_args()
    prints = TEST_DATA / "fingerprints" / chosen.folder
    if not prints.is_dir():
        print(f"Real prints are needed for this: GADA_TEST_DATA names no folder with fingerprints/{chosen.folder}.")
        return 0
    most = ["--most-images", str(chosen.most_images)] if chosen.most_images else []
    with tempfile.TemporaryDirectory(prefix="gada-bench-") as folder:
        story = subprocess.Popen(
            [sys.executable, "-m", "gada.story", "prints", str(prints), *most, "--no-serve"],
            env={**os.environ, "GADA_STORY": folder},
        )
        held = Memory(story.pid)
        story.wait()
    print(f"most memory of the story and both nodes together: {held.most / MEGABYTE:,.0f} MB")
    return story.returncode


class Memory:
    """Looks every second how much memory a process and all its children hold; Linux only, 0 elsewhere."""

    def __init__(self, process: int) -> None:
        self.most = 0
        threading.Thread(target=self._look, args=(process,), daemon=True).start()

    def _look(self, process: int) -> None:
        while Path("/proc", str(process)).exists():
            self.most = max(self.most, sum(map(own_memory, family_of(process))))
            time.sleep(LOOK_EVERY_SECONDS)


def family_of(process: int) -> list[int]:
    """A process and everybody it started."""
    family = [process]
    for each in family:
        for children in Path("/proc", str(each), "task").glob("*/children"):
            try:
                family += map(int, children.read_text().split())
            except OSError:
                continue
    return family


def own_memory(process: int) -> int:
    """Bytes that this process holds alone, plus its share of what it holds with others (PSS)."""
    try:
        rows = Path("/proc", str(process), "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) * 1024 for row in rows if row.startswith("Pss:")), 0)


if __name__ == "__main__":
    sys.exit(main())
