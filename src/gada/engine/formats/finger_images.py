"""Finger images out of records of whatever standard: the one door for files that come from elsewhere."""

from __future__ import annotations

from gada.engine.formats.an2k import read_an2k
from gada.engine.formats.an2k_records import is_an2k
from gada.engine.formats.cbeff import is_cbeff, unwrap_cbeff
from gada.engine.formats.fir import MAGIC, read_fir
from gada.engine.formats.stored_image import StoredImage


def holds_finger_images(data: bytes) -> bool:
    """Whether the bytes begin like a record of images, and not like an image or anything else."""
    return data[:4] == MAGIC or is_an2k(data) or is_cbeff(data)


def read_finger_images(data: bytes) -> tuple[StoredImage, ...]:
    """The images of a record, in its order, decoded only by `StoredImage.read`.

    Reads ISO/IEC 19794-4:2005 and :2011, bare or wrapped in CBEFF, and ANSI/NIST-ITL files. Raises `Invalid` with
    a code `fir-...`, `cbeff-...` or `an2k-...`, and nothing else, whatever the bytes.
    """
    if is_an2k(data):
        return read_an2k(data)
    if is_cbeff(data):
        records = unwrap_cbeff(data)
        images = [record for record in records if record[:4] == MAGIC]  # beside them may lie minutiae
        return tuple(image for record in images or records for image in read_fir(record))
    return read_fir(data)
