"""ISO/IEC 19794-2:2005: what is written is read again, and nothing hostile gets further than Invalid."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gada.engine.fingerprint.template import Template
from gada.engine.formats.fmr import FingerView, read_fmr, write_fmr
from gada.engine.refusal import Invalid

WIDTH, HEIGHT = 300, 400


@st.composite
def templates(draw):
    count = draw(st.integers(0, 255))

    def column(dtype, low, high):
        return draw(arrays.arrays(dtype, count, elements=st.integers(low, high), fill=st.just(low)))

    return Template(
        WIDTH,
        HEIGHT,
        column(np.int16, 0, WIDTH),
        column(np.int16, 0, HEIGHT),
        column(np.uint8, 0, 255),
        column(np.uint8, 0, 2),
        column(np.uint8, 0, 100),
        draw(st.integers(0, 100)),
    )


@st.composite
def views(draw):
    return FingerView(
        draw(st.integers(0, 10)), draw(templates()), draw(st.integers(0, 15)), draw(st.integers(0, 15))
    )


def a_record() -> bytes:
    template = Template(WIDTH, HEIGHT, [10, 20], [30, 40], [0, 200], [1, 2], [90, 50], 77)
    return write_fmr([FingerView(2, template), FingerView(7, template, 1, 3)])


@given(st.lists(views(), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_again(written):
    assert read_fmr(write_fmr(written)) == tuple(written)


def test_the_bytes_are_those_of_the_standard():
    """Worked by hand from clause 7: header, view header, minutia, empty extended data."""
    record = a_record()
    assert record[:8] == b"FMR\0 20\0"
    assert struct.unpack(">IHHHHHBB", record[8:24]) == (len(record), 0, WIDTH, HEIGHT, 197, 197, 2, 0)
    assert record[24:28] == bytes((2, 0, 77, 2))
    assert record[28:34] == bytes((0x40, 10, 0, 30, 0, 90))
    assert record[34:40] == bytes((0x80, 20, 0, 40, 200, 50))
    assert record[40:42] == b"\0\0"
    assert record[42:46] == bytes((7, 0x13, 77, 2))


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_arbitrary_bytes_are_only_ever_invalid(data):
    for attempt in (data, b"FMR\0 20\0" + data):
        try:
            read_fmr(attempt)
        except Invalid as refusal:
            assert refusal.code.startswith("fmr-")


@given(st.integers(0, 65), st.integers(0, 255), st.integers(0, 66))
@settings(max_examples=400, deadline=None)
def test_a_changed_or_cut_record_is_read_or_invalid(place, byte, kept):
    record = bytearray(a_record())
    record[place % len(record)] = byte
    for attempt in (bytes(record), bytes(record[:kept])):
        try:
            for view in read_fmr(attempt):
                assert view.template.x.max(initial=0) <= view.template.width
        except Invalid as refusal:
            assert refusal.code.startswith("fmr-")


def hostile(offset: int, change: bytes) -> bytes:
    record = a_record()
    return record[:offset] + change + record[offset + len(change) :]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "fmr-not-a-record"),
        (b"FMR\0 20\0", "fmr-truncated"),
        (a_record()[:-1], "fmr-truncated"),
        (a_record() + b"\0", "fmr-length"),
        (hostile(4, b" 30\0"), "fmr-version"),
        (hostile(8, b"\xff\xff\xff\xff"), "fmr-truncated"),
        (hostile(14, b"\0\0"), "fmr-geometry"),
        (hostile(18, b"\0\0"), "fmr-geometry"),
        (hostile(22, b"\0"), "fmr-empty"),
        (hostile(22, b"\xff"), "fmr-truncated"),
        (hostile(24, b"\x0b"), "fmr-position"),
        (hostile(26, b"\xff"), "fmr-quality"),
        (hostile(27, b"\xff"), "fmr-truncated"),
        (hostile(28, b"\xff\xff"), "fmr-minutia"),
        (hostile(40, b"\xff\xff"), "fmr-truncated"),
        (b"FMR\0 20\0" + b"\0" * (1 << 21), "fmr-too-large"),
    ],
)
def test_each_lie_has_its_own_answer(data, code):
    with pytest.raises(Invalid) as refusal:
        read_fmr(data)
    assert refusal.value.code == code


def test_another_resolution_is_brought_to_500_dpi():
    record = bytearray(a_record())
    record[18:22] = struct.pack(">HH", 394, 394)
    template = read_fmr(bytes(record))[0].template
    assert (template.width, template.height) == (WIDTH // 2, HEIGHT // 2)
    assert template.x.tolist() == [5, 10]


def test_a_template_outside_its_image_is_not_written():
    template = Template(100, 100, [150], [20], [0], [1], [50], 50)
    with pytest.raises(Invalid):
        write_fmr([FingerView(1, template)])
