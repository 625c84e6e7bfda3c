"""The invented population: the same from one seed, with households, repeats, and everything that clerks leave out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pyarrow import parquet

from gada.engine.linkage.files import read_people
from gada.engine.linkage.invented import write_people


def test_one_seed_makes_one_population(tmp_path: Path) -> None:
    made = [tmp_path / name for name in ("a", "at", "b", "bt", "c", "ct")]
    for people, truth, seed in ((0, 1, 7), (2, 3, 7), (4, 5, 8)):
        write_people(made[people], made[truth], count=500, seed=seed)
    assert parquet.read_table(made[0]).equals(parquet.read_table(made[2]))
    assert not parquet.read_table(made[0]).equals(parquet.read_table(made[4]))


def test_it_holds_what_makes_linkage_hard(tmp_path: Path) -> None:
    people, truth = tmp_path / "people.parquet", tmp_path / "truth.parquet"
    different = write_people(people, truth, count=4000, seed=3)
    known = parquet.read_table(truth).to_pydict()
    rows = parquet.read_table(people).to_pydict()
    repeats = Counter(known["person_id"])
    assert len(repeats) == different < 4000
    assert max(repeats.values()) >= 3
    together = Counter(zip(rows["registration_id"], known["person_id"], strict=True))
    assert max(together.values()) == 1  # nobody twice in one registration
    for column in ("father", "mother", "birth_date", "place", "phone", "document"):
        assert "" in rows[column]
    assert 0.3 < sum(date.endswith("-01-01") for date in rows["birth_date"]) / 4000 < 0.8
    assert not read_people(people).remarks.get("dates_unreadable")
