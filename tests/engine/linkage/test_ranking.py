"""Who is nearest by keys, and who is likeliest by the model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from gada.engine.linkage import BirthDate, Features, compare_people
from gada.engine.linkage.keys import MOST_PER_KEY, nearest
from gada.engine.linkage.ranking import Ranker, best

AMINA = Features(
    given="Aminata", surname="Diallo", father="Moussa Diallo", mother="Hawa Keita", sex="F",
    birth=BirthDate.on(date(1990, 5, 4)), place="Zinder", phone="+22790112233",
)  # fmt: skip
AGAIN = replace(AMINA, given="Aminatou", surname="Jallow", phone="")
SISTER = replace(AMINA, given="Fatoumata", birth=BirthDate.on(date(1993, 2, 8)))
STRANGER = Features(given="Kossi", surname="Mensah", sex="M", birth=BirthDate.in_year(1970), place="Lome")


def test_a_rare_key_counts_for_more_and_a_common_one_for_nothing() -> None:
    crowd, too_many = [f"x{i}" for i in range(300)], [f"y{i}" for i in range(MOST_PER_KEY + 1)]
    found = {1: ["rare", "common"], 2: ["common", *crowd], 3: too_many}
    ranked = nearest(found, people=100_000)
    assert ranked[:2] == ["common", "rare"]
    assert not any(name.startswith("y") for name in ranked)
    assert nearest(found, people=100_000, most=1) == ["common"]
    assert nearest({}, people=10) == []


def test_the_same_person_comes_first_then_the_sister_then_a_stranger() -> None:
    odds = Ranker().weigh(AMINA, [STRANGER, SISTER, AGAIN], people=10_000)
    assert [name for name, _ in best("stranger sister again".split(), odds, most=3)] == ["again", "sister", "stranger"]
    assert odds[2] > 0 > odds[1]


def test_the_ranker_remembers_words_and_says_the_same_again() -> None:
    ranker = Ranker()
    first = ranker.weigh(AMINA, [AGAIN], people=1000)
    ranker.weigh(STRANGER, [replace(STRANGER, given=f"Xo{i}ka") for i in range(50)], people=1000)
    assert np.array_equal(first, ranker.weigh(AMINA, [AGAIN], people=1000))
    assert np.array_equal(first, Ranker().weigh(AMINA, [AGAIN], people=1000))


def test_the_order_is_that_of_the_page() -> None:
    others = [AGAIN, SISTER, STRANGER, replace(AGAIN, birth=BirthDate.in_year(1988)), replace(SISTER, father="")]
    odds = Ranker().weigh(AMINA, others, people=10_000)
    shown = [compare_people(AMINA, other, people=10_000).total_millibits for other in others]
    assert np.argsort(-odds).tolist() == np.argsort(-np.array(shown)).tolist()
