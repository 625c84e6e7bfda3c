"""A photo taken at the desk, with advice: people.photos makes it as it is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext_lazy as _
from PIL import Image

from gada.console.rules import LARGEST_PHOTO_BYTES
from gada.engine.refusal import Invalid
from gada.people.photos import kept_photo, small_photo, too_large

DARKEST, BRIGHTEST = 55, 215  # of 255
SHARPEST_BLUR = 25.0  # variance of the Laplacian
SMALLEST_MIDDLE = 60  # pixels


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it is kept, and the code of what to do about it (`good`: nothing)."""

    picture: bytes
    advice: str


def photo_of(data: bytes) -> Photo:
    """A JPEG made anew from a photo file, with advice. Raises Invalid `photo-…`."""
    if not data:
        raise Invalid("photo-empty", _("The photo file is empty. Take the photo again."))
    if len(data) > LARGEST_PHOTO_BYTES:
        raise too_large()
    image = small_photo(data)
    return Photo(kept_photo(image), advice_on(image))


def advice_on(image: Image.Image) -> str:
    """Whether a face in the middle can be seen: too-dark, too-bright, blurred, or good.

    Light is the mean of the middle of the picture; sharpness the variance of its Laplacian, both at 240 pixels.
    """
    grey = image.convert("L")
    grey.thumbnail((240, 300))
    whole = np.asarray(grey, np.float64)
    height, width = whole.shape
    middle = whole[height // 6 : height - height // 6, width // 6 : width - width // 6]
    if min(middle.shape) < SMALLEST_MIDDLE:
        return "too-small"
    if middle.mean() < DARKEST:
        return "too-dark"
    if middle.mean() > BRIGHTEST:
        return "too-bright"
    edges = (
        middle[:-2, 1:-1] + middle[2:, 1:-1] + middle[1:-1, :-2] + middle[1:-1, 2:] - 4 * middle[1:-1, 1:-1]
    )
    return "blurred" if edges.var() < SHARPEST_BLUR else "good"
