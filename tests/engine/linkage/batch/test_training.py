"""A model learned from the people themselves, kept as a file, used again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from gada.engine.linkage.batch import dedupe
from gada.engine.linkage.batch.dedupe import FEWEST_TO_TRAIN, absurd
from gada.engine.linkage.files import read_people
from gada.engine.linkage.model import FORM, as_json, digest_of, read_model, write_model
from gada.engine.linkage.usual import USUAL
from gada.engine.refusal import Invalid
from tests.engine.linkage.batch.made import a_crowd, write_rows


def found_in(folder, rows, **options):
    read = read_people(write_rows(folder / "people.csv", rows))
    return read, dedupe(read.population, **options)


def ids_of(read, found, least=0.5):
    kept, ids = found.decided.probability >= least, read.ids.to_pylist()
    pairs = zip(found.pairs.left[kept].tolist(), found.pairs.right[kept].tolist(), strict=True)
    return {frozenset((ids[i], ids[j])) for i, j in pairs}


def f1(pairs, truth):
    return 2 * len(pairs & truth) / (len(pairs) + len(truth))


@pytest.fixture(scope="module")
def crowd():
    made = a_crowd(900, seed=7)
    assert len(made.rows) > 4000 and len(made.pairs()) > 700
    return made


@pytest.fixture(scope="module")
def learned(crowd, tmp_path_factory):
    return found_in(tmp_path_factory.mktemp("people"), crowd.rows)


def test_who_was_registered_twice_is_found_without_being_told(crowd, learned):
    read, found = learned
    assert f1(ids_of(read, found), crowd.pairs()) >= 0.9
    assert found.model.name == "own-1" and found.model.trained["people"] == len(crowd.rows)
    assert not found.report["stopped"]


def test_the_same_people_give_the_same_model_and_pairs(crowd, learned, tmp_path):
    _, found = learned
    _, again = found_in(tmp_path, crowd.rows, threads=1)
    assert digest_of(again.model) == digest_of(found.model)
    assert np.array_equal(again.pairs.left, found.pairs.left)
    assert np.array_equal(again.decided.probability, found.decided.probability)


def test_another_order_of_the_file_finds_nearly_the_same(crowd, learned, tmp_path):
    one, other = ids_of(*learned), ids_of(*found_in(tmp_path, crowd.rows[::-1]))
    assert f1(one, other) >= 0.98  # strangers to learn from are drawn by their place in the file


def test_who_was_registered_together_need_not_be_known(tmp_path):
    crowd = a_crowd(900, seed=8, registered=False)
    read, found = found_in(tmp_path, crowd.rows)
    assert f1(ids_of(read, found), crowd.pairs()) >= 0.85


def test_few_people_are_compared_by_the_usual_model(tmp_path):
    crowd = a_crowd(250, seed=9)
    assert 800 < len(crowd.rows) < FEWEST_TO_TRAIN
    read, found = found_in(tmp_path, crowd.rows)
    assert found.model is USUAL
    assert f1(ids_of(read, found), crowd.pairs()) >= 0.8


def test_strangers_are_not_found(tmp_path):
    crowd = a_crowd(900, again=0, seed=10)
    read, found = found_in(tmp_path, crowd.rows)
    assert len(ids_of(read, found)) <= len(crowd.rows) / 500


def test_a_model_learned_elsewhere_serves_other_people(learned, tmp_path):
    write_model(learned[1].model, tmp_path / "model.json")
    crowd = a_crowd(200, seed=11)
    read, found = found_in(tmp_path, crowd.rows, model=read_model(tmp_path / "model.json"))
    assert found.model.name == "own-1"
    assert f1(ids_of(read, found), crowd.pairs()) >= 0.85


def test_a_model_is_read_as_it_was_written(learned, tmp_path):
    for model in (USUAL, learned[1].model, replace(USUAL, shares={"given": {"moussa": 0.03}})):
        write_model(model, tmp_path / "model.json")
        again = read_model(tmp_path / "model.json")
        assert digest_of(again) == digest_of(model) and as_json(again) == as_json(model)


BROKEN = {
    "another form": lambda held: held | {"form": FORM + 1},
    "no form": lambda held: {k: v for k, v in held.items() if k != "form"},
    "a level missing": lambda held: held | {"same": held["same"] | {"sex": {"same": 1}}},
    "a field missing": lambda held: held | {"strangers": {}},
    "no kin": lambda held: held | {"kin": []},
    "kin without share": lambda held: held | {"kin": [{**held["kin"][0], "share": 0}]},
    "a chance of two": lambda held: held | {"swapped": 2},
    "no swaps": lambda held: held | {"swapped": 0},
    "no namesakes": lambda held: held | {"namesakes_born_together": 0},
    "no number": lambda held: held | {"repeats": float("nan")},
    "no repeats": lambda held: held | {"repeats": 0},
    "fewer than no repeats": lambda held: held | {"repeats": -1},
    "endless kin": lambda held: held | {"kin_pairs": float("inf")},
    "words for numbers": lambda held: held | {"swapped": "often"},
    "a list": lambda held: [held],
    "shares in a list": lambda held: held | {"shares": []},
    "nothing": lambda held: None,
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_model_is_refused(tmp_path, how):
    (tmp_path / "model.json").write_text(json.dumps(BROKEN[how](as_json(USUAL))))
    with pytest.raises(Invalid) as refused:
        read_model(tmp_path / "model.json")
    assert refused.value.code == "model-unreadable"


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe\x00", b"record_id\n1\n", b"[" * 100_000])
def test_what_is_no_model_is_refused(tmp_path, data):
    (tmp_path / "model.json").write_bytes(data)
    with pytest.raises(Invalid) as refused:
        read_model(tmp_path / "model.json")
    assert refused.value.code == "model-unreadable"


def test_no_kind_of_evidence_is_a_weight_without_end():
    weights = USUAL.weights()
    assert all(np.isfinite(table).all() for table in weights)


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (dict(people=50, pairs=0, involved=0, largest_key=50), ""),
        (dict(people=1000, pairs=0, involved=0, largest_key=501), "everybody-alike"),
        (dict(people=1000, pairs=0, involved=0, largest_key=500), ""),
        (dict(people=10**6, pairs=10_001, involved=1000, largest_key=0), "too-many-pairs"),
        (dict(people=10**6, pairs=10_000, involved=1000, largest_key=0), ""),
        (dict(people=10**6, pairs=190, involved=20, largest_key=0), ""),
    ],
)
def test_what_cannot_be_true_is_stopped(case, why):
    assert absurd(**case) == why


def identical(count, **also):
    row = dict(given="Ali", surname="Bah", father="Issa Bah", mother="Awa Sow", sex="M", birth_date="1990-05-03",
               place="XZ0101", phone="90112233", document="NINA:1")  # fmt: skip
    return [{"record_id": n, **row, **{k: of(n) for k, of in also.items()}} for n in range(count)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("also", [{}, {"registration_id": lambda n: n // 2}])
def test_three_thousand_equal_records_are_a_copied_form(tmp_path, also):
    _, found = found_in(tmp_path, identical(3000, **also))
    assert found.report["stopped"] == "everybody-alike" and found.report["pairs_compared"] == 0
    assert all(np.isfinite(table).all() for table in found.model.weights())


def test_eight_hundred_equal_records_among_strangers_are_too_many_pairs(tmp_path):
    rows = [*identical(800), *a_crowd(400, again=0).rows]
    _, found = found_in(tmp_path, rows)
    assert found.report["stopped"] == "too-many-pairs" and found.report["pairs"] == 800 * 799 // 2


def test_one_surname_and_one_birthday_for_everybody_leave_the_rest_to_speak(tmp_path):
    crowd = a_crowd(500, seed=12)
    rows = [
        row | {"surname": "Diallo", "father": "", "birth_date": row["birth_date"][:4] + "-01-01", "birth_estimated": ""}
        for row in crowd.rows
    ]
    read, found = found_in(tmp_path, rows)
    assert found.report["stopped"] == "" and f1(ids_of(read, found), crowd.pairs()) >= 0.6
