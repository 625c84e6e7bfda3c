"""The network against its original graph, run by onnxruntime."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import onnxruntime
import pytest

from gada.engine.fingerprint import extract, read_image
from gada.engine.fingerprint.extract import weights_path
from gada.engine.fingerprint.leader.network import STRIDE, Network
from gada.engine.fingerprint.leader.weights import Weights
from gada.engine.fingerprint.synthetic import a_finger
from tests.engine.fingerprint.made import a_file, ridges

TOLERANCE = 1e-4  # largest seen on 840 prints: 5e-5
THRESHOLD = 0.15  # below the one in use, so that more places are compared


@cache
def network():
    return Network(weights_path())


@cache
def original():
    return onnxruntime.InferenceSession(str(weights_path()), providers=["CPUExecutionProvider"])


def fitted(pixels):
    """Cut to sides that the network takes."""
    return np.ascontiguousarray(pixels[: len(pixels) // STRIDE * STRIDE, : pixels.shape[1] // STRIDE * STRIDE])


def compare_with_original(pixels):
    """How many minutiae the two agree on."""
    answer = original().run(None, {"input": pixels[None, :, :, None].astype(np.float32)})[0][0]
    found = network().find(pixels, threshold=THRESHOLD)
    assert found.confidence.shape == pixels.shape
    y, x = np.nonzero(answer[..., 3] >= THRESHOLD)
    assert np.array_equal(found.y, y)
    assert np.array_equal(found.x, x)
    turn = np.angle(np.exp(1j * (found.direction - answer[y, x, 1])))
    assert np.abs(found.values - answer[y, x, 3]).max(initial=0) < TOLERANCE
    assert np.abs(turn).max(initial=0) < TOLERANCE
    assert np.abs(found.ending - answer[y, x, 2]).max(initial=0) < TOLERANCE
    return len(y)


@pytest.mark.parametrize("finger", [1, 2, 3])
def test_synthetic_prints_read_as_by_the_original(finger):
    image = read_image(a_file(a_finger(finger).impression(1, noise=0.1, contact=0.95)))
    assert compare_with_original(fitted(image.pixels)) > 10


@pytest.mark.parametrize("shape", [(32, 32), (32, 416), (416, 32), (64, 96), (96, 64), (224, 544), (672, 480)])
def test_every_shape_reads_as_by_the_original(shape):
    noise = np.random.default_rng(1).normal(0, 60, shape)
    waves = np.resize(ridges(), shape)
    compare_with_original(np.clip(waves + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("tone", [0, 128, 255])
def test_a_blank_image_has_no_minutiae(tone):
    assert compare_with_original(np.full((128, 160), tone, np.uint8)) == 0


@pytest.mark.parametrize("folder", ["uareu", "fvc2002/db1", "fvc2002/db2", "fvc2002/db3", "fvc2002/db4"])
def test_real_prints_read_as_by_the_original(test_data, folder):
    for path in sorted((test_data / "fingerprints" / folder).glob("*.png"))[:20:10]:
        image = read_image(path.read_bytes(), dpi=569 if folder.endswith("db2") else None)
        assert compare_with_original(fitted(image.pixels)) > 10


def test_threads_do_not_disturb_each_other():
    images = [read_image(a_file(a_finger(finger).impression(1))) for finger in (1, 2, 3)]
    alone = [extract(image) for image in images]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(extract, images * 4))
    assert together == alone * 4


def test_weights_are_found_by_what_they_make():
    weights = Weights(weights_path())
    output = "functional_1/attention_s_1/BiasAdd:0"
    assert weights.of(output, position=0).shape == (32, 48, 1, 1)
    assert weights.of(output).shape == (32,)
    with pytest.raises(KeyError):
        weights.of("nothing of the kind")
