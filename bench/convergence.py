"""Nodes of one agency under random changes, cuts, repeats, kills and clocks that are wrong by up to a year.

usage: python -m bench.convergence [--seeds 20] [--first 0] [--steps 200] [--laptops 4] [--minutes 10] [--sites]

Each seed is one world (tests/exchange/convergence.py): nodes, sticks, clocks and plugs follow from the seed alone, so
that a failure is replayed with `--first SEED --seeds 1`. At the end all nodes have one digest, nothing is lost, and
every true conflict is shown, or the seed is printed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench._node import _set_up, keep_results


def run(
    seeds: range, *, steps: int, laptops: int, minutes: float, sites: bool = False,
) -> tuple[Counter[str], list[str], int]:
    """What happened over these seeds, the failures in words, and how many seeds there was time for."""
    _set_up()
    from tests.exchange.convergence import Schedule, SitesSchedule

    counts, failures, done, end = Counter[str](), [], 0, time.monotonic() + 60 * minutes
    for seed in seeds:
        if time.monotonic() > end:
            break
        folder = Path(tempfile.mkdtemp(prefix="gada-convergence-"))
        schedule = (SitesSchedule if sites else Schedule)(seed, folder, steps=steps, laptops=laptops)
        try:
            counts.update(schedule.run())
        except AssertionError as problem:
            failures.append(str(problem))
            print(problem, flush=True)
        finally:
            schedule.world.close()
            shutil.rmtree(folder, ignore_errors=True)
        done += 1
    return counts, failures, done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--laptops", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--sites", action="store_true", help="laptops of one site each, and families that move")
    chosen = parser.parse_args()
    started = time.perf_counter()
    counts, failures, done = run(
        range(chosen.first, chosen.first + chosen.seeds), steps=chosen.steps, laptops=chosen.laptops,
        minutes=chosen.minutes, sites=chosen.sites,
    )
    changes = sum(count for name, count in counts.items() if name.startswith("_"))
    keep_results("convergence_sites" if chosen.sites else "convergence", [{
        "schedules": done, "nodes": chosen.laptops + 1, "changes": changes, "arrived": counts["arrived"],
        "cut": counts["cut"], "killed": counts["killed"], "lost": counts["lost"], "conflicts": counts["conflicts"],
        "of households": counts["conflicts of households"], "numbers twice": counts["numbers given twice"],
        "failed": len(failures), "seconds": round(time.perf_counter() - started, 1),
    }])
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
