"""`gada fingerprint` and `gada gallery`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gada.command import gada
from gada.engine.formats.fmr import read_fmr
from tests.biometrics.builders import a_print, registered, take_prints
from tests.engine.formats.test_finger_images import fir_2005


@pytest.fixture
def prints(tmp_path: Path) -> Path:
    for name, finger, touch in (("a1", 7, 1), ("a2", 7, 2), ("b1", 8, 1)):
        (tmp_path / f"{name}.png").write_bytes(a_print(finger, touch))
    return tmp_path


def run(*arguments: object) -> str:
    done = CliRunner().invoke(gada, [str(each) for each in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_an_image_becomes_a_record(prints: Path) -> None:
    record = prints / "a1.fmr"
    said = run("fingerprint", "extract", prints / "a1.png", "--finger", 2, "-o", record)
    (view,) = read_fmr(record.read_bytes())
    assert view.position == 2 and f"{len(view.template)} minutiae" in said


def test_two_touches_of_one_finger_score_far_above_two_fingers(prints: Path) -> None:
    record = prints / "a1.fmr"
    run("fingerprint", "extract", prints / "a1.png", "-o", record)

    def score(a: str, b: str) -> int:
        return int(run("fingerprint", "compare", prints / a, prints / b).split(":")[0].removeprefix("score "))

    assert score("a1.fmr", "a2.png") >= 40 > score("a1.png", "b1.png") + 15


def test_an_image_record_is_taken_like_its_first_image(prints: Path) -> None:
    (prints / "a1.fir").write_bytes(fir_2005(a_print(7, 1), a_print(8, 1)))
    assert run("fingerprint", "quality", prints / "a1.fir") == run("fingerprint", "quality", prints / "a1.png")


def test_quality_comes_with_advice(prints: Path) -> None:
    value, advice = run("fingerprint", "quality", prints / "a1.png").split("  ")
    assert 0 < int(value) <= 100 and advice.strip()


@pytest.mark.django_db
def test_the_gallery_says_what_it_holds_and_is_built_again() -> None:
    take_prints(registered(), {2: 7})
    said = run("gallery", "state")
    assert "people             1" in said and "sealed entries are in it" in said
    assert "Built in" in run("gallery", "rebuild")
