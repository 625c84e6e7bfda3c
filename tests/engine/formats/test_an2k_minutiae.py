"""Minutiae of ANSI/NIST files: both open forms of type 9, against the same finger in a record of ANSI INCITS 378."""

from __future__ import annotations

import numpy as np
import pytest

from gada.engine.fingerprint import Template, compare
from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.formats.an2k_minutiae import read_an2k_minutiae
from gada.engine.formats.fmr import FingerView
from gada.engine.formats.minutiae import holds_minutiae, read_minutiae
from gada.engine.refusal import Invalid
from tests.engine.formats.test_finger_images import PERSON, SOME, an2k, tagged, type_4

RECORD, UNIT = b"\x1e", b"\x1f"
FINGER = minutiae_finger(7).impression(1, noise=0.1, contact=0.95)


def rows(*values: tuple[object, ...]) -> bytes:
    return RECORD.join(UNIT.join(str(item).encode() for item in row) for row in values)


def incits(minutiae: bytes, *, count: int, **changes: bytes) -> bytes:
    """9.126 CBEFF, 127 device, 128 width, 129 height, 130 units, 131 and 132 resolution, 133 view, 134 finger, 135
    quality with its vendor and algorithm, 136 how many, 137 index, x, y, direction in two degrees, kind, quality."""
    fields = {
        2: b"01", 3: b"0", 4: b"U", 126: b"27\x1f513", 127: b"gada", 128: b"500", 129: b"600", 130: b"2", 131: b"197",
        132: b"197", 133: b"1", 134: b"7", 135: b"80\x1f0103\x1f1", 136: b"%d" % count, 137: minutiae,
    }  # fmt: skip
    return tagged(9, fields | {int(name[1:]): value for name, value in changes.items()})


def legacy(minutiae: bytes, *, count: int, **changes: bytes) -> bytes:
    """9.005 origin of the minutiae, 006 finger, 007 pattern, 010 how many, 011 ridge counts there, 012 index, place
    (x and y in hundredths of a millimetre from the bottom left, degrees), quality, kind, ridge counts."""
    fields = {
        2: b"01", 3: b"0", 4: b"S", 5: b"MAKER\x1fA", 6: b"12", 7: b"T\x1fUN", 10: b"%d" % count, 11: b"1",
        12: minutiae,
    }  # fmt: skip
    return tagged(9, fields | {int(name[1:]): value for name, value in changes.items()})


def as_incits(template: Template) -> bytes:
    """The columns of a template as 9.137."""
    minutiae = zip(template.x, template.y, template.angle.astype(float), template.kind, template.quality, strict=True)
    return rows(*((n, x, y, round(a * 180 / 256) % 180, k, q) for n, (x, y, a, k, q) in enumerate(minutiae, 1)))


def as_legacy(template: Template, *, high: float = 25.0) -> bytes:
    """The columns of a template as 9.012: the other way up and the other way round. `high` in millimetres."""
    kinds = {1: "A", 2: "B", 0: "D"}
    minutiae = zip(template.x, template.y, template.angle.astype(float), template.kind, template.quality, strict=True)
    return rows(*(
        (
            f"{n:03d}",
            f"{round(x * 5.08):04d}{round(100 * high - y * 5.08):04d}{round(a * 360 / 256 + 180) % 360:03d}",
            f"{round(63 - q * 0.61):02d}", kinds[int(k)], "002,05", "003,12",
        )
        for n, (x, y, a, k, q) in enumerate(minutiae, 1)
    ))  # fmt: skip


INCITS = an2k((9, incits(as_incits(FINGER), count=len(FINGER))))
LEGACY = an2k(PERSON, (9, legacy(as_legacy(FINGER), count=len(FINGER))))


def test_the_form_of_incits_378_is_read_as_its_fields_say():
    minutiae = rows((1, 10, 30, 45, 1, 90), (2, 20, 40, 179, 2, 0), (3, 5, 6, 0, 0, 254))
    (view,) = read_minutiae(an2k((9, incits(minutiae, count=3))))
    assert view == FingerView(
        7, Template(500, 600, [10, 20, 5], [30, 40, 6], [64, 255, 0], [1, 2, 0], [90, 0, 0], 80), 1, 0
    )
    (twice,) = read_minutiae(an2k((9, incits(minutiae, count=3, f130=b"1", f131=b"1000", f132=b"1000"))))
    assert (twice.template.width, twice.template.x.tolist()) == (250, [5, 10, 3])


