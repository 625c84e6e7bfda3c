"""Minutiae records of whatever standard: the one door for files that come from elsewhere."""

from __future__ import annotations

from dataclasses import replace

from gada.engine.formats.an2k import IMAGE_TYPES
from gada.engine.formats.an2k_minutiae import MINUTIAE_TYPE, read_an2k_minutiae
from gada.engine.formats.an2k_records import is_an2k, records_of
from gada.engine.formats.cbeff import is_cbeff, unwrap_cbeff
from gada.engine.formats.fmr import FingerView, read_fmr
from gada.engine.formats.fmr_2011 import is_fmr_2011, read_fmr_2011, unknown_version
from gada.engine.formats.incits_378 import VERSIONS_2009, is_incits_378_2004, read_incits_378
from gada.engine.formats.minutiae_fields import MOST_BYTES, not_a_record, too_large

_MAGIC = b"FMR\0"


def holds_minutiae(data: bytes) -> bool:
    """Whether the bytes are a record of minutiae, bare or wrapped in CBEFF, or an ANSI/NIST file with minutiae but no
    image, from which better ones could be had. Raises `Invalid` when what tells it is damaged."""
    if is_an2k(data):
        kinds = {kind for kind, _ in records_of(data)[1]}
        return MINUTIAE_TYPE in kinds and kinds.isdisjoint(IMAGE_TYPES)
    return any(record[:4] == _MAGIC for record in (unwrap_cbeff(data) if is_cbeff(data) else [data]))


def read_minutiae(data: bytes) -> tuple[FingerView, ...]:
    """The finger views of a record, in its order, at 500 dpi, directions in 256 steps, minutiae best first.

    Reads ISO/IEC 19794-2:2005 and :2011, ANSI INCITS 378-2004 and 378-2009, told apart by their version and, where
    two standards share one, by which lengths fit. The formats of cards have no header and cannot be told: see
    `minutiae_card`. What CBEFF wraps around a record is taken off; of ANSI/NIST files type 9 is read. Raises `Invalid`
    with a code `fmr-...`, `cbeff-...` or `an2k-...`, and nothing else, whatever the bytes.
    """
    return tuple(replace(view, template=view.template.best_first()) for view in _views(data))


def _views(data: bytes) -> tuple[FingerView, ...]:
    if is_an2k(data):
        return read_an2k_minutiae(data)
    if not is_cbeff(data):
        return _read_record(data)
    records = unwrap_cbeff(data)
    ours = [record for record in records if record[:4] == _MAGIC]  # beside them may lie images
    return tuple(view for record in ours or records for view in _read_record(record))


def _read_record(data: bytes) -> tuple[FingerView, ...]:
    if len(data) > MOST_BYTES:
        raise too_large()
    if data[:4] != _MAGIC:
        raise not_a_record()
    if is_fmr_2011(data):
        return read_fmr_2011(data)
    if is_incits_378_2004(data) or data[4:8] in VERSIONS_2009:
        return read_incits_378(data)
    if len(data) >= 8 and data[4:8] != b" 20\0":
        raise unknown_version()
    return read_fmr(data)
