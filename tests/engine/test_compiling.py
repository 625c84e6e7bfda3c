"""After compiling once, nothing is left to compile: no first finger waits."""

from __future__ import annotations

import json
import subprocess
import sys

BEFORE_AND_AFTER = """
import gc, json, sys
from uuid import UUID

import numpy as np
from numba.core import event
from numba.core.dispatcher import Dispatcher

from gada.engine.compiling import compile_kernels
from gada.engine.fingerprint import compare, extract, measure_quality, read_image, read_raw_image
from gada.engine.fingerprint.synthetic import a_finger, minutiae_finger
from gada.engine.gallery import Gallery
from tests.engine.fingerprint.made import a_file


def known():
    kernels = [each for each in gc.get_objects() if isinstance(each, Dispatcher)]
    names = {each: f"{each.py_func.__module__}.{each.py_func.__name__}" for each in kernels}
    return {f"{name}{signature}" for each, name in names.items() for signature in each.signatures}


def touches():
    pixels = a_finger(3).impression(1)
    yield read_image(a_file(pixels))
    yield read_image(a_file(pixels[:, :211]), dpi=569)
    yield read_raw_image(pixels[30:, 7:300].tobytes(), width=300 - 7, height=len(pixels) - 30)


def people():
    return [(UUID(int=n), {p: minutiae_finger(10 * n + p).impression(1) for p in (1, 2, 7)}) for n in range(300)]


compile_kernels()
made_here = [each for each in touches()]  # inventing fingers has kernels of its own
others = people()
before = known()
with event.install_recorder("numba:compile") as compiled:
    templates = [extract(image) for image in made_here]
    [extract(image, extractor="classical") for image in made_here]
    [measure_quality(image) for image in made_here]
    gallery = Gallery()
    gallery.add_many(others)
    gallery.add(UUID(int=999), {2: templates[0]})
    gallery.search({2: templates[1]})
    gallery.search({0: templates[2]})
    gallery.search({1: templates[0], 2: templates[1], 6: templates[2]}, among={UUID(int=n) for n in range(290)})
    gallery.search({2: templates[0]}, among={UUID(int=999), UUID(int=1)})
    compare(templates[0], templates[1])
json.dump({"kernels": len(before), "compiled": len(compiled.buffer), "new": sorted(known() - before)}, sys.stdout)
"""


def test_extraction_search_and_comparison_need_nothing_that_was_not_compiled():
    """In a process of its own: here, other tests have compiled whatever they used."""
    told = subprocess.run([sys.executable, "-c", BEFORE_AND_AFTER], stdout=subprocess.PIPE, check=True, timeout=600)
    said = json.loads(told.stdout)
    assert said["kernels"] > 15, "those that Python calls; they have the others inside"
    assert said["new"] == []
    assert said["compiled"] == 0
