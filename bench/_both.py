"""Real prints read by both extractors, and what becomes of their minutiae when one looks at the other's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.fingerprint import DPI, real_templates
from gada.engine.fingerprint import Template, read_image
from gada.engine.fingerprint.classical.confidence import judge
from gada.engine.fingerprint.classical.detect import found_of, measure
from gada.engine.fingerprint.classical.dislocations import Dislocations
from gada.engine.fingerprint.compare import superpose
from gada.engine.fingerprint.descriptors import describe
from gada.engine.fingerprint.extract import template_of
from gada.engine.fingerprint.parameters import MINUTIA_THRESHOLD, MOST_MINUTIAE
from gada.engine.fingerprint.segmentation import measure_ridges

NEAR_PIXELS: Final = 12.0
NEAR_DEGREES: Final = 30.0
LIKE_LEADER: Final = (40, 10.0)  # quality of a minutia and distance for which a dislocation is taken to be one

Floats = NDArray[np.float64]
Part = NDArray[np.bool_]


@dataclass(frozen=True)
class Read:
    """One print: LEADER's template, and every dislocation with its properties float32[n, k]."""

    folder: str
    finger: str
    leader: Template
    spots: Dislocations
    measured: NDArray[np.float32]

    @property
    def true(self) -> Part:
        """Which dislocations are minutiae, as far as LEADER knows; each of its minutiae has one at most."""
        least, reach = LIKE_LEADER
        sure = np.flatnonzero(self.leader.quality >= least)
        gaps, turns = apart(self.leader, self.spots.x, self.spots.y, self.spots.direction)
        gaps = np.where(turns < NEAR_DEGREES, gaps, np.inf)[sure]
        true = np.zeros(len(self.spots.x), np.bool_)
        if gaps.size:
            nearest = gaps.argmin(axis=1)
            true[nearest[gaps[np.arange(len(sure)), nearest] < reach]] = True
        return true

    def template(self, weights: Floats) -> Template:
        """The classical template, with these weights of the confidence, the offset last."""
        confidence = judge(self.measured, tuple(weights[:-1]), float(weights[-1]))
        shape = self.leader.height, self.leader.width
        found = found_of(self.spots, confidence, shape, threshold=MINUTIA_THRESHOLD)
        return template_of(found, box=(0, 0, *shape), shape=shape, finger_quality=self.leader.finger_quality)


def read_both(data: Path) -> list[Read]:
    """All real prints of the test data, extracted here (LEADER's templates are kept between runs)."""
    folder = data / "fingerprints"
    paths = sorted([*folder.glob("uareu/*.png"), *folder.glob("fvc2002/*/*.png")])
    found = []
    for path, (name, finger, leader) in zip(paths, real_templates(data), strict=True):
        image = read_image(path.read_bytes(), dpi=DPI.get(name))
        found.append(Read(name, finger, leader, *measure(image.pixels, measure_ridges(image.pixels))))
    return found


def remade(
    like: Template, x: NDArray, y: NDArray, angle: NDArray, kind: NDArray, confidence: NDArray
) -> Template:
    """Minutiae of confidence 0..1 on an image as large as that of `like`, best first."""
    best = np.lexsort((x, y, -confidence))[:MOST_MINUTIAE]
    quality = np.clip(np.rint(confidence[best] * 100), 1, 100)
    return Template(like.width, like.height, x[best], y[best], angle[best], kind[best], quality, like.finger_quality)


def apart(template: Template, x: NDArray, y: NDArray, direction: NDArray) -> tuple[Floats, Floats]:
    """Pixels and degrees between each minutia of a template and each of these places, float64[n, m] both."""
    gaps = np.hypot(template.x[:, None] - x.astype(np.float64), template.y[:, None] - y.astype(np.float64))
    turns = np.angle(np.exp(1j * (template.angle[:, None] * (2 * np.pi / 256) - direction)))
    return gaps, np.abs(np.degrees(turns))


def confirmed(a: Template, b: Template) -> NDArray[np.int64]:
    """For each minutia of a, the nearest of b within 12 pixels and 30 degrees, or -1."""
    if not len(a) or not len(b):
        return np.full(len(a), -1, np.int64)
    gaps, turns = apart(a, b.x, b.y, b.angle * (2 * np.pi / 256))
    gaps = np.where((gaps < NEAR_PIXELS) & (turns < NEAR_DEGREES), gaps, np.inf)
    nearest = gaps.argmin(axis=1)
    return np.where(np.isfinite(gaps[np.arange(len(a)), nearest]), nearest, -1)


def found_again(templates: list[Template], pairs: Iterable[tuple[int, int]]) -> list[Floats]:
    """For each minutia of each template, in how many of its genuine pairs it has a partner: a share float64[n]."""
    counts = [np.zeros(len(template)) for template in templates]
    times = np.zeros(len(templates))
    described = [describe(template) for template in templates]
    for i, j in pairs:
        partners = superpose(described[i], described[j]).partners
        np.add.at(counts[i], partners[:, 0], 1)
        np.add.at(counts[j], partners[:, 1], 1)
        times[[i, j]] += 1
    return [count / max(time, 1) for count, time in zip(counts, times, strict=True)]


def reweighed(template: Template, by: NDArray) -> Template:
    """Confidences times `by`; what falls below the least is left out."""
    confidence = template.quality * by / 100
    kept = confidence >= MINUTIA_THRESHOLD
    columns = (template.x, template.y, template.angle, template.kind, confidence)
    return remade(template, *(column[kept] for column in columns))


def union(a: Template, b: Template, *, alone_a: Floats | float = 1.0, alone_b: Floats | float = 1.0) -> Template:
    """Minutiae of either; one that both see stands where a sees it, with the higher confidence; one that only one
    of them sees keeps this share of its confidence, float64[n] or the same for all."""
    seen, other = confirmed(a, b), confirmed(b, a) < 0
    sure_a, sure_b = a.quality / 100, b.quality / 100
    together = np.where(seen >= 0, np.maximum(sure_a, sure_b[seen] if len(b) else 0), alone_a * sure_a)
    confidence = np.concatenate((together, (alone_b * sure_b)[other]))
    kept = confidence >= MINUTIA_THRESHOLD
    joined = (np.concatenate((getattr(a, name), getattr(b, name)[other])) for name in ("x", "y", "angle", "kind"))
    return remade(a, *(column[kept] for column in joined), confidence[kept])


def best(template: Template, count: int) -> Template:
    """The best minutiae of a template alone."""
    columns = (template.x, template.y, template.angle, template.kind, template.quality / 100)
    return remade(template, *(column[:count] for column in columns))


def each_folder(
    folders: NDArray, fit: Callable[[Part], object], use: Callable[[int, object], Template]
) -> list[Template]:
    """Templates made by what was fitted on the other folders: `fit` takes the prints it may see, bool[n]."""
    fits = {folder: fit(folders != folder) for folder in sorted(set(folders.tolist()))}
    return [use(i, fits[folder]) for i, folder in enumerate(folders.tolist())]
