"""A photo as it is kept: upright, small, and without what cameras write into files."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from gada.console.rules import LARGEST_PHOTO_BYTES
from gada.engine.refusal import Invalid

MOST_PIXELS = 60_000_000
SIZE = (480, 600)  # enough to recognise somebody, about 40 kB
FORMATS = ("JPEG", "PNG", "WEBP")
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
        raise Invalid("photo-too-large", _("The photo is too large. Choose one of at most 8 MB."))
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Invalid("photo-too-large", _("The photo is too large. Choose one of at most 8 MB."))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as damage:
        raise Invalid("photo-unreadable", _("This photo cannot be read. Use a JPEG, PNG or WebP file.")) from damage
    upright.thumbnail(SIZE)
    buffer = io.BytesIO()
    upright.save(buffer, format="JPEG", quality=82)
    return Photo(buffer.getvalue(), advice_on(upright))


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
