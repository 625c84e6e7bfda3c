"""One identification among many people: time, mates found, against the same scan in plain numpy.

usage: python -m bench.gallery [--people 100000] [--probes 200]

People have two invented fingers at minutiae level (positions 2 and 7); a probe is another impression of
both. Plain numpy computes the same first stage on the same arrays in the same process; the ratio is what
the kernels are worth here, whatever the machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from bench._recording import record_results
from gada.engine.evaluation.identification import crowd_people
from gada.engine.evaluation.identification import subject_of as subject
from gada.engine.evaluation.stage_one import time_both
from gada.engine.fingerprint import Template
from gada.engine.fingerprint.descriptors import describe
from gada.engine.fingerprint.synthetic.crowd import BLOCK
from gada.engine.gallery import Gallery
from gada.engine.proof.secrets import Cipher, new_key

POSITIONS = (2, 7)


@lru_cache(8)
def crowd(block: int, touch: int) -> list[Mapping[int, Template]]:
    return crowd_people(block, fingers=len(POSITIONS), touch=touch)


def fingers(number: int, touch: int) -> Mapping[int, Template]:
    block, row = divmod(number, BLOCK)
    return crowd(block, touch)[row]


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def ratio_to_plain(gallery: Gallery) -> dict[str, float]:
    """Nanoseconds a finger of the scan, one thread: kernel, numpy, and their ratio."""
    chunk, blocks = gallery.shelves[2].blocks_in_use()[0]
    pairs, ours, theirs = time_both(chunk, blocks, describe(fingers(1, 2)[2]))
    return {
        "kernel ns": round(1e9 * ours / pairs), "numpy ns": round(1e9 * theirs / pairs),
        "ratio": round(theirs / ours, 1),
    }  # fmt: skip


def measure_disk(gallery: Gallery) -> dict[str, float]:
    """Seconds to write everything, to write one more person, and to open it cold; megabytes on disk."""
    with tempfile.TemporaryDirectory() as name:
        folder, cipher = Path(name), Cipher(new_key())
        whole = milliseconds(lambda: gallery.save(folder, cipher=cipher))
        gallery.add(subject(-1), fingers(1 << 40, 1))
        one = milliseconds(lambda: gallery.save(folder, cipher=cipher))
        size = sum(path.stat().st_size for path in folder.iterdir())
        cold = milliseconds(lambda: Gallery.open(folder, cipher=cipher))
    gallery.remove(subject(-1))
    return {
        "save all s": round(whole / 1000, 2), "save one more s": round(one / 1000, 3),
        "cold start s": round(cold / 1000, 2), "megabytes": round(size / 1e6),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--probes", type=int, default=200)
    chosen = parser.parse_args()

    gallery = Gallery()
    compiling = milliseconds(lambda: (gallery.add(subject(0), fingers(0, 1)), gallery.search(fingers(0, 2))))
    adding = 0.0
    for start in range(1, chosen.people, 5000):
        batch = [(subject(n), fingers(n, 1)) for n in range(start, min(start + 5000, chosen.people))]
        adding += milliseconds(lambda batch=batch: gallery.add_many(batch))
    print(f"{gallery.size} people, {gallery.threads} threads", flush=True)

    def look(probes: list[tuple[int, Mapping[int, Template]]]) -> tuple[np.ndarray, int]:
        spent, found = [], 0
        for number, probe in probes:
            for template in probe.values():
                describe(template)
            answer: list = []
            spent.append(milliseconds(lambda p=probe, a=answer: a.extend(gallery.search(p, limit=5))))
            found += bool(answer) and answer[0].subject == subject(number)
        return np.array(spent), found

    planted = np.random.default_rng(7).choice(chosen.people, chosen.probes, replace=False).tolist()
    mates, found = look([(n, fingers(n, 2)) for n in planted])
    swapped_probes = [(n, dict(zip(POSITIONS[::-1], fingers(n, 2).values(), strict=True))) for n in planted]
    _, found_swapped = look(swapped_probes)
    _, found_single = look([(n, {7: fingers(n, 2)[7]}) for n in planted])
    strangers, _ = look([(n, fingers(n, 2)) for n in range(1 << 30, (1 << 30) + chosen.probes // 2)])
    best = [
        max((c.score for c in gallery.search(fingers(n, 2), limit=1, minimum_score=0)), default=0)
        for n in range(1 << 30, (1 << 30) + chosen.probes // 2)
    ]
    one = fingers(1 << 41, 1)
    add_one = milliseconds(lambda: gallery.add(subject(-2), one))
    remove_one = milliseconds(lambda: gallery.remove(subject(-2)))
    both = np.concatenate((mates, strangers))
    start = time.process_time()
    for n in planted[:50]:
        gallery.search(fingers(n, 2), limit=5)
    work = (time.process_time() - start) / min(50, len(planted)) * 1000
    record_results(
        "gallery",
        {
            "people": gallery.size,
            "threads": gallery.threads,
            "identification ms": {
                name: round(float(np.percentile(both, share)), 1)
                for name, share in (("best", 0), ("median", 50), ("p95", 95))
            },
            "identification, processor ms of all cores": round(work, 1),
            "found at rank 1, percent": {
                "two fingers": 100 * found / chosen.probes,
                "hands swapped": 100 * found_swapped / chosen.probes,
                "one finger": 100 * found_single / chosen.probes,
            },
            "strangers' best score": {
                "median": int(np.median(best)), "highest": max(best),
                "expected among so many": round(10 * np.log10(gallery.size)),
            },
            "add a person ms": {"bulk": round(adding / gallery.size, 3), "one": round(add_one, 2)},
            "remove a person ms": round(remove_one, 2),
            "scan of one finger": ratio_to_plain(gallery),
            "disk": measure_disk(gallery),
            "first search after start, with compilation or its cache, s": round(compiling / 1000, 2),
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
