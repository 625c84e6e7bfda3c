"""A workbook under a password, as Excel and LibreOffice lock theirs (MS-OFFCRYPTO 2.3.4.10, agile encryption).

AES-256 in CBC, the password stretched by 100 000 rounds of SHA-512, an HMAC over the whole. A partner opens it with the
program they have; saved again there, it stays locked under the same password.
"""

from __future__ import annotations

import io
import secrets
import struct
import zipfile
from typing import Final
from xml.parsers.expat import ExpatError

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError
from msoffcrypto.format.ooxml import OOXMLFile

from gada.engine.refusal import Invalid

# What msoffcrypto lets through of a damaged container, of the XML within and of what it unpacks.
DAMAGES: Final = (
    DecryptionError, FileFormatError, zipfile.BadZipFile, ExpatError, struct.error, OSError, ValueError, LookupError,
)
LOCKED: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Letters and digits that are told apart by ear and by eye on the telephone, in French and in English.
SPOKEN: Final = "23456789ACEFHJKLMPQRTUVXYZ"
GROUPS, GROUP_LENGTH = 4, 4  # 26^16: 75 bits


def new_password() -> str:
    """A password that is easily told by telephone: `ACEF-2345-…`, 75 bits."""
    return "-".join("".join(secrets.choice(SPOKEN) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


# A stream of less than 4096 bytes would lie in the small sectors of the container; msoffcrypto fills it up instead,
# and its own HMAC no longer fits (6.1). A dressed workbook is longer (`engine/formats/spreadsheet.Dress`).
SMALLEST_BYTES: Final = 4096


def lock_workbook(workbook: bytes, password: str) -> bytes:
    """The workbook (XLSX) as a file that opens only with the password. Raises ValueError below SMALLEST_BYTES."""
    if len(workbook) < SMALLEST_BYTES:
        raise ValueError("a workbook to be locked has at least 4096 bytes")
    sink = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook)).encrypt(password, sink)
    return sink.getvalue()


def is_locked(content: bytes) -> bool:
    """Whether a file may be a workbook under a password."""
    return content.startswith(LOCKED)


def open_workbook(content: bytes, password: str, *, largest_bytes: int) -> bytes:
    """What `lock_workbook` was given. Raises Invalid `workbook-password`, `workbook-damaged`, `workbook-large`."""
    sink = _Bounded(largest_bytes)
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(content))
        if not isinstance(file, OOXMLFile):
            raise _damaged()
        file.load_key(password=password, verify_password=True)
        file.decrypt(sink, verify_integrity=True)
    except InvalidKeyError:
        raise Invalid(
            "workbook-password", "This password does not open the file. Ask the partner which one they used."
        ) from None
    except Invalid:
        raise
    except DAMAGES:
        raise _damaged() from None
    return sink.getvalue()


def _damaged() -> Invalid:
    return Invalid("workbook-damaged", "This workbook cannot be opened: it is damaged, or of another kind.")


class _Bounded(io.BytesIO):
    def __init__(self, largest: int) -> None:
        super().__init__()
        self.largest = largest

    def write(self, content: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(content) > self.largest:
            raise Invalid("workbook-large", "This workbook is too large. Cut it into smaller ones.")
        return super().write(content)
