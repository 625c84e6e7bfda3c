"""QR codes on a picture: a photo of a card, a scan of a sheet, a frame of a camera."""

from __future__ import annotations

from io import BytesIO

import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError

from gada.engine.refusal import Invalid

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
MOST_PIXELS = 60_000_000
LARGEST_BYTES = 16 * 1024 * 1024
PDF_WITHIN = 1024


def codes_on(picture: bytes) -> list[str]:
    """The texts of the QR codes found. Raises Invalid `picture-unreadable`, `picture-is-pdf`, `picture-too-large`."""
    if len(picture) > LARGEST_BYTES:
        raise Invalid("picture-too-large", "This picture is too large. Choose one of at most 16 MB.")
    if picture[:PDF_WITHIN].lstrip().startswith(b"%PDF"):
        raise Invalid(
            "picture-is-pdf",
            "This is a PDF, and none is opened here. Show it on the screen and photograph the code, or use the camera.",
        )
    try:
        with Image.open(BytesIO(picture), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Invalid("picture-too-large", "This picture is too large. Choose one of at most 16 MB.")
            upright = ImageOps.exif_transpose(image).convert("L")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        raise Invalid("picture-unreadable", "This picture cannot be read. Use a JPEG, PNG or WebP file.") from None
    found = zxingcpp.read_barcodes(upright, formats=zxingcpp.BarcodeFormat.QRCode)
    return [each.text for each in found if each.text]
