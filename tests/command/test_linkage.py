"""`gada linkage` on files: what it writes and prints, and one clear line for whatever it cannot read."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from gada.engine.linkage.model import as_json, read_model, write_model
from gada.engine.linkage.usual import USUAL
from tests.command.test_fingerprint import run
from tests.engine.linkage.batch.made import a_crowd, write_rows

SAID = {"people", "model", "pairs_compared", "pairs", "people_in_pairs", "stopped", "seconds", "remarks", "written"}
COLUMNS = ["left_id", "right_id", "probability", "bits", "class"]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def crowd():
    return a_crowd(200, again=0.4, seed=3)


@pytest.fixture(scope="module")
def folder(crowd, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("linkage")
    write_rows(folder / "people.csv", crowd.rows)
    truth = [{"record_id": r, "person_id": p, "household_id": p // 3} for r, p in crowd.person.items()]
    write_rows(folder / "truth.csv", truth, ("record_id", "person_id", "household_id"))
    write_model(USUAL, folder / "model.json")
    (folder / "text.txt").write_text("This is no file of people.\n")
    copied = [{"record_id": n, "given": "Ali", "surname": "Bah", "birth_date": "1990-05-03"} for n in range(300)]
    write_rows(folder / "copied.csv", copied)
    return folder


@pytest.fixture
def pairs(folder, tmp_path, capsys) -> Path:
    code, _, _ = run(capsys, "linkage", "dedupe", folder / "people.csv", "--out", tmp_path / "pairs.csv")
    assert code == 0
    return tmp_path / "pairs.csv"


def test_dedupe_writes_pairs_most_probable_first(folder, crowd, tmp_path, capsys):
    out = tmp_path / "pairs.csv"
    code, said, _ = run(capsys, "linkage", "dedupe", folder / "people.csv", "--out", out, "--json", "--threads", 1)
    report, found = json.loads(said), rows_of(out)
    assert code == 0 and set(report) >= SAID and report["stopped"] == ""
    assert report["people"] == len(crowd.rows) and report["written"] == report["pairs"] == len(found)
    assert list(found[0]) == COLUMNS and {row["class"] for row in found} == {"same"}
    probabilities = [float(row["probability"]) for row in found]
    assert probabilities == sorted(probabilities, reverse=True) and probabilities[-1] >= 0.5
    right = {frozenset((row["left_id"], row["right_id"])) for row in found} & crowd.pairs()
    assert len(right) >= 0.8 * max(len(found), len(crowd.pairs()))
    assert list(tmp_path.iterdir()) == [out]


def test_dedupe_in_words(folder, tmp_path, capsys):
    code, said, _ = run(capsys, "linkage", "dedupe", folder / "people.csv", "--out", tmp_path / "pairs.csv")
    assert code == 0 and "pairs are probably one person" in said and USUAL.name in said


def test_less_probable_pairs_are_written_on_demand(folder, pairs, tmp_path, capsys):
    out = tmp_path / "more.csv"
    code, _, _ = run(capsys, "linkage", "dedupe", folder / "people.csv", "--out", out, "--at-least", 0.01)
    assert code == 0 and len(rows_of(out)) > len(rows_of(pairs))
    assert {row["class"] for row in rows_of(out)} > {"same"}
    run(capsys, "linkage", "dedupe", folder / "people.csv", "--out", out, "--at-least", 1)
    assert out.read_text().splitlines() == [",".join(f'"{name}"' for name in COLUMNS)]
    assert run(capsys, "linkage", "dedupe", folder / "people.csv", "--out", out, "--at-least", 2)[0] == 2


def test_explained_pairs_add_up_and_name_nobody(folder, crowd, tmp_path, capsys):
    out = tmp_path / "pairs.csv"
    assert run(capsys, "linkage", "dedupe", folder / "people.csv", "--out", out, "--explain")[0] == 0
    found = rows_of(out)
    assert list(found[0]) == [*COLUMNS, "evidence"]
    known = {row[field].casefold() for row in crowd.rows for field in ("given", "surname", "phone", "document")}
    for row in found:
        lines = row["evidence"].split("; ")
        assert lines[-1].startswith("prior ") and any(line.startswith("kin ") for line in lines)
        assert not {word for line in lines for word in line.casefold().split()} & (known - {""})
        # Nobody else competed: the lines are the whole of the bits, but for their rounding.
        total = sum(float(line.rpartition(" ")[2]) for line in lines[:-1])
        assert float(row["bits"]) <= total + 1


def test_a_model_is_kept_and_used_again(folder, pairs, tmp_path, capsys):
    kept, out = tmp_path / "kept.json", tmp_path / "again.csv"
    people = folder / "people.csv"
    assert run(capsys, "linkage", "dedupe", people, "--out", out, "--keep-model", kept)[0] == 0
    assert as_json(read_model(kept)) == as_json(USUAL)
    assert run(capsys, "linkage", "dedupe", people, "--out", out, "--model", kept)[0] == 0
    assert out.read_bytes() == pairs.read_bytes()


def test_a_copied_form_writes_nothing_unless_told_to(folder, tmp_path, capsys):
    out = tmp_path / "pairs.csv"
    out.write_text("of yesterday")
    code, said, _ = run(capsys, "linkage", "dedupe", folder / "copied.csv", "--out", out)
    assert code == 1 and "Nothing was written" in said and out.read_text() == "of yesterday"
    code, said, _ = run(capsys, "linkage", "dedupe", folder / "copied.csv", "--out", out, "--json")
    assert code == 1 and json.loads(said)["stopped"] and json.loads(said)["written"] == 0
    code, _, _ = run(capsys, "linkage", "dedupe", folder / "copied.csv", "--out", out, "--anyway")
    assert code == 0 and len(rows_of(out)) == 300 * 299 // 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["text.txt"], "column-missing"), (["model.json"], "column-missing"),
        (["people.csv", "--model", "truth.csv"], "model-unreadable"),
        (["people.csv", "--model", "text.txt"], "model-unreadable"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_leaves_everything_as_it_was(folder, tmp_path, capsys, arguments, complaint):
    out = tmp_path / "pairs.csv"
    out.write_text("of yesterday")
    names = [folder / name if "." in name else name for name in arguments]
    code, _, err = run(capsys, "linkage", "dedupe", *names, "--out", out)
    assert code == 1 and complaint in err and "Traceback" not in err
    assert out.read_text() == "of yesterday" and list(tmp_path.iterdir()) == [out]


def test_a_folder_that_is_not_there_is_said_before_any_work(folder, tmp_path, capsys):
    for option in ("--out", "--keep-model"):
        others = [] if option == "--out" else ["--out", tmp_path / "pairs.csv"]
        code, _, err = run(capsys, "linkage", "dedupe", folder / "people.csv", option, tmp_path / "no" / "x", *others)
        assert code == 2 and "no" in err and "reading" not in err
    assert list(tmp_path.iterdir()) == []
    assert run(capsys, "linkage", "dedupe", tmp_path / "none.csv", "--out", tmp_path / "x")[0] == 2


def test_a_full_disk_leaves_the_old_pairs(folder, pairs, capsys, monkeypatch):
    before = pairs.read_bytes()

    def no_room(*_, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gada.engine.linkage.batch.writing._table", no_room)
    with pytest.raises(OSError, match="No space"):
        run(capsys, "linkage", "dedupe", folder / "people.csv", "--out", pairs)
    assert pairs.read_bytes() == before and list(pairs.parent.iterdir()) == [pairs]


@pytest.mark.parametrize("rows", [[], [{"record_id": "1", "given": "Ali"}], [{"record_id": n} for n in range(9)]])
def test_nobody_one_and_nameless_people_have_no_pairs(tmp_path, capsys, rows):
    write_rows(tmp_path / "people.csv", rows)
    out = tmp_path / "pairs.csv"
    code, said, _ = run(capsys, "linkage", "dedupe", tmp_path / "people.csv", "--out", out, "--json", "--explain")
    assert code == 0 and json.loads(said)["people"] == len(rows) and rows_of(out) == []
    truth = write_rows(tmp_path / "truth.csv", [], ("record_id", "person_id"))
    code, said, _ = run(capsys, "linkage", "evaluate", out, "--truth", truth, "--json")
    assert code == 0 and json.loads(said)["at_half"]["f1"] == 1


def test_evaluate_counts_what_is_right(folder, crowd, pairs, capsys):
    code, said, _ = run(
        capsys,
        "linkage",
        "evaluate",
        pairs,
        "--truth",
        folder / "truth.csv",
        "--people",
        folder / "people.csv",
        "--json",
    )
    report, found = json.loads(said), rows_of(pairs)
    right = [row for row in found if frozenset((row["left_id"], row["right_id"])) in crowd.pairs()]
    assert code == 0 and report["true_pairs"] == len(crowd.pairs())
    assert (report["at_half"]["right"], report["at_half"]["found"]) == (len(right), len(found))
    assert report["at_half"]["precision"] == pytest.approx(len(right) / len(found), abs=1e-5)
    assert sum(report["found_wrongly"].values()) == len(found) - len(right)
    assert sum(report["missed"].values()) == len(crowd.pairs()) - len(right)
    assert report["best"]["f1"] >= report["at_half"]["f1"]
    code, said, _ = run(capsys, "linkage", "evaluate", pairs, "--truth", folder / "truth.csv")
    assert code == 0 and "precision" in said


def test_pairs_said_twice_or_of_one_record_count_once(tmp_path, capsys):
    truth = write_rows(tmp_path / "t.csv", [{"record_id": n, "person_id": n // 2} for n in range(4)],
                       ("record_id", "person_id"))  # fmt: skip
    said = [("0", "1", "0.9"), ("1", "0", "0.8"), ("0", "1", "0.9"), ("2", "2", "0.9")]
    pairs = write_rows(tmp_path / "p.csv", [dict(zip(COLUMNS, row, strict=False)) for row in said], COLUMNS)
    code, out, _ = run(capsys, "linkage", "evaluate", pairs, "--truth", truth, "--json")
    half = json.loads(out)["at_half"]
    assert code == 0 and (half["found"], half["right"], half["recall"]) == (1, 1, 0.5)


def test_records_that_the_truth_does_not_name_are_counted_apart(folder, crowd, pairs, tmp_path, capsys):
    some = [{"record_id": r, "person_id": p} for r, p in list(crowd.person.items())[:300]]
    truth = write_rows(tmp_path / "some.csv", some, ("record_id", "person_id"))
    code, said, _ = run(capsys, "linkage", "evaluate", pairs, "--truth", truth, "--json")
    report = json.loads(said)
    assert code == 0 and report["pairs_of_unknown_records"] > 0
    assert report["at_half"]["found"] + report["pairs_of_unknown_records"] == len(rows_of(pairs))
    more = write_rows(tmp_path / "more.csv", [*some, {"record_id": "?", "person_id": 1}], ("record_id", "person_id"))
    assert run(capsys, "linkage", "evaluate", pairs, "--truth", more)[0] == 0
    code, _, err = run(
        capsys, "linkage", "evaluate", pairs, "--truth", more, "--people", folder / "people.csv"
    )
    assert code == 1 and "does not hold" in err


def test_evaluate_refuses_what_is_no_list_of_pairs(folder, pairs, tmp_path, capsys):
    code, _, err = run(capsys, "linkage", "evaluate", folder / "people.csv", "--truth", folder / "truth.csv")
    assert code == 1 and "column-missing" in err
    code, _, err = run(capsys, "linkage", "evaluate", pairs, "--truth", folder / "people.csv")
    assert code == 1 and "column-missing" in err
    odd = write_rows(tmp_path / "odd.csv", [dict(zip(COLUMNS, ("a", "b", "often"), strict=False))], COLUMNS)
    code, _, err = run(capsys, "linkage", "evaluate", odd, "--truth", folder / "truth.csv")
    assert code == 1 and "often" in err and "Traceback" not in err
