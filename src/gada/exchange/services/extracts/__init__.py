"""Extracts for partners without Gada: asked, decided, made, returned, destroyed."""

from gada.exchange.services.extracts.ending import confirm_destroyed, drop_expired_files
from gada.exchange.services.extracts.gathering import Gathered, gather
from gada.exchange.services.extracts.making import MadeFile, make_extract, take_file
from gada.exchange.services.extracts.requesting import ExtractDraft, decide_extract, request_extract
from gada.exchange.services.extracts.returning import read_return, record_return

__all__ = [
    "ExtractDraft",
    "Gathered",
    "MadeFile",
    "confirm_destroyed",
    "decide_extract",
    "drop_expired_files",
    "gather",
    "make_extract",
    "read_return",
    "record_return",
    "request_extract",
    "take_file",
]
