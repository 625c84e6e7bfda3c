"""How far down the first stage puts a mate: what the scan looks at, and how many people must be compared after it.

usage: python -m bench.retention [--fingers 25600] [--data DIR]

Mates are other impressions of real fingers (FVC2002 set B, U.are.U 4000) against the first; strangers a crowd of
invented fingers. Told for one finger alone and for two fingers together: the share of mates that more than so many of
a million strangers outdo. `bench.gallery` and `gada bench identify` measure whole searches with what was chosen here.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import numpy as np

from bench._real_data import TEST_DATA
from bench._recording import record_results
from bench.fingerprint import real_templates
from gada.engine.fingerprint import Template, _kernels, parameters
from gada.engine.fingerprint.descriptors import describe, scan_descriptors
from gada.engine.fingerprint.parameters import LANES
from gada.engine.fingerprint.synthetic.crowd import crowd_impressions
from gada.engine.gallery.shelf import Shelf

SETTINGS = ((16, 16), (16, 12), (12, 12), (8, 12), (6, 12), (8, 8))  # probe by gallery minutiae
BEHIND = (100, 200, 2000, 10_000, 15_000, 30_000)  # of a million

Mate = tuple[Template, Template]  # enrolled, probe


def shelf_of(blocks: Sequence[int]) -> Shelf:
    """The fingers of some blocks of the crowd."""
    shelf = Shelf()
    for block in blocks:
        for template in crowd_impressions(block):
            shelf.put(scan_descriptors(template), owner=0)
    return shelf


def scanned(shelf: Shelf, probe: Template, setting: tuple[int, int]) -> np.ndarray:
    """Stage 1 scores int32[finger] of one probe finger."""
    described, best = describe(probe), slice(0, setting[0])
    words, density = described.words[best], described.density[best]
    lines = []
    for chunk, blocks in shelf.blocks_in_use():
        scores = np.empty((1, blocks, LANES), np.int32)
        _kernels.scan_blocks(
            chunk.words[:blocks], chunk.density[:blocks], words, density, np.array([len(words)]), setting[1],
            parameters.SCAN_FLOOR, scores,
        )  # fmt: skip
        lines.append(scores.ravel())
    return np.concatenate(lines)[: shelf.used]


def outdone(mates: Sequence[Mate], shelves: Sequence[Shelf], setting: tuple[int, int]) -> float:
    """Share of strangers, of as many fingers, that do as well as the mates together; 1 when these do nothing."""
    total, crowd = 0, np.zeros(shelves[0].used, np.int64)
    for (enrolled, probe), shelf in zip(mates, shelves, strict=False):
        alone = Shelf()
        alone.put(scan_descriptors(enrolled), owner=0)
        total += int(scanned(alone, probe, setting)[0])
        crowd += scanned(shelf, probe, setting)
    return float(np.mean(crowd >= total)) if total else 1.0


def mates_by_finger(data: Path) -> dict[str, list[list[Mate]]]:
    """Of each folder, the mates of each of its fingers."""
    found: dict[str, list[list[Mate]]] = {}
    for (folder, _), prints in groupby(real_templates(data), key=lambda each: each[:2]):
        first, *others = [template for *_, template in prints]
        found.setdefault(folder, []).append([(first, other) for other in others])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=TEST_DATA)
    parser.add_argument("--fingers", type=int, default=25_600, help="invented fingers of each of two positions")
    chosen = parser.parse_args()

    blocks = chosen.fingers // 256
    pool = ThreadPoolExecutor(os.cpu_count())
    shelves = list(pool.map(shelf_of, (range(blocks), range(blocks, 2 * blocks))))
    folders = mates_by_finger(chosen.data)
    alone = [[mate] for fingers in folders.values() for finger in fingers for mate in finger]
    together = [
        list(pair)
        for fingers in folders.values()
        for one, other in zip(fingers[::2], fingers[1::2], strict=False)
        for pair in zip(one, other, strict=False)
    ]
    results: dict[str, object] = {"strangers": shelves[0].used, "floor": parameters.SCAN_FLOOR}
    for name, mates in (("one finger", alone), ("two fingers", together)):
        rows: dict[str, object] = {"probes": len(mates)}
        for setting in SETTINGS:
            shares = np.array(list(pool.map(lambda each, setting=setting: outdone(each, shelves, setting), mates)))
            behind = {f"behind {most} of a million": float(np.mean(1e6 * shares > most)) for most in BEHIND}
            rows["{} by {}".format(*setting)] = {key: f"{100 * share:.2f} %" for key, share in behind.items()}
        results[name] = rows
    record_results("retention", results)


if __name__ == "__main__":
    main()
