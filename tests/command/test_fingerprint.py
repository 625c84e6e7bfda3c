"""`gada fingerprint` on files: what it prints, and one clear line for whatever is no fingerprint."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gada.command import main
from gada.engine.fingerprint import extract, read_image
from gada.engine.fingerprint.parameters import CLASSICAL_EXTRACTOR, EXTRACTOR
from gada.engine.fingerprint.synthetic import a_finger
from gada.engine.formats.fmr import FingerView, read_fmr
from gada.engine.formats.fmr_2011 import write_fmr_2011
from gada.engine.formats.incits_378 import write_incits_378

KEYS = {
    "eer", "fnmr_at_fmr_1e2", "fnmr_at_fmr_1e3", "fnmr_at_fmr_1e4", "genuine", "impostor", "failures",
    "extract_seconds_median", "comparisons_per_second", "claimed_vs_measured_fmr",
}  # fmt: skip


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    """Exit status, what it printed, what it complained of."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    code = ended.value.code
    return code if isinstance(code, int) else 0, out, err


def png(pixels: np.ndarray) -> bytes:
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def prints(tmp_path_factory) -> Path:
    """Three invented fingers, two impressions each, and what does not belong there."""
    folder = tmp_path_factory.mktemp("prints")
    for finger in (1, 2, 3):
        for touch in (1, 2):
            image = a_finger(finger).impression(touch, noise=0.1, contact=0.95)
            (folder / f"{finger:03}_{touch}.png").write_bytes(png(image))
    (folder / "003_3.tif").write_bytes(b"II*\0 cut off")
    (folder / "readme.txt").write_text("not a print")
    (folder / "nameless.png").write_bytes(png(np.zeros((100, 100), np.uint8)))
    return folder


@pytest.fixture(scope="module")
def evaluated(prints, tmp_path_factory) -> tuple[dict, str, dict[str, np.ndarray]]:
    scores = tmp_path_factory.mktemp("scores") / "out.npz"
    with pytest.MonkeyPatch.context() as patch:
        said: dict[str, list[str]] = {"out": [], "err": []}
        patch.setattr("click.echo", lambda text="", err=False, **_: said["err" if err else "out"].append(str(text)))
        with pytest.raises(SystemExit) as ended:
            main(["fingerprint", "evaluate", str(prints), "--json", "--scores", str(scores)])
    assert not ended.value.code
    with np.load(scores) as kept:
        return json.loads("\n".join(said["out"])), "\n".join(said["err"]), dict(kept)


def test_evaluate_gives_the_keys_that_others_read(evaluated):
    report, complaints, _ = evaluated
    assert set(report) >= KEYS
    assert (report["genuine"], report["impostor"], report["failures"]) == (5, 16, 1)
    assert report["eer"] > 0  # two genuine pairs of five have a failure in them
    assert "003_3.tif" in complaints and "nameless.png" in complaints and "readme" not in complaints


def test_scores_are_kept_by_pair(evaluated):
    report, _, kept = evaluated
    for kind in ("genuine", "impostor"):
        assert len(kept[kind]) == len(kept[f"{kind}_raw"]) == len(kept[f"{kind}_pairs"]) == report[kind]
        fingers = np.array([Path(name).stem.rpartition("_")[0] for name in kept["prints"]])[kept[f"{kind}_pairs"]]
        assert ((fingers[:, 0] == fingers[:, 1]) == (kind == "genuine")).all()
    failed = kept["genuine_pairs"] == list(kept["prints"]).index(next(n for n in kept["prints"] if "003_3" in n))
    assert (kept["genuine"][failed.any(axis=1)] == 0).all()
    assert (kept["genuine"][~failed.any(axis=1)] > 40).all()


