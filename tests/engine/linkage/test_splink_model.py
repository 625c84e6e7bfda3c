"""Chances that Splink learns on DuckDB, in our levels; and plain Splink as a peer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gada.engine.linkage.batch import dedupe
from gada.engine.linkage.batch.blocks import blocks_of
from gada.engine.linkage.batch.training import train
from gada.engine.linkage.files import read_people
from gada.engine.linkage.invented import write_people
from gada.engine.linkage.levels import FIELDS, LEVELS
from gada.engine.linkage.model import read_model, write_model
from gada.engine.linkage.splink_model import learn
from gada.engine.linkage.usual import USUAL


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    write_people(folder / "people.parquet", folder / "truth.parquet", count=6000, seed=5)
    return folder / "people.parquet"


def test_splink_learns_every_level_and_the_model_finds_as_many(people: Path, tmp_path: Path) -> None:
    population = read_people(people).population
    begun = learn(population, USUAL, name="by-splink")
    for field in FIELDS:
        assert len(begun.same[field]) == len(LEVELS[field])
    assert begun.same["given"][-1] > 3 * begun.same["given"][0]
    assert begun.strangers["place"][-1] < 0.05
    model = train(population, blocks_of(population), begun, name="by-splink")
    assert model.trained["splink"]
    write_model(model, tmp_path / "model.json")
    again = dedupe(population, model=read_model(tmp_path / "model.json"))
    usual = dedupe(population)
    assert abs(again.report["pairs"] - usual.report["pairs"]) < 0.05 * usual.report["pairs"]


def test_plain_splink_runs_beside_us(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs.csv"
    ran = subprocess.run(
        [sys.executable, "-m", "gada.engine.linkage.splink_peer", str(people), str(out)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(ran.stdout)["seconds"] > 0
    assert out.read_text("utf-8").startswith("left_id,right_id,probability")
