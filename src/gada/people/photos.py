"""A photo as it is kept, from whatever camera: upright, small, and without what cameras write into files."""

from __future__ import annotations

import io

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from gada.engine.refusal import Invalid

MOST_PIXELS = 60_000_000
SIZE = (480, 600)  # enough to recognise somebody, about 40 kB
FORMATS = ("JPEG", "PNG", "WEBP")


def small_photo(data: bytes) -> Image.Image:
    """The photo of a file, of at most SIZE pixels. Raises Invalid `photo-too-large`, `photo-unreadable`."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise too_large()
            image.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))  # a large JPEG is then read at a fraction of its size
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as damage:
        raise Invalid("photo-unreadable", _("This photo cannot be read. Use a JPEG, PNG or WebP file.")) from damage
    upright.thumbnail(SIZE)
    return upright


def kept_photo(image: Image.Image) -> bytes:
    """The bytes that are kept: a JPEG made anew."""
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=82)
    return buffer.getvalue()


def too_large() -> Invalid:
    return Invalid("photo-too-large", _("The photo is too large. Choose one of at most 8 MB."))
