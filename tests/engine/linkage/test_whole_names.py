"""Whole names: the same person's in other words, order and spelling; and another person's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.linkage.names import words_of
from gada.engine.linkage.whole_names import agreement_of, judge_names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Moussa Ibrahim Diallo", "Musa Jallow"),
        ("Aïssata Oumarou", "OUMAROU Aissatou"),
        ("Mohamed ag Alhassane", "Mahamadou Lassana"),
        ("Abd al-Rahman Saleh", "Abdourahmane Salihou"),
        ("Zia-ur-Rahman Madani", "Ziaurrahman Madani"),
        ("Fatima Zahra Hassane", "Fatimazahra Hassan"),
        ("Kofi A. Mensah", "Coffi Asante Mensa"),
        ("El Hadj Cheick Oumar Traoré", "Oumar Traore"),
        ("Colonel Djibril Bassolé", "Jibril Bassole"),
        ("محمد صالح", "Mohamed Salihou"),
        ("Hadiza", "Khadidja"),
    ],
)
def test_one_name_in_other_words(one: str, other: str) -> None:
    assert judge_names(one, other) >= 0.5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Moussa Ali", "Hadiza Ali"),
        ("Moussa Ibrahim Diallo", "Aminata Ibrahim Diallo"),
        ("Hassan Oumarou", "Hassana Oumarou"),
        ("Mohamed Ali", "Mohamed Salou"),
        ("Kofi Mensah", "Yaw Boateng"),
        ("Abdoulaye Diop", "Abdoulaziz Sarr"),
        ("", "Moussa"),
        ("-", "-"),
    ],
)
def test_two_names(one: str, other: str) -> None:
    assert judge_names(one, other) < 0.5


def test_each_word_is_paired_once() -> None:
    found = agreement_of("Ali Ali Moussa", "Ali Musa Traoré Kofi")
    assert found is not None
    assert (found.paired, found.left_of_shorter, found.left_of_longer) == (2, 1, 2)


def test_a_title_left_over_does_not_count() -> None:
    plain, titled = (
        agreement_of("Oumar Traoré", "Omar Traore"),
        agreement_of("Oumar Traoré", "Imam Omar Traore"),
    )
    assert plain is not None and titled is not None
    assert plain.measures == titled.measures


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_are_judged_alike_both_ways(one: str, other: str) -> None:
    sure = judge_names(one, other)
    assert 0 <= sure <= 1
    assert sure == judge_names(other, one)
    assert judge_names(one, one) >= 0.5 or not words_of(one)


def test_a_very_long_name_takes_no_longer() -> None:
    long = " ".join(f"mot{'a' * (n % 7)}{n}" for n in range(5000))
    assert judge_names(long, long[::-1]) < 0.5
