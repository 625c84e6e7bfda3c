"""Results of a benchmark: printed, and kept in bench/results/NAME.json with what they were measured on."""

from __future__ import annotations

import datetime
import json
import os
import platform
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"


def record_results(name: str, results: dict[str, object]) -> None:
    """Write `results` beside facts about the machine, and print them as a table."""
    machine = {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine, **results}, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", "utf-8")
    print_table(results)


def print_table(values: dict[str, object], *, indent: int = 0) -> None:
    """Nested results, one line each; a group of plain values on one line."""
    for key, value in values.items():
        if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
            print(" " * indent + key)
            print_table(value, indent=indent + 2)
        elif isinstance(value, dict):
            line = "  ".join(f"{inner} {number}" for inner, number in value.items())
            print(f"{' ' * indent}{key:<24} {line}")
        else:
            print(f"{' ' * indent}{key:<24} {value}")
