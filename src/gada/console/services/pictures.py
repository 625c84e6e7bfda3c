"""A photo as it is kept: upright, small, and without what cameras write into files."""

from __future__ import annotations

import io

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from gada.console.rules import LARGEST_PHOTO_BYTES
from gada.engine.refusal import Invalid

MOST_PIXELS = 60_000_000
SIZE = (480, 600)  # enough to recognise somebody, about 40 kB
FORMATS = ("JPEG", "PNG", "WEBP")


def photo_of(data: bytes) -> bytes:
    """A JPEG made anew from a photo file. Raises Invalid `photo-…`."""
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
    return buffer.getvalue()
