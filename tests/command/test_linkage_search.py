"""`gada linkage search`, `train` and `gada bench linkage`, in processes of their own, as somebody types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gada.engine.linkage.invented import write_people


def gada(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "gada", *map(str, words)], capture_output=True, text=True)


def said(*words: object) -> dict[str, Any]:
    ran = gada(*words, "--json")
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("search")
    write_people(folder / "people.parquet", folder / "truth.parquet", count=3000, seed=9)
    return folder / "people.parquet", folder / "truth.parquet"


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_search_finds_the_others_and_not_the_record_itself(store: str, files: tuple[Path, Path]) -> None:
    people, truth = files
    report = said("linkage", "search", people, people, "--store", store, "--truth", truth, "--most", 300)
    assert report["probes"] == 300
    assert report["recall"]["top_20"] > 0.9
    assert report["milliseconds"]["p50"] > 0
    alone = said("linkage", "search", people, people, "--store", "sqlite", "--most", 5)
    assert "recall" not in alone


@pytest.mark.slow
def test_a_model_is_trained_and_used(files: tuple[Path, Path], tmp_path: Path) -> None:
    people, truth = files
    model, pairs = tmp_path / "model.json", tmp_path / "pairs.csv"
    trained = gada("linkage", "train", people, "--out", model, "--name", "camp-7")
    assert trained.returncode == 0, trained.stderr
    assert json.loads(model.read_text("utf-8"))["name"] == "camp-7"
    assert said("linkage", "dedupe", people, "--out", pairs, "--model", model)["model"] == "camp-7"
    assert said("linkage", "evaluate", pairs, "--truth", truth)["best"]["f1"] > 0.9


@pytest.mark.slow
def test_the_benchmark_runs_all_of_it_beside_splink() -> None:
    report = said("bench", "linkage", "--people", 2500)
    assert report["evaluation"]["best"]["f1"] > report["splink"]["evaluation"]["best"]["f1"]
    assert {"sqlite", "postgresql", "dedupe"} <= report.keys()
    assert "failed" not in report["postgresql"]
