"""Every format of the issue goes through `gada fingerprint`: images, records of images, records of minutiae."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import wsq  # noqa: F401  (registers the format with Pillow)

from gada.engine.fingerprint import FingerprintImage, extract
from gada.engine.fingerprint.synthetic import a_finger
from gada.engine.formats.fmr import FingerView, read_fmr, write_fmr
from gada.engine.formats.fmr_2011 import write_fmr_2011
from gada.engine.formats.incits_378 import write_incits_378
from gada.engine.formats.minutiae import read_minutiae
from gada.engine.formats.minutiae_card import read_card_minutiae, write_card_minutiae
from tests.command.test_fingerprint import run, score_in
from tests.engine.fingerprint.made import a_file
from tests.engine.formats.test_an2k_minutiae import as_incits, as_legacy, incits, legacy
from tests.engine.formats.test_cbeff import bioapi, block, xml
from tests.engine.formats.test_finger_images import an2k, fir_2005, fir_2011, group, piv, type_4, type_14

FIRST, SECOND = (a_finger(1).impression(touch, noise=0.1, contact=0.95) for touch in (1, 2))
HEIGHT, WIDTH = FIRST.shape
TEMPLATE = extract(FingerprintImage(FIRST, 500))
VIEW = FingerView(2, TEMPLATE)
PNG = a_file(FIRST)
SIZE = ("--size", f"{WIDTH}x{HEIGHT}")

IMAGES = {kind: a_file(FIRST, kind) for kind in ("PNG", "TIFF", "BMP", "JPEG", "JPEG2000", "WSQ")} | {
    "fir-2005": fir_2005(PNG), "fir-2011": fir_2011(PNG), "an2k-4": an2k((4, type_4(PNG))),
    "an2k-14": an2k((14, type_14(PNG))), "piv": piv(fir_2005(PNG)), "group": group(fir_2011(PNG)),
    "bioapi": bioapi(fir_2005(PNG)), "xml": xml(block(fir_2011(PNG))),
    "fir-wsq": fir_2005(a_file(FIRST, "WSQ"), compression=2),
    "fir-jp2": fir_2011(a_file(FIRST, "JPEG2000"), compression=4),
}  # fmt: skip
MINUTIAE = {
    "iso-2005": write_fmr([VIEW]), "iso-2011": write_fmr_2011([VIEW]), "ansi-2004": write_incits_378([VIEW]),
    "ansi-2009": write_incits_378([VIEW], edition=2009),
    "an2k-9": an2k((9, incits(as_incits(TEMPLATE), count=len(TEMPLATE)))),
    "an2k-9-legacy": an2k((9, legacy(as_legacy(TEMPLATE), count=len(TEMPLATE)))), "piv": piv(write_incits_378([VIEW])),
    "group": group(write_fmr_2011([VIEW])), "bioapi": bioapi(write_fmr([VIEW])), "xml": xml(block(write_fmr([VIEW]))),
}  # fmt: skip


@pytest.fixture()
def mate(tmp_path) -> Path:
    """The other touch of the finger, as an image."""
    path = tmp_path / "mate.png"
    path.write_bytes(a_file(SECOND))
    return path


def written(folder: Path, data: bytes) -> Path:
    path = folder / "given"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", IMAGES)
def test_images_and_records_of_images(tmp_path, capsys, mate, kind):
    given, record = written(tmp_path, IMAGES[kind]), tmp_path / "out.fmr"
    code, out, _ = run(capsys, "fingerprint", "compare", given, mate)
    assert code == 0 and score_in(out) > 40
    assert run(capsys, "fingerprint", "quality", given)[0] == 0
    assert run(capsys, "fingerprint", "extract", given, "-o", record)[0] == 0
    (view,) = read_fmr(record.read_bytes())
    assert view.position == {"an2k-14": 7}.get(kind, 0 if kind.isupper() or kind == "JPEG2000" else 2)


@pytest.mark.parametrize("kind", MINUTIAE)
def test_records_of_minutiae(tmp_path, capsys, mate, kind):
    given = written(tmp_path, MINUTIAE[kind])
    for pair in ((given, mate), (mate, given)):
        code, out, _ = run(capsys, "fingerprint", "compare", *pair)
        assert code == 0 and score_in(out) > 40
    code, out, err = run(capsys, "fingerprint", "extract", given, "-o", tmp_path / "out.fmr")
    assert code == 1 and "minutiae already" in err and not (tmp_path / "out.fmr").exists()


def test_raw_pixels_with_their_size(tmp_path, capsys, mate):
    given, record = written(tmp_path, FIRST.tobytes()), tmp_path / "out.fmr"
    code, out, _ = run(capsys, "fingerprint", "compare", given, mate, *SIZE)
    assert code == 0 and score_in(out) > 40
    assert (
        run(capsys, "fingerprint", "quality", given, *SIZE)[1]
        == run(capsys, "fingerprint", "quality", written(tmp_path, PNG))[1]
    )
    given = written(tmp_path, np.repeat(np.repeat(FIRST, 2, 0), 2, 1).tobytes())
    code, _, _ = run(
        capsys, "fingerprint", "extract", given, "-o", record, "--size", f"{2 * WIDTH}x{2 * HEIGHT}", "--dpi", "1000"
    )
    assert code == 0 and read_fmr(record.read_bytes())[0].template.width == WIDTH


@pytest.mark.parametrize("card", ["compact", "normal"])
def test_minutiae_of_cards(tmp_path, capsys, mate, card):
    given = written(tmp_path, write_card_minutiae(TEMPLATE, compact=card == "compact"))
    code, out, _ = run(capsys, "fingerprint", "compare", given, mate, "--card", card)
    assert code == 0 and score_in(out) > 40
    assert run(capsys, "fingerprint", "compare", given, mate)[0] == 1


@pytest.mark.parametrize("kind", ["iso-2005", "iso-2011", "ansi-2004", "ansi-2009", "card-compact", "card-normal"])
def test_every_record_is_written(tmp_path, capsys, mate, kind):
    record = tmp_path / "out"
    code, _, _ = run(capsys, "fingerprint", "extract", written(tmp_path, PNG), "-o", record, "--format", kind)
    assert code == 0
    if kind.startswith("card"):
        found = read_card_minutiae(record.read_bytes(), compact=kind == "card-compact")
    else:
        found = read_minutiae(record.read_bytes())[0].template
        assert record.read_bytes()[4:8] == MINUTIAE[kind][4:8]
    assert len(found) == len(TEMPLATE)


WRONG = {
    **{f"{kind} cut": data[: len(data) * 2 // 3] for kind, data in (IMAGES | MINUTIAE).items()},
    "several lines": b"no\nfingerprint\n" * 9, "face": xml(block(b"FAC\x00030\0", kind="Face")),
    "no image": an2k((2, b"2.001:9\x1d\x1c")), "wrong size": FIRST.tobytes()[:-1],
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_the_wrong_file_gets_one_clear_sentence(tmp_path, capsys, mate, kind):
    given = written(tmp_path, WRONG[kind])
    size = SIZE if kind == "wrong size" else ()
    for arguments in (("quality", given), ("extract", given, "-o", tmp_path / "out"), ("compare", mate, given)):
        code, out, err = run(capsys, "fingerprint", *arguments, *size)
        assert code == 1 and not out
        assert re.fullmatch(r"[^\n]+[.](  \[[a-z0-9-]+\])?", err.strip()), err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("size", ["326", "ax4", "3.5x4", "-3x4", "326x357x1"])
def test_a_size_that_is_none_is_a_wrong_command(tmp_path, capsys, size):
    code, _, err = run(capsys, "fingerprint", "quality", written(tmp_path, FIRST.tobytes()), "--size", size)
    assert code == 2 and "326x357" in err
