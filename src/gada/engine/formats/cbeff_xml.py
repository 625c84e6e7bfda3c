"""CBEFF in XML (ISO/IEC 19785-3, XML patron format; schema OASIS BIAS 2.0 cbeff_ed2), as MOSIP sends all of a person.

A BIR holds a BDB in base64, or further BIRs. What BDBInfo calls something else than a finger (face, iris) is gone past.
Only elements are looked at: a document type, which could hide endless entities, is refused.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate

from gada.engine.refusal import Invalid

_NAMESPACE: Final = "http://standards.iso.org/iso-iec/19785/-3/"  # ends in the edition
_WHERE_NAMED: Final = 2000  # bytes: the first element tells
_DEEPEST: Final = 12
_MOST_BLOCKS: Final = 255
_INFO = ("BIR", "BDBInfo")
_TYPE, _ENCRYPTION, _BLOCK = (*_INFO, "Type"), (*_INFO, "Encryption"), ("BIR", "BDB")


@dataclass(slots=True)
class _Bir:
    """What one BIR says, as text."""

    type: str = ""
    encryption: str = ""
    block: list[str] = field(default_factory=list)


def is_cbeff_xml(data: bytes) -> bool:
    """Whether the bytes begin like XML and name the namespace of the standard."""
    start = data[:_WHERE_NAMED]
    return start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and _NAMESPACE.encode() in start


def unwrap_cbeff_xml(data: bytes) -> tuple[bytes, ...]:
    """The records of fingers inside, in their order, untouched. Raises `Invalid` with a code `cbeff-...`."""
    found = _Reader().read(data)
    fingers = [bir for bir in found if not bir.type or "finger" in bir.type.lower().split()]
    if not fingers:
        raise Invalid("cbeff-no-finger", "This wrapped biometric record (CBEFF) holds no finger.")
    if any(bir.encryption.strip().lower() in ("true", "1") for bir in fingers):
        raise encrypted()
    return tuple(_decoded("".join(bir.block)) for bir in fingers)


class _Reader:
    """Walks the elements and keeps each BIR that has a block."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._open: list[_Bir] = []
        self._found: list[_Bir] = []

    def read(self, data: bytes) -> list[_Bir]:
        """All of it, or Invalid."""
        parser = ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._hear
        try:
            parser.Parse(data, True)
        except (ExpatError, ValueError, LookupError) as damage:  # the last two: encodings that are none
            raise malformed() from damage
        return self._found

    def _begin(self, name: str, _: object) -> None:
        namespace, _, local = name.rpartition(" ")
        ours = namespace.startswith(_NAMESPACE)
        if len(self._path) == _DEEPEST or (not self._path and (local != "BIR" or not ours)):
            raise malformed()
        self._path.append(local if ours else "")
        if self._path[-1] == "BIR":
            self._open.append(_Bir())

    def _end(self, _: str) -> None:
        if self._path.pop() == "BIR":
            bir = self._open.pop()
            if bir.block:
                self._found.append(bir)
        if len(self._found) > _MOST_BLOCKS:
            raise malformed()

    def _hear(self, text: str) -> None:
        path = tuple(self._path)
        if path[-2:] == _BLOCK:
            self._open[-1].block.append(text)
        elif path[-3:] == _TYPE:
            self._open[-1].type += text
        elif path[-3:] == _ENCRYPTION:
            self._open[-1].encryption += text


def malformed() -> Invalid:
    """What is said of any damage."""
    return Invalid("cbeff-malformed", "The wrapping (CBEFF) of the biometric record is damaged or cut off.")


def encrypted() -> Invalid:
    """What is said of a record that cannot be looked into."""
    return Invalid("cbeff-encrypted", "This biometric record is encrypted. Ask for it without encryption.")


def _refuse(*_: object) -> None:
    raise malformed()


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(text.split()).encode("ascii"), strict_mode=True)
    except ValueError as damage:  # binascii.Error is one
        raise malformed() from damage
