"""A photo from a phone as it is kept: upright, small, and without what cameras write into files."""

from __future__ import annotations

import io

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from gada.engine.refusal import Invalid

MOST_PIXELS = 60_000_000
SIZE = (480, 600)  # as at the desk: enough to recognise somebody, about 40 kB
FORMATS = ("JPEG", "PNG", "WEBP")


def photo_from(data: bytes) -> bytes:
    """A JPEG made anew from a photo file. Raises Invalid `photo-unreadable`."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            image.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as damage:
        raise Invalid("photo-unreadable", _("This photo cannot be read. Use a JPEG, PNG or WebP file.")) from damage
    upright.thumbnail(SIZE)
    buffer = io.BytesIO()
    upright.save(buffer, format="JPEG", quality=82)
    return buffer.getvalue()
