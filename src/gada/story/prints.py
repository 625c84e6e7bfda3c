"""The fingers of the world: images for those enrolled live, templates for everybody else.

A person who appears live anywhere has image-level fingers everywhere, so that all their impressions, also
those another agency delivers as records, come from the same skin.
"""

from __future__ import annotations

from functools import lru_cache

from gada.engine.fingerprint.extract import extract
from gada.engine.fingerprint.synthetic import SyntheticFinger, a_finger, minutiae_finger
from gada.engine.fingerprint.template import FingerprintImage, Template
from gada.engine.formats.fmr import FingerView, write_fmr

DPI = 500


@lru_cache(maxsize=64)
def _finger(seed: int) -> SyntheticFinger:
    return a_finger(seed)


def image_of(*, fingers_seed: int, position: int, touch: int) -> bytes:
    """A PNG at 500 dpi of one touch of one finger."""
    return _finger(fingers_seed + position).impression_png(touch)


def template_of(*, fingers_seed: int, position: int, touch: int, from_image: bool) -> Template:
    """The template of one touch; by the real extractor where the person's fingers exist as images."""
    if from_image:
        pixels = _finger(fingers_seed + position).impression(touch)
        return extract(FingerprintImage(pixels, DPI))
    return minutiae_finger(fingers_seed + position).impression(touch)


def record_of(templates: dict[int, Template]) -> bytes:
    """An ISO/IEC 19794-2:2005 record of these fingers, by position."""
    return write_fmr([FingerView(position, template) for position, template in sorted(templates.items())])
