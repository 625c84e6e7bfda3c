"""Every kernel has a plain twin, and a test that names both or what calls it."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.architecture.source import ROOT, name, python_files, say, tree

# Twins that bear another name, because what they compute is said otherwise in plain Python.
TWIN_OF = {
    "compare_described": "evidence", "compare_ordered": "evidence", "compare_packed": "evidence",
    "compare_stacked": "evidence", "fill_cylinders": "cylinder_values", "fill_places": "places_of",
    "hull_of": "convex_hull", "levels_of_each": "levels_of_pairs", "scan_blocks": "scan",
    "trace_hull": "convex_hull", "weigh_each": "weigh_pairs",
}  # fmt: skip
# Kernels with so many arguments that tests go through the one function that fills them in.
CALLED_BY = {
    "compare_described": "superpose", "compare_ordered": "superpose", "compare_packed": "evidence_of_each",
    "compare_stacked": "evidence_of_stack", "levels_of_each": "levels_of_pairs",
    "mean_of_top_pairs": "baseline_all", "superpose": "superpose", "weigh_each": "weigh_pairs",
}  # fmt: skip


def test_every_kernel_has_a_plain_twin() -> None:
    twins = set(re.findall(r"^def (\w+)\(", "\n".join(engine_tests()), re.MULTILINE))
    problems = [f"{place}: {kernel}" for place, kernel in kernels() if TWIN_OF.get(kernel, kernel) not in twins]
    say(problems, "write it again in the tests' plain.py, under the same name, to be read and not to be fast.")


def test_every_kernel_is_called_by_a_test() -> None:
    tests = "\n".join(engine_tests())
    called = set(re.findall(r"\b_\w+\.(\w+)\(", tests))
    called |= set(re.findall(r"(?<!def )\b(\w+)\(", tests)) & {*CALLED_BY.values()}
    problems = [f"{place}: {kernel}" for place, kernel in kernels() if CALLED_BY.get(kernel, kernel) not in called]
    say(problems, "compare _kernels.NAME(...) with plain.NAME(...) in a test beside the others.")


@cache
def kernels() -> tuple[tuple[str, str], ...]:
    """Every function that numba compiles: file and name."""
    found = [
        (name(path), node.name)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and any("njit" in ast.unparse(each) for each in node.decorator_list)
    ]
    assert len(found) > 40
    return tuple(found)


@cache
def engine_tests() -> tuple[str, ...]:
    return tuple(path.read_text("utf-8") for path in sorted((ROOT / "tests" / "engine").rglob("*.py")))
