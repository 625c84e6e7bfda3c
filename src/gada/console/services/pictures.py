"""A photo taken at the desk, with advice: people.photos makes it as it is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext_lazy as _
from PIL import Image

from gada.console.rules import LARGEST_PHOTO_BYTES
from gada.engine.refusal import Invalid
from gada.people.photos import kept_photo, small_photo, too_large

# Measured on pictures spoiled on purpose (bench/photos.py): three portraits stand at 37 to 118 when sharp, at 7.1 to
# 7.5 when blurred by a Gaussian of 5 thousandths of their width, at 4.6 to 4.9 by 6: eyes and mouth run together there.
BLURRED_BELOW = 7.0  # per thousand of the contrast
DARKEST, BRIGHTEST = 55, 215  # of 255; a hundred faces of press photos (LFW) have 78 to 188
BURNT_OUT, MOST_BURNT_OUT = 250, 0.5  # of 255; half of the middle white says nothing of a face, whatever the rest
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

    Light is the mean of the middle of the picture. Where a face is, nobody looks: it may be off-centre.
    """
    middle = _middle_of(image)
    if min(middle.shape) < SMALLEST_MIDDLE:
        return "too-small"
    light, sharpness = light_and_sharpness(image)
    if light < DARKEST:
        return "too-dark"
    if light > BRIGHTEST or (middle >= BURNT_OUT).mean() > MOST_BURNT_OUT:
        return "too-bright"
    return "blurred" if sharpness < BLURRED_BELOW else "good"


def light_and_sharpness(image: Image.Image) -> tuple[float, float]:
    """Mean of the middle of a picture (0–255), and the variance of its Laplacian per thousand of its own variance.

    Both at 240 pixels. A dim picture has little contrast, and is as sharp as it was.
    """
    middle = _middle_of(image)
    edges = (
        middle[:-2, 1:-1] + middle[2:, 1:-1] + middle[1:-1, :-2] + middle[1:-1, 2:] - 4 * middle[1:-1, 1:-1]
    )
    return float(middle.mean()), float(1000 * edges.var() / max(middle.var(), 1.0))


def _middle_of(image: Image.Image) -> np.ndarray:
    grey = image.convert("L")
    grey.thumbnail((240, 300))
    whole = np.asarray(grey, np.float64)
    height, width = whole.shape
    return whole[height // 6 : height - height // 6, width // 6 : width - width // 6]
