"""From the bytes of an image or an ISO record to minutiae.

Slow (a third of a second an image): never inside a transaction.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from PIL import Image

from gada.biometrics import rules
from gada.engine.fingerprint import (
    EXTRACTOR,
    FingerprintImage,
    Quality,
    Template,
    extract_with_quality,
    read_image,
)
from gada.engine.formats.finger_images import holds_finger_images, read_finger_images
from gada.engine.formats.fmr import FingerView, write_fmr
from gada.engine.formats.minutiae import read_minutiae
from gada.engine.formats.stored_image import StoredImage
from gada.engine.refusal import Invalid

GIVEN_RECORD = "iso-19794-2"  # minutiae found by whoever made the record


@dataclass(frozen=True, slots=True)
class ReadPrint:
    """One finger ready to be kept: ISO record of a single view, its template, quality, and the picture if any."""

    record: bytes
    template: Template
    quality: Quality
    algorithm: str
    sample: bytes | None = None  # PNG, grey, 500 dpi: the template's coordinates fit it


def read_print(
    *, position: int, image: bytes | None = None, record: bytes | None = None, dpi: int | None = None
) -> ReadPrint:
    """Read one finger. Raises Invalid `image-…` or `fmr-…`, and `print-too-poor` below six minutiae."""
    if image is not None:
        read = _from_image(position, image, dpi)
    elif record is not None:
        read = _from_record(position, record)
    else:
        raise Invalid("capture-empty", _("There is no fingerprint here. Take one, or say why there is none."))
    if not rules.is_usable(read.template):
        raise Invalid(
            "print-too-poor", _("Too little of the finger can be seen. Clean finger and scanner and try again.")
        )
    return read


def read_fingers(images: Mapping[int, bytes], *, dpi: int | None = None) -> dict[int, Template]:
    """Templates of fingers just scanned, by ISO position (0: not said which), for `identify` and `verify`.

    Each value is an image or an ISO record. Raises Invalid.
    """
    return {
        position: read_print(
            position=position, dpi=dpi, **({"record": data} if data[:4] == b"FMR\0" else {"image": data})
        ).template
        for position, data in images.items()
    }


def single_record(position: int, template: Template) -> bytes:
    """An ISO record of this one finger."""
    return write_fmr([FingerView(position, template)])


def picture_of(image: FingerprintImage) -> bytes:
    """The image as extraction saw it, as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image.pixels).save(buffer, format="PNG", dpi=(500, 500))
    return buffer.getvalue()


def _from_image(position: int, data: bytes, dpi: int | None) -> ReadPrint:
    image = _image_of(position, data).read() if holds_finger_images(data) else read_image(data, dpi=dpi)
    template, quality = extract_with_quality(image)
    return ReadPrint(single_record(position, template), template, quality, EXTRACTOR, picture_of(image))


def _image_of(position: int, record: bytes) -> StoredImage:
    """The image of this finger in a record of ISO/IEC 19794-4, ANSI/NIST or CBEFF."""
    for stored in read_finger_images(record):
        if stored.position in (0, position) or position == 0:
            return stored
    raise Invalid("record-other-finger", _("This fingerprint record is of another finger than the one chosen."))


def _from_record(position: int, data: bytes) -> ReadPrint:
    views = [view for view in read_minutiae(data) if view.position in (0, position) or position == 0]
    if not views:
        raise Invalid("record-other-finger", _("This fingerprint record is of another finger than the one chosen."))
    template = max((view.template for view in views), key=lambda template: (template.finger_quality, len(template)))
    advice = "good" if template.finger_quality >= 50 else "partial"
    return ReadPrint(
        single_record(position, template), template, Quality(template.finger_quality, advice), GIVEN_RECORD
    )