def test_the_legacy_form_is_read_as_its_fields_say():
    """5.08 hundredths of a millimetre are a pixel; up is down, and directions point the other way."""
    minutiae = rows(
        ("001", "00510508000", "02", "A"),
        ("002", "01021016090", "63", "B", "001,03"),
        (3, "00000000359", 1, "D"),
    )
    (view,) = read_an2k_minutiae(an2k((9, legacy(minutiae, count=3))))
    expected = Template(21, 201, [10, 20, 0], [100, 0, 200], [128, 192, 127], [1, 2, 0], [100, 1, 0], 0)
    assert view == FingerView(6, expected)


@pytest.mark.parametrize("data", [INCITS, LEGACY], ids=["incits", "legacy"])
def test_either_form_is_the_finger_it_was_made_of(data):
    assert holds_minutiae(data)
    (view,) = read_minutiae(data)
    found = compare(view.template, FINGER)
    assert found.raw > 0.85 * compare(FINGER, FINGER).raw
    assert len(found.pairs) > 0.9 * len(FINGER)
    assert np.abs(np.sort(view.template.quality.astype(int)) - np.sort(FINGER.quality)).max() <= 2


def test_an_image_in_the_same_file_goes_first_and_palms_are_gone_past():
    both = an2k((4, type_4(SOME)), (9, incits(as_incits(FINGER), count=len(FINGER))))
    assert not holds_minutiae(both)
    assert len(read_minutiae(both)) == 1
    palm = incits(as_incits(FINGER), count=len(FINGER), f134=b"21")
    assert [
        view.position
        for view in read_minutiae(an2k((9, palm), (9, incits(as_incits(FINGER), count=len(FINGER)))))
    ] == [7]


def test_more_minutiae_than_a_template_holds_leave_the_best():
    many = rows(*((n, n, n, 0, 1, 1 + n % 100) for n in range(1, 401)))
    (view,) = read_minutiae(an2k((9, incits(many, count=400))))
    assert (len(view.template), view.template.quality.min()) == (255, 37)


ONE = rows((1, 10, 30, 45, 1, 90))
OLD = rows(("001", "00510508000", "02", "A"))


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (incits(ONE, count=2), "an2k-malformed"), (incits(ONE, count=1, f130=b"0"), "an2k-malformed"),
        (incits(rows((1, 10, 30, 180, 1, 90)), count=1), "an2k-malformed"),
        (incits(rows((1, 10, 30, 45, 3, 90)), count=1), "an2k-malformed"),
        (incits(rows((1, 10, 30, 45, 1)), count=1), "an2k-malformed"),
        (incits(rows((1, 501, 30, 45, 1, 90)), count=1), "fmr-minutia"),
        (incits(rows((1, 10, 30, 45, 1, 101)), count=1), "fmr-quality"),
        (incits(ONE, count=1, f128=b"0"), "fmr-geometry"), (incits(ONE, count=1, f134=b"14"), "an2k-no-minutiae"),
        (legacy(OLD, count=2), "an2k-malformed"), (legacy(rows((1, "0051050800", 2, "A")), count=1), "an2k-malformed"),
        (legacy(rows((1, "00510508361", 2, "A")), count=1), "an2k-malformed"),
        (legacy(rows((1, "00510508000", 64, "A")), count=1), "an2k-malformed"),
        (legacy(rows((1, "00510508000", 2, "E")), count=1), "an2k-malformed"),
        (tagged(9, {2: b"01", 3: b"0", 4: b"U", 300: b"a vendor's"}), "an2k-no-minutiae"),
    ],
)  # fmt: skip
def test_each_lie_has_its_own_answer(record, code):
    with pytest.raises(Invalid) as refusal:
        read_minutiae(an2k((9, record)))
    assert refusal.value.code == code
    assert str(refusal.value).endswith(".")
