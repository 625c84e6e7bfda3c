"""Image records, wrapped records and ANSI/NIST files: built here by the field lists, read, cut, changed, refused."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.fingerprint import read_image
from gada.engine.formats.an2k import read_an2k
from gada.engine.formats.cbeff import unwrap_cbeff
from gada.engine.formats.finger_images import holds_finger_images, read_finger_images
from gada.engine.formats.fir import read_fir
from gada.engine.formats.minutiae import read_minutiae
from gada.engine.refusal import Invalid
from tests.engine.fingerprint.made import a_file, ridges
from tests.engine.formats.test_minutiae import ANSI_2004, ISO_2011

PRINT = ridges(width=200, height=220)
PIXELS = PRINT.tobytes()
PICTURE = a_file(PRINT)
SOME = b"\x89PNG and so on"  # a record is read without looking at its images


def fir_2005(*images: bytes, compression: int = 5, rate: int = 197, units: int = 2, depth: int = 8) -> bytes:
    """Offsets: 0 'FIR' 0, 4 '010' 0, 8 length in six bytes, 14 device, 16 level, 18 fingers, 19 units, 20 and 22
    scanned resolution, 24 and 26 that of the image, 28 depth, 29 compression, 30 reserved; then for each image 0
    length, 4 position, 5 views, 6 view, 7 quality, 8 impression, 9 width, 11 height, 13 reserved, 14 the image."""
    views = b"".join(
        struct.pack(">IBBBBBHHB", 14 + len(image), 2 + index, 1, 1, 254, 0, 200, 220, 0) + image
        for index, image in enumerate(images)
    )
    head = struct.pack(
        ">4s4sHIHHBBHHHHBBH",
        b"FIR\0", b"010\0", 0, 32 + len(views), 7, 31, len(images), units, rate, rate, rate, rate, depth, compression,
        0,
    )  # fmt: skip
    assert len(head) == 32
    return head + views


def fir_2011(*images: bytes, compression: int = 6, certified: bool = False, extended: bytes = b"") -> bytes:
    """Offsets: 0 'FIR' 0, 4 '020' 0, 8 length, 12 representations, 14 certificates follow, 15 positions; then for
    each 0 length, 4 date and time, 13 technology, 14 vendor, 16 type, 18 qualities and 5 bytes each, certificates
    and 3 bytes each, then 0 position, 1 number, 2 units, 3 and 5 scanned resolution, 7 and 9 that of the image, 11
    depth, 12 compression, 13 impression, 14 width, 16 height, 18 bytes of the image, 22 the image."""
    body = b""
    for index, image in enumerate(images):
        inside = b"\xff" * 9 + struct.pack(">BHH", 1, 0x0103, 7) + b"\1" + struct.pack(">BHH", 80, 0x0103, 1)
        inside += b"\1" + struct.pack(">HB", 0x0103, 2) if certified else b""
        inside += struct.pack(
            ">BBBHHHHBBBHHI", 2 + index, 1, 1, 500, 500, 500, 500, 8, compression, 0, 200, 220, len(image)
        )
        inside += image + extended
        body += struct.pack(">I", 4 + len(inside)) + inside
    return struct.pack(">4s4sIHBB", b"FIR\0", b"020\0", 16 + len(body), len(images), certified, 1) + body


def piv(record: bytes, *, options: int = 0x0D, signature: bytes = b"sig") -> bytes:
    """Offsets: 0 version 3, 1 security, 2 bytes of the record, 6 of the signature, 8 owner, 10 type, 12 created,
    20 valid, 36 kind of biometrics, 39 kind of data, 40 quality, 41 creator, 59 card, 84 reserved, 88 the record."""
    head = struct.pack(">BBIHHH", 3, options, len(record), len(signature), 0x001B, 0x0201) + b"\0" * 76
    assert len(head) == 88
    return head + record + signature


def field(tag: str, value: bytes) -> bytes:
    size = len(value)
    length = bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3)
    return bytes.fromhex(tag) + length + value


def group(*records: bytes, tag: str = "5f2e") -> bytes:
    """7F61 holds 02 (how many) and for each a 7F60 with A1 (header: 87 owner, 88 type) and 5F2E or 7F2E (record)."""
    head = field("a1", field("87", b"\1\1") + field("88", b"\0\7"))
    return field("7f61", field("02", bytes([len(records)])) + b"".join(
        field("7f60", head + field(tag, record)) for record in records
    ))


def tagged(kind: int, fields: dict[int, bytes]) -> bytes:
    """A record of tagged fields; its first, the length, counts itself."""
    rest = b"\x1d".join(b"%d.%03d:" % (kind, number) + value for number, value in fields.items()) + b"\x1c"
    length = len(rest) + len(b"%d.001:" % kind) + 1
    digits = next(digits for digits in range(1, 9) if len(str(length + digits)) == digits)
    return b"%d.001:%d\x1d" % (kind, length + digits) + rest


def type_4(image: bytes, *, finger: int = 2, resolution: int = 0, compression: int = 6) -> bytes:
    """Offsets: 0 length, 4 IDC, 5 impression, 6 finger and five others, 12 resolution, 13 width, 15 height, 17
    compression, 18 the image."""
    head = struct.pack(
        ">IBB6sBHHB", 18 + len(image), 1, 0, bytes([finger]) + b"\xff" * 5, resolution, 200, 220, compression
    )
    assert len(head) == 18
    return head + image


def type_14(image: bytes, **changes: bytes) -> bytes:
    fields = {
        2: b"02", 3: b"0", 4: b"GADA", 5: b"20261122", 6: b"200", 7: b"220", 8: b"2", 9: b"197", 10: b"197", 11: b"PNG",
        12: b"8", 13: b"7", 999: image,
    }  # fmt: skip
    return tagged(14, fields | {int(name[1:]): value for name, value in changes.items()})


def an2k(*records: tuple[int, bytes], native: bytes = b"39.37") -> bytes:
    content = b"\x1e".join(
        [b"1\x1f%d" % len(records)] + [b"%d\x1f%02d" % (kind, n) for n, (kind, _) in enumerate(records)]
    )
    first = {2: b"0500", 3: content, 4: b"ABC", 5: b"20261122", 11: native, 12: b"19.69"}
    return tagged(1, first) + b"".join(record for _, record in records)


PERSON = (2, tagged(2, {2: b"00", 18: b"SURNAME\x1fNAME", 1001: b"anything"}))
RECORDS = {
    "fir-2005": fir_2005(SOME, SOME), "fir-2011": fir_2011(SOME, SOME, certified=True), "piv": piv(fir_2005(SOME)),
    "group": group(fir_2011(SOME), fir_2011(SOME)), "group-3": field("63", group(fir_2005(SOME), tag="7f2e")),
    "an2k": an2k(PERSON, (4, type_4(SOME)), (14, type_14(SOME))),
}  # fmt: skip
EVERY_RECORD = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)


def outcome(read, data: bytes):
    """What was read, or the code of the refusal; anything else that is raised fails the test."""
    try:
        return read(data)
    except Invalid as refusal:
        assert refusal.code.split("-")[0] in ("fir", "cbeff", "an2k", "fmr", "image")
        assert str(refusal).endswith(".")
        return refusal.code


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (fir_2005(SOME, SOME), [(2, 500, False), (3, 500, False)]),
        (fir_2005(SOME, compression=0, units=1, rate=1000), [(2, 1000, True)]),
        (fir_2005(SOME, rate=0), [(2, None, False)]),
        (fir_2011(SOME, SOME), [(2, 500, False), (3, 500, False)]),
        (fir_2011(SOME, certified=True, extended=b"more", compression=0), [(2, 500, True)]),
        (piv(fir_2005(SOME)), [(2, 500, False)]),
        (group(fir_2005(SOME), fir_2011(SOME)), [(2, 500, False), (2, 500, False)]),
        (an2k(PERSON, (4, type_4(SOME)), (14, type_14(SOME))), [(2, 500, False), (7, 500, False)]),
        (an2k((4, type_4(SOME, finger=12, resolution=1, compression=0))), [(6, 1000, True)]),
        (an2k((14, type_14(SOME, f11=b"NONE", f8=b"1", f9=b"500", f10=b"500", f13=b"11\x1e2"))), [(1, 500, True)]),
    ],
)
def test_a_record_is_read_as_its_fields_say(record, expected):
    images = read_finger_images(record)
    assert holds_finger_images(record)
    assert [(image.position, image.dpi, image.raw) for image in images] == expected
    assert {(image.data, image.width, image.height) for image in images} == {(SOME, 200, 220)}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "JPEG2000", "WSQ"])
def test_images_inside_are_read_in_every_encoding(kind):
    if kind == "WSQ":
        import wsq  # noqa: F401  (registers the format with Pillow)
    whole = a_file(PRINT, kind)
    for record in (fir_2005(whole), fir_2011(whole), an2k((4, type_4(whole))), an2k((14, type_14(whole)))):
        (image,) = read_finger_images(record)
        assert np.corrcoef(image.read().pixels.ravel(), PRINT.ravel())[0, 1] > 0.95


def test_raw_pixels_are_read_with_the_size_and_resolution_stated():
    for record in (
        fir_2005(PIXELS, compression=0),
        fir_2011(PIXELS, compression=1),
        an2k((4, type_4(PIXELS, compression=0))),
    ):
        assert np.array_equal(read_finger_images(record)[0].read().pixels, PRINT)
    smaller = read_finger_images(fir_2005(PIXELS, compression=0, units=1, rate=600))[0].read()
    assert (smaller.pixels.shape, smaller.source_dpi) == ((183, 167), 600)
    for record, code in (
        (fir_2005(PIXELS[:-1], compression=0), "image-size"),
        (fir_2005(PIXELS, compression=0, rate=20), "image-resolution"),
    ):
        assert outcome(lambda data: read_fir(data)[0].read(), record) == code


def test_minutiae_are_read_through_the_wrapping():
    assert read_minutiae(piv(ANSI_2004)) == read_minutiae(ANSI_2004)
    assert read_minutiae(group(ANSI_2004, ISO_2011)) == read_minutiae(ANSI_2004) + read_minutiae(ISO_2011)
    assert read_minutiae(field("63", group(ISO_2011, tag="7f2e"))) == read_minutiae(ISO_2011)
    assert outcome(read_minutiae, piv(fir_2005(SOME))) == "fmr-not-a-record"


def test_an_image_is_not_taken_for_a_record():
    assert not holds_finger_images(PICTURE)
    assert read_image(PICTURE).pixels.shape == PRINT.shape


@EVERY_RECORD
def test_a_record_cut_anywhere_is_invalid(record):
    for kept in range(len(record)):
        assert isinstance(outcome(read_finger_images, record[:kept]), str)
    assert isinstance(outcome(read_finger_images, record + b"\0"), str)


@EVERY_RECORD
def test_a_changed_byte_is_read_or_invalid(record):
    for place in range(len(record)):
        for change in (0x01, 0x10, 0x80, 0xFF):
            changed = bytearray(record)
            changed[place] ^= change
            found = outcome(read_finger_images, bytes(changed))
            assert isinstance(found, str) or sum(len(image.data) for image in found) <= len(record)


STARTS = [
    b"",
    b"FIR\x00010\0",
    b"FIR\x00020\0",
    b"\x7f\x61",
    b"\x7f\x60",
    b"\x63\x10\x7f\x61",
    b"\3\x0d",
    b"1.001:40\x1d",
]


@given(st.binary(max_size=200), st.sampled_from(STARTS))
@settings(max_examples=300, deadline=None)
def test_arbitrary_bytes_are_only_ever_invalid(data, start):
    for read in (read_finger_images, read_fir, unwrap_cbeff, read_an2k, read_minutiae):
        assert not isinstance(outcome(read, start + data), Exception)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "fir-not-a-record"), (b"FIR\x00099\0", "fir-version"), (fir_2005(), "fir-empty"),
        (fir_2011(), "fir-empty"), (fir_2005(SOME, compression=6), "fir-encoding"), (fir_2005(b""), "fir-length"),
        (fir_2005(SOME, units=3), "fir-resolution"), (fir_2005(SOME, compression=0, depth=16), "fir-depth"),
        (fir_2011(SOME, compression=7), "fir-encoding"), (fir_2011(SOME) + b"\0", "fir-length"),
        (b"FIR\x00010\0" + b"\0" * (24 << 20), "fir-too-large"),
        (piv(fir_2005(SOME), options=0x0F), "cbeff-encrypted"), (piv(fir_2005(SOME))[:-1], "cbeff-malformed"),
        (group(), "cbeff-malformed"), (b"\x7f\x61\x84\xff\xff\xff\xff", "cbeff-malformed"),
        (b"\x7f\x60" + b"\0" * (24 << 20), "cbeff-too-large"), (group(fir_2005(SOME)[:-1]), "fir-truncated"),
        (an2k(PERSON), "an2k-empty"), (an2k((14, type_14(SOME, f11=b"JPEGL"))), "an2k-encoding"),
        (an2k((4, type_4(SOME, compression=3))), "an2k-encoding"), (an2k((4, type_14(SOME))), "an2k-malformed"),
        (an2k((14, type_14(SOME, f9=b"300"))), "an2k-resolution"),
        (an2k((14, type_14(SOME, f6=b""))), "an2k-malformed"),
        (an2k((4, type_4(SOME, resolution=1)), native=b"much"), "an2k-malformed"),
        (an2k((4, type_4(SOME))) + b"\0", "an2k-malformed"), (b"1.001:9\x1d" + b"\0" * (24 << 20), "an2k-too-large"),
    ],
)  # fmt: skip
def test_each_lie_has_its_own_answer(data, code):
    assert outcome(read_finger_images, data) == code


def test_what_is_none_of_them_says_so():
    assert outcome(unwrap_cbeff, b"cat") == "cbeff-unknown"
    assert outcome(read_an2k, b"cat") == "an2k-not-a-file"


def test_a_missing_finger_leaves_the_others():
    missing = tagged(14, {2: b"02", 13: b"3", 18: b"3\x1fXX"})
    assert [image.position for image in read_an2k(an2k((14, missing), (14, type_14(SOME))))] == [7]
