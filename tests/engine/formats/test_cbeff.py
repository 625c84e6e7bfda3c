"""The wrappings that came last: BioAPI 1.1 and XML. Those of PIV and of passports are in test_finger_images."""

from __future__ import annotations

import base64
import struct

import pytest

from gada.engine.formats.cbeff import is_cbeff, unwrap_cbeff
from gada.engine.formats.finger_images import read_finger_images
from gada.engine.formats.minutiae import holds_minutiae, read_minutiae
from gada.engine.refusal import Invalid
from tests.engine.formats.test_finger_images import SOME, fir_2005, fir_2011
from tests.engine.formats.test_minutiae import ANSI_2004, ISO_2011

NAMESPACE = "http://standards.iso.org/iso-iec/19785/-3/ed-2/"


def bioapi(record: bytes, *, kind: int = 4, signature: bytes | None = None, owner: int = 0x1B) -> bytes:
    """Offsets, the low byte first: 0 bytes of header and record, 4 version 1, 5 kind of data (4 processed, 0x10
    encrypted, 0x20 signed), 6 owner, 8 type, 10 quality, 11 purpose, 12 factors (8 fingerprint), 16 the record."""
    head = struct.pack("<IBBHHbBI", 16 + len(record), 1, kind, owner, 0x0201, 80, 4, 8)
    assert len(head) == 16
    signed = b"" if signature is None else struct.pack("<I", len(signature)) + signature
    return head + record + signed


def block(record: bytes, *, kind: str = "Finger", more: str = "") -> str:
    """A BIR as MOSIP writes it."""
    what = f"<Type>{kind}</Type>" if kind else ""
    return (
        "<BIR><Version><Major>1</Major><Minor>1</Minor></Version><BIRInfo><Integrity>false</Integrity></BIRInfo>"
        "<BDBInfo><Format><Organization>257</Organization><Type>7</Type></Format>"
        f"<CreationDate>2026-06-27T13:40:06.209Z</CreationDate>{what}{more}<Subtype>Right IndexFinger</Subtype>"
        "<Quality><Algorithm><Organization>HMAC</Organization><Type>SHA-256</Type></Algorithm><Score>100</Score>"
        f"</Quality></BDBInfo><BDB>{base64.encodebytes(record).decode()}</BDB></BIR>"
    )


def xml(*blocks: str, namespace: str = NAMESPACE, before: str = "") -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?>{before}\n<BIR xmlns="{namespace}">\n<!-- a person -->'
    return (head + "".join(blocks) + "</BIR>").encode()


FACE = block(b"FAC\x00030\0", kind="Face")
BIOAPI, XML = bioapi(ANSI_2004), xml(block(fir_2005(SOME)), FACE, block(fir_2011(SOME)))


def test_the_header_of_bioapi_is_taken_off():
    assert unwrap_cbeff(BIOAPI) == (ANSI_2004,)
    assert holds_minutiae(BIOAPI)
    assert read_minutiae(bioapi(ISO_2011, kind=0x24, signature=b"sig", owner=0x0101)) == read_minutiae(ISO_2011)
    assert read_finger_images(bioapi(fir_2005(SOME)))[0].data == SOME


def test_fingers_are_taken_out_of_xml_and_faces_left_there():
    assert is_cbeff(XML)
    assert unwrap_cbeff(XML) == (fir_2005(SOME), fir_2011(SOME))
    assert [image.position for image in read_finger_images(XML)] == [2, 2]
    assert unwrap_cbeff(xml(block(SOME, kind=""))) == (SOME,)
    assert unwrap_cbeff(b"\xef\xbb\xbf \n" + xml(block(SOME))[39:]) == (SOME,)


def test_images_and_minutiae_wrapped_together_are_told_apart():
    both = xml(block(fir_2005(SOME)), block(ISO_2011))
    assert len(read_finger_images(both)) == 1
    assert read_minutiae(both) == read_minutiae(ISO_2011)


ENTITIES = '<!DOCTYPE BIR [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
DEEP = "<BIR>" * 20 + block(SOME) + "</BIR>" * 20


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bioapi(ANSI_2004, kind=0x14), "cbeff-encrypted"), (BIOAPI[:-1], "cbeff-malformed"),
        (BIOAPI + b"\0", "cbeff-malformed"), (bioapi(ANSI_2004, kind=0x24), "cbeff-malformed"),
        (bioapi(ANSI_2004, kind=0x24, signature=b"sig")[:-1], "cbeff-malformed"), (XML[:-1], "cbeff-malformed"),
        (xml(block(SOME), before=ENTITIES), "cbeff-malformed"), (xml(DEEP), "cbeff-malformed"),
        (xml(FACE), "cbeff-no-finger"), (xml(), "cbeff-no-finger"),
        (xml(block(SOME, more="<Encryption>true</Encryption>")), "cbeff-encrypted"),
        (xml(block(SOME).replace("</BDB>", "!</BDB>")), "cbeff-malformed"),
        (xml(block(SOME).replace("</BDB>", "é</BDB>")), "cbeff-malformed"),
        (xml(block(SOME)).replace(b"UTF-8", b"UTF-99"), "cbeff-malformed"),
        (xml(block(SOME)).replace(b"<BIR xmlns", b"<CAT xmlns"), "cbeff-malformed"),
        (xml(block(SOME), namespace="http://elsewhere.org"), "cbeff-unknown"),
        (xml(*[block(SOME)] * 256), "cbeff-malformed"),
    ],
)  # fmt: skip
def test_each_lie_has_its_own_answer(data, code):
    with pytest.raises(Invalid) as refusal:
        unwrap_cbeff(data)
    assert refusal.value.code == code
    assert str(refusal.value).endswith(".")