def test_pool_tells_folders_apart_or_not(prints, tmp_path, capsys):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for name in ("001_1.png", "002_1.png"):
            touch = name if folder == "one" else name.replace("_1", "_2")
            (tmp_path / folder / name).write_bytes((prints / touch).read_bytes())
    folders = (tmp_path / "one", tmp_path / "two")
    code, out, _ = run(capsys, "fingerprint", "pool", *folders, "--json", "--dpi", "500", "--dpi", "two=510")
    apart = json.loads(out)
    assert (code, apart["genuine"], apart["impostor"], apart["eer"]) == (0, 0, 6, None)
    assert [row["dpi"] for row in apart["by_folder"].values()] == [500, 510]
    code, out, _ = run(capsys, "fingerprint", "pool", *folders, "--json", "--same-fingers")
    same = json.loads(out)
    assert (code, same["genuine"], same["impostor"], same["eer"]) == (0, 2, 4, 0)
    code, out, _ = run(capsys, "fingerprint", "pool", *folders, "--same-fingers")
    assert code == 0 and "EER" in out and "one:" in out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["--dpi", "three=500"], "three"), (["--dpi", "20"], "300"), (["--dpi", "x"], "DIR=N")],
)
def test_pool_refuses_resolutions_it_does_not_understand(prints, tmp_path, capsys, arguments, complaint):
    code, _, err = run(capsys, "fingerprint", "pool", prints, tmp_path, *arguments)
    assert code == 2 and complaint in err
    code, _, err = run(capsys, "fingerprint", "pool", prints, prints)
    assert code == 2 and "twice" in err


def test_a_folder_without_two_fingers_is_refused(prints, tmp_path, capsys):
    code, _, err = run(capsys, "fingerprint", "evaluate", tmp_path)
    assert code == 1 and "no prints" in err
    for touch in (1, 2):
        (tmp_path / f"9_{touch}.png").write_bytes((prints / f"001_{touch}.png").read_bytes())
    code, _, err = run(capsys, "fingerprint", "evaluate", tmp_path)
    assert code == 1 and "one finger" in err
    assert run(capsys, "fingerprint", "evaluate", tmp_path / "9_1.png")[0] == 2


def test_two_images_of_a_finger_and_of_two(prints, tmp_path, capsys):
    record = tmp_path / "one.fmr"
    code, out, _ = run(capsys, "fingerprint", "extract", prints / "001_1.png", "-o", record, "--dpi", 500)
    assert code == 0 and "minutiae" in out and len(read_fmr(record.read_bytes())) == 1
    code, same, _ = run(capsys, "fingerprint", "compare", record, prints / "001_2.png")
    assert code == 0 and score_in(same) > 40
    _, other, _ = run(capsys, "fingerprint", "compare", record, prints / "002_1.png")
    assert score_in(other) < 30


def test_the_second_extractor_is_chosen_by_name(prints, tmp_path, capsys):
    record, chosen = tmp_path / "one.fmr", ("--extractor", "classical")
    code, _, _ = run(capsys, "fingerprint", "extract", prints / "001_1.png", "-o", record, *chosen)
    assert code == 0
    image = read_image((prints / "001_1.png").read_bytes())
    kept = read_fmr(record.read_bytes())[0].template
    assert np.array_equal(kept.x, extract(image, extractor="classical").x)
    assert not np.array_equal(kept.x, extract(image).x)
    code, said, _ = run(capsys, "fingerprint", "compare", prints / "001_1.png", prints / "001_2.png", *chosen)
    assert code == 0 and score_in(said) > 40
    assert run(capsys, "fingerprint", "quality", prints / "001_1.png", *chosen)[0] == 0
    assert run(capsys, "fingerprint", "quality", prints / "001_1.png", "--extractor", "third")[0] == 2


def test_a_report_names_its_extractor(evaluated, prints, capsys):
    assert evaluated[0]["extractor"] == EXTRACTOR
    code, out, _ = run(capsys, "fingerprint", "evaluate", prints, "--json", "--extractor", "classical")
    report = json.loads(out)
    assert code == 0 and report["extractor"] == CLASSICAL_EXTRACTOR
    assert set(report) == set(evaluated[0])


