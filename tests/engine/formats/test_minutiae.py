"""Minutiae records of every edition: bytes worked by hand, round trips, and nothing hostile past Invalid."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.fingerprint.template import Template
from gada.engine.formats.fmr import FingerView, read_fmr, write_fmr
from gada.engine.formats.fmr_2011 import read_fmr_2011, write_fmr_2011
from gada.engine.formats.incits_378 import read_incits_378, write_incits_378
from gada.engine.formats.minutiae import read_minutiae
from gada.engine.formats.minutiae_card import read_card_minutiae, write_card_minutiae
from gada.engine.refusal import Invalid
from tests.engine.formats.test_fmr import HEIGHT, WIDTH, templates, views

TEMPLATE = Template(WIDTH, HEIGHT, [10, 20], [30, 40], [0, 192], [1, 2], [90, 50], 77)
VIEWS = [FingerView(2, TEMPLATE), FingerView(7, TEMPLATE, 1, 3)]

# Each worked by hand from the field lists; the numbers are byte offsets from the start of the record.
ISO_2011 = bytes.fromhex(
    "464d5200 30333000"  # 0 'FMR' 0, 4 '030' 0
    "00000045"  # 8 length: 69
    "0001 01"  # 12 one representation, 14 certificates follow
    "00000036"  # 15 length of the representation: 54
    "07e6 0b 16 0c 00 00 0000"  # 19 year, month, day, hour, minute, second, 26 milliseconds
    "01 0103 0007"  # 28 technology, 29 vendor, 31 type of the device
    "01 50 0103 0001"  # 33 one quality: 34 score 80, 35 vendor, 37 algorithm
    "01 0103 02"  # 39 one certificate: 40 authority, 42 scheme
    "02 00"  # 43 right index, 44 view 0
    "00c5 00c5"  # 45 and 47: 197 pixels per centimetre
    "08"  # 49 impression: swipe
    "012c 0190"  # 50 width 300, 52 height 400
    "50"  # 54 five bytes a minutia, endings at valley forks
    "02"  # 55 minutiae
    "400a 001e 40"  # 56 ending at (10, 30), 64 of 256 steps
    "8014 0028 c0"  # 61 fork at (20, 40), 192 of 256 steps
    "0001 ff"  # 66 one byte of extended data
)
ANSI_2004 = bytes.fromhex(
    "464d5200 20323000"  # 0 'FMR' 0, 4 ' 20' 0
    "0026"  # 8 length: 38
    "0103 0000 8001"  # 10 owner, 12 product, 14 compliance and device
    "012c 0190 00c5 00c5"  # 16 width, 18 height, 20 and 22 pixels per centimetre
    "01 00"  # 24 one view, 25 reserved
    "02 13 55 01"  # 26 right index, 27 view 1 and impression 3, 28 quality 85, 29 one minutia
    "400a 001e 2d 5a"  # 30 ending at (10, 30), 34 45 steps of two degrees, 35 quality 90
    "0000"  # 36 no extended data
)
ANSI_2004_LONG = ANSI_2004[:8] + bytes.fromhex("0000 0000002a") + ANSI_2004[10:]  # 8 zero, 10 length: 42
ANSI_2009 = bytes.fromhex(
    "464d5200 30333000"  # 0 'FMR' 0, 4 '030' 0
    "0000002e"  # 8 length: 46
    "0103 0000 80 0001"  # 12 owner, 14 product, 16 compliance, 17 device
    "01 00"  # 19 one view, 20 reserved
    "02 01 03"  # 21 right index, 22 view 1, 23 impression 3
    "55 0103 0001"  # 24 quality 85, 25 its vendor, 27 its algorithm
    "012c 0190 00c5 00c5"  # 29 width, 31 height, 33 and 35 pixels per centimetre
    "01"  # 37 one minutia
    "400a 001e 2d fe"  # 38 ending at (10, 30), 42 45 steps of two degrees, 43 quality not reported
    "0000"  # 44 no extended data
)
RECORDS = {
    "iso-2005": write_fmr(VIEWS), "iso-2011": write_fmr_2011(VIEWS), "iso-2011-by-hand": ISO_2011,
    "ansi-2004": write_incits_378(VIEWS), "ansi-2009": write_incits_378(VIEWS, edition=2009),
    "ansi-2004-by-hand": ANSI_2004, "ansi-2004-long": ANSI_2004_LONG, "ansi-2009-by-hand": ANSI_2009,
}  # fmt: skip
EVERY_RECORD = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)


def outcome(read, data: bytes, **options: object):
    """What was read, or the code of the refusal; anything else that is raised fails the test."""
    try:
        return read(data, **options)
    except Invalid as refusal:
        assert refusal.code.startswith(("fmr-", "cbeff-"))  # a wrapping may lie around the record
        assert str(refusal).endswith(".")
        return refusal.code


def test_the_2011_record_is_read_as_its_fields_say():
    (view,) = read_minutiae(ISO_2011)
    assert view == FingerView(2, Template(300, 400, [10, 20], [30, 40], [64, 192], [1, 2], [0, 0], 80), 0, 8)


@pytest.mark.parametrize(("record", "quality"), [(ANSI_2004, 90), (ANSI_2004_LONG, 90), (ANSI_2009, 0)])
def test_the_american_records_are_read_as_their_fields_say(record, quality):
    (view,) = read_minutiae(record)
    assert view == FingerView(2, Template(300, 400, [10], [30], [64], [1], [quality], 85), 1, 3)


def test_amendment_1_of_2009_has_the_same_layout():
    assert read_minutiae(ANSI_2009.replace(b"030\0", b"035\0")) == read_minutiae(ANSI_2009)


def test_records_are_written_as_their_fields_say():
    assert write_incits_378(read_minutiae(ANSI_2004)) == ANSI_2004.replace(b"\x80\x01", b"\0\0")
    record = write_fmr_2011([FingerView(2, TEMPLATE, 0, 8)])
    assert record[:15] == b"FMR\x00030\0" + struct.pack(">IHB", len(record), 1, 0)
    assert record[15:33] == struct.pack(">I", len(record) - 15) + b"\xff" * 9 + b"\0" * 5
    assert record[33:39] == bytes.fromhex("01 4d 0103 0001")
    assert record[39:52] == bytes.fromhex("02 00 00c5 00c5 08 012c 0190 60 02")
    assert record[52:] == bytes.fromhex("400a001e005a 80140028c032 0000")
    record = write_incits_378([FingerView(2, TEMPLATE, 1, 3)], edition=2009)
    assert record[:21] == b"FMR\x00030\0" + struct.pack(">IHHBHBB", len(record), 0x0103, 0, 0, 0, 1, 0)
    assert record[21:38] == bytes.fromhex("02 01 03 4d 0103 0001 012c 0190 00c5 00c5 02")
    assert record[38:] == bytes.fromhex("400a001e005a 801400288732 0000")


@given(st.lists(views(), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_again_and_recognised(written):
    assert read_fmr(write_fmr(written)) == read_fmr_2011(write_fmr_2011(written)) == tuple(written)
    sorted_ = tuple(replace(view, template=view.template.best_first()) for view in written)
    assert read_minutiae(write_fmr(written)) == read_minutiae(write_fmr_2011(written)) == sorted_
    for edition in (2004, 2009):
        record = write_incits_378(written, edition=edition)
        found = read_incits_378(record)
        assert read_minutiae(record) == tuple(replace(v, template=v.template.best_first()) for v in found)
        assert write_incits_378(found, edition=edition) == record
        for before, after in zip(written, found, strict=True):
            turned = (before.template.angle.astype(int) - after.template.angle + 128) % 256 - 128
            assert np.abs(turned).max(initial=0) <= 1
            for column in ("x", "y", "kind", "quality"):
                assert np.array_equal(getattr(before.template, column), getattr(after.template, column))


def test_a_long_american_record_has_its_length_in_six_bytes():
    full = Template(WIDTH, HEIGHT, *[np.ones(255, int)] * 3, np.ones(255, int), np.ones(255, int), 50)
    record = write_incits_378([FingerView(1, full)] * 50)
    assert record[8:10] == b"\0\0"
    assert len(record) == int.from_bytes(record[10:14], "big") > 1 << 16
    assert len(read_minutiae(record)) == 50
    assert len(read_minutiae(write_fmr([FingerView(1, full)] * 50))) == 50


@EVERY_RECORD
def test_a_record_cut_anywhere_is_invalid(record):
    for kept in range(len(record)):
        assert isinstance(outcome(read_minutiae, record[:kept]), str)
    assert isinstance(outcome(read_minutiae, record + b"\0"), str)


@EVERY_RECORD
def test_a_changed_byte_is_read_or_invalid(record):
    for place in range(len(record)):
        for change in (0x01, 0x80, 0xFF):
            changed = bytearray(record)
            changed[place] ^= change
            found = outcome(read_minutiae, bytes(changed))
            for view in [] if isinstance(found, str) else found:
                assert view.template.x.max(initial=0) <= view.template.width
                assert 0 <= view.position <= 10


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_arbitrary_bytes_are_only_ever_invalid(data):
    for start in (b"", b"FMR\0", b"FMR\0 20\0", b"FMR\x00030\0", b"FMR\x00035\0"):
        for read in (read_minutiae, read_fmr_2011, read_incits_378):
            outcome(read, start + data)
    for compact in (True, False):
        outcome(read_card_minutiae, data, compact=compact)


def hostile(record: bytes, offset: int, change: str) -> bytes:
    changed = bytes.fromhex(change)
    return record[:offset] + changed + record[offset + len(changed) :]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "fmr-not-a-record"),
        (b"FIR\x00030\0", "fmr-not-a-record"),
        (hostile(ISO_2011, 4, "30393900"), "fmr-edition"),
        (hostile(ISO_2011, 43, "0b"), "fmr-position"),
        (hostile(ISO_2011, 45, "0000"), "fmr-geometry"),
        (hostile(ISO_2011, 54, "40"), "fmr-length"),
        (hostile(ISO_2011, 55, "ff"), "fmr-length"),
        (hostile(ISO_2011, 56, "c0"), "fmr-minutia"),
        (hostile(ISO_2011, 58, "3fff"), "fmr-minutia"),
        (hostile(ISO_2011, 34, "70"), "fmr-quality"),
        (hostile(ANSI_2004, 24, "00"), "fmr-empty"),
        (hostile(ANSI_2004, 34, "b4"), "fmr-angle"),
        (hostile(ANSI_2004, 29, "ff"), "fmr-truncated"),
        (hostile(ANSI_2009, 43, "65"), "fmr-quality"),
        (hostile(ANSI_2009, 19, "02"), "fmr-truncated"),
        (b"FMR\x00030\0" + b"\0" * (1 << 20), "fmr-too-large"),
    ],
)
def test_each_lie_has_its_own_answer(data, code):
    assert outcome(read_minutiae, data) == code


def test_what_a_format_cannot_say_is_not_written():
    for views_, write in [
        ([], write_fmr_2011), ([], write_incits_378), ([FingerView(11, TEMPLATE)], write_fmr_2011),
        ([FingerView(1, TEMPLATE, 0, 16)], write_incits_378), ([FingerView(1, TEMPLATE, 0, 16)], write_fmr),
        ([FingerView(1, Template(100, 100, [150], [20], [0], [1], [50], 50))], write_fmr_2011),
    ]:  # fmt: skip
        with pytest.raises(Invalid):
            write(views_)
    with pytest.raises(Invalid):
        write_incits_378(VIEWS, edition=1999)


def test_card_minutiae_are_rows_in_millimetres():
    # compact: 0 x in 0.1 mm, 1 y in 0.1 mm, 2 kind in two bits and angle in six: 5.625 degrees
    template = read_card_minutiae(bytes.fromhex("fe 01 50  00 02 bf"), compact=True)
    assert template.x.tolist() == [500, 0]  # 25.4 mm are 500 pixels
    assert template.y.tolist() == [2, 4]
    assert template.kind.tolist() == [1, 2]
    assert template.angle.tolist() == [64, 252]
    assert (template.width, template.height, template.finger_quality) == (501, 5, 0)
    # normal: 0 kind in two bits and x in 0.01 mm, 2 y in 0.01 mm, 4 angle: 1.40625 degrees
    template = read_card_minutiae(bytes.fromhex("49ec 0033 40"), compact=False)  # 2540 and 51 hundredths
    assert (template.x[0], template.y[0], template.kind[0], template.angle[0]) == (500, 10, 1, 64)


@given(templates().filter(len))
@settings(max_examples=40, deadline=None)
def test_card_minutiae_are_read_again(template):
    normal = read_card_minutiae(write_card_minutiae(template, compact=False), compact=False)
    compact = read_card_minutiae(write_card_minutiae(template, compact=True), compact=True)
    for column in ("x", "y", "kind", "angle"):
        assert np.array_equal(getattr(normal, column), getattr(template, column))
    assert np.abs(compact.x - template.x).max() <= 1
    assert np.abs(compact.y - template.y).max() <= 1
    assert np.abs((compact.angle.astype(int) - template.angle + 128) % 256 - 128).max() <= 2
    assert np.array_equal(compact.kind, template.kind)


def test_what_a_card_cannot_hold_is_refused():
    wide = Template(600, 600, [503], [3], [0], [1], [50], 50)
    for data, compact, code in [
        (b"", True, "fmr-empty"), (b"\0" * 4, True, "fmr-truncated"), (b"\0" * 768, True, "fmr-too-large"),
        (b"\1\1\xc0", True, "fmr-minutia"), (b"\xc0\0\0\0\0", False, "fmr-minutia"),
    ]:  # fmt: skip
        assert outcome(read_card_minutiae, data, compact=compact) == code
    assert outcome(write_card_minutiae, wide, compact=True) == "fmr-card-size"
    assert read_card_minutiae(write_card_minutiae(wide, compact=False), compact=False).x.tolist() == [503]


def test_minutiae_come_best_first_however_they_stood():
    sorted_ = minutiae_finger(3).impression(1).best_first()
    mixed = Template(
        sorted_.width, sorted_.height, sorted_.x[::-1], sorted_.y[::-1], sorted_.angle[::-1], sorted_.kind[::-1],
        sorted_.quality[::-1], sorted_.finger_quality,
    )
    (view,) = read_minutiae(write_fmr([FingerView(2, mixed)]))
    qualities = view.template.quality.tolist()
    assert qualities == sorted(qualities, reverse=True) and qualities[0] > qualities[-1]
    assert sorted(zip(view.template.x, view.template.y, strict=True)) == sorted(zip(mixed.x, mixed.y, strict=True))
