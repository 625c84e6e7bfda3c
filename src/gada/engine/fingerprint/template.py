"""The values that travel between the stages: image, template, comparison."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.parameters import MOST_MINUTIAE
from gada.engine.refusal import Invalid

ENDING, BIFURCATION, OTHER = 1, 2, 0


@dataclass(frozen=True, slots=True, eq=False)
class FingerprintImage:
    """Grey pixels, uint8[height, width], dark ridges, at 500 dpi; `source_dpi` is what came in."""

    pixels: NDArray[np.uint8]
    source_dpi: int


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """Minutiae of one impression, best first. Conventions of ISO/IEC 19794-2:2005.

    Origin at the top left, x to the right, y down, in pixels at 500 dpi. `angle` counts 256 steps
    counter-clockwise from the right, along the ridge from an ending, between the ridges' arms at a
    bifurcation. `kind` is 1 ending, 2 bifurcation, 0 other. Qualities run 0..100. At most 255 minutiae.
    """

    width: int
    height: int
    x: NDArray[np.integer]  # kept as int16[n]
    y: NDArray[np.integer]  # kept as int16[n]
    angle: NDArray[np.integer]  # kept as uint8[n], like the next two
    kind: NDArray[np.integer]
    quality: NDArray[np.integer]
    finger_quality: int
    memo: dict[str, object] = field(default_factory=dict, init=False, repr=False)  # descriptors, made once

    def __post_init__(self) -> None:
        columns = {"x": np.int16, "y": np.int16, "angle": np.uint8, "kind": np.uint8, "quality": np.uint8}
        for name, dtype in columns.items():
            column = np.array(getattr(self, name), dtype=dtype)
            column.setflags(write=False)
            object.__setattr__(self, name, column)
        lengths = {getattr(self, name).shape for name in columns}
        if len(lengths) != 1 or len(self.x.shape) != 1:
            raise Invalid("template-ragged", "This fingerprint record is inconsistent.")
        if len(self.x) > MOST_MINUTIAE:
            raise Invalid("template-too-many-minutiae", "A fingerprint record holds at most 255 minutiae.")
        if not (0 < self.width < 16384 and 0 < self.height < 16384 and 0 <= self.finger_quality <= 100):
            raise Invalid("template-out-of-range", "This fingerprint record has sizes out of range.")

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def best_first(self) -> Template:
        """The same minutiae in order of quality, those of one quality as they stood: the best ones get descriptors."""
        order = np.argsort(-self.quality.astype(np.int16), kind="stable")
        if np.array_equal(order, np.arange(len(self))):
            return self
        x, y, angle, kind, quality = (each[order] for each in (self.x, self.y, self.angle, self.kind, self.quality))
        return Template(self.width, self.height, x, y, angle, kind, quality, self.finger_quality)

    def key(self) -> tuple[int, int, int, bytes]:
        """Everything that makes two templates the same, as bytes."""
        columns = (self.x.astype("<i2"), self.y.astype("<i2"), self.angle, self.kind, self.quality)
        return self.width, self.height, self.finger_quality, b"".join(c.tobytes() for c in columns)

    def __getstate__(self) -> tuple[object, ...]:
        return (
            self.width,
            self.height,
            self.x,
            self.y,
            self.angle,
            self.kind,
            self.quality,
            self.finger_quality,
        )

    def __setstate__(self, state: tuple[object, ...]) -> None:
        names = ("width", "height", "x", "y", "angle", "kind", "quality", "finger_quality")
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "memo", {})


@dataclass(frozen=True, slots=True)
class Quality:
    """`value` 0..100, and `advice`: a stable code that says what to do (see `quality.ADVICE`)."""

    value: int
    advice: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike two impressions are.

    `score` is floor(-10 log10 FMR), calibrated; `raw` the uncalibrated integer; `pairs` the minutiae
    that correspond, as (index in a, index in b).
    """

    score: int
    raw: int
    pairs: tuple[tuple[int, int], ...]