def score_in(said: str) -> int:
    return int(said.split()[1].rstrip(":"))


def test_records_of_every_standard_are_compared(prints, tmp_path, capsys):
    template = extract(read_image((prints / "001_1.png").read_bytes()))
    view = FingerView(2, template)
    for name, data in {
        "iso2011": write_fmr_2011([view]),
        "ansi2004": write_incits_378([view], edition=2004),
        "ansi2009": write_incits_378([view], edition=2009),
    }.items():
        (tmp_path / name).write_bytes(data)
        code, out, _ = run(capsys, "fingerprint", "compare", tmp_path / name, prints / "001_2.png")
        assert code == 0 and score_in(out) > 40, name


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory, prints) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    random = np.random.default_rng(2)
    good = (prints / "001_1.png").read_bytes()
    y, x = np.mgrid[0:400, 0:400]
    photo = 128 + 60 * np.sin(x / 90) + 50 * np.cos(y / 60) + random.normal(0, 6, (400, 400))
    for name, data in {
        "blank.png": png(np.full((400, 320), 250, np.uint8)),
        "photo.png": png(np.clip(photo, 0, 255).astype(np.uint8)),
        "noise.png": png(random.integers(0, 256, (400, 320), dtype=np.uint8)),
        "cut.png": good[: len(good) // 2],
        "text.txt": b"This is no fingerprint.\n" * 50,
        "empty.png": b"",
        "record.fmr": b"FMR\0 20\0" + bytes(9),
        "unknown.fmr": b"FMR\x00999\0" + bytes(90),
    }.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize(
    "name",
    ["blank.png", "photo.png", "noise.png", "cut.png", "text.txt", "empty.png", "record.fmr", "unknown.fmr"],
)
def test_what_is_no_fingerprint_gets_one_clear_line(bad_files, prints, tmp_path, capsys, name):
    for arguments in (
        ("extract", bad_files / name, "-o", tmp_path / "out.fmr"),
        ("quality", bad_files / name),
        ("compare", prints / "001_1.png", bad_files / name),
    ):
        code, out, err = run(capsys, "fingerprint", *arguments)
        assert code == 1 and not out, arguments
        assert len(err.strip().splitlines()) == 1 and "Traceback" not in err, err
    assert not (tmp_path / "out.fmr").exists()


def test_folders_and_unwritable_places_are_refused(prints, tmp_path, capsys):
    for arguments in (("quality", tmp_path), ("compare", tmp_path, tmp_path), ("extract", tmp_path, "-o", "x")):
        code, _, err = run(capsys, "fingerprint", *arguments)
        assert code == 2 and "directory" in err
    nowhere = tmp_path / "gone" / "out.fmr"
    code, _, err = run(capsys, "fingerprint", "extract", prints / "001_1.png", "-o", nowhere)
    assert code == 1 and "cannot be written" in err
    code, _, err = run(capsys, "fingerprint", "evaluate", prints, "--scores", nowhere)
    assert code == 1 and "cannot be written" in err


def test_prints_taken_wrongly_never_match_strangers(prints, tmp_path, capsys):
    """Upside down, or two fingers at once: no crash, and strangers stay below one in a hundred."""
    first, second = (np.asarray(Image.open(prints / f"00{n}_1.png")) for n in (1, 2))
    (tmp_path / "turned.png").write_bytes(png(np.rot90(first, 2).copy()))
    (tmp_path / "two.png").write_bytes(png(np.concatenate((first, second), axis=1)))
    for name in ("turned.png", "two.png"):
        code, out, _ = run(capsys, "fingerprint", "quality", tmp_path / name)
        assert code == 0 and 0 <= int(out.split()[0]) <= 100
        code, out, _ = run(capsys, "fingerprint", "compare", tmp_path / name, prints / "003_1.png")
        assert code == 0 and score_in(out) < 20, name
