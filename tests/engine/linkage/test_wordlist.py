"""Words by number, and the kernels that compare them: in everything as the plain functions say."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.linkage import _word_kernels
from gada.engine.linkage.names import LONGEST_WORD, families, family_of, forms_of, share_of, words_of
from gada.engine.linkage.wordlist import (
    BONES,
    FIRST_HEARD,
    FIRST_LETTERS,
    FORMS,
    HEARD,
    LETTERS,
    ROOT,
    WordList,
)
from tests.engine.linkage import plain

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
# Hooked letters of Hausa, Arabic, Greek, and the Fulani's Adlam, which lies beyond sixteen bits.
WORDS = st.text(st.sampled_from(ALPHABET + "aoui" * 3 + "ɗƙɓŋم حدκ𞤀𞤁"), min_size=1, max_size=14)
NEAR_WORDS = st.tuples(
    WORDS,
    st.lists(st.tuples(st.sampled_from("adrs"), st.integers(0, 13), st.sampled_from(ALPHABET)), max_size=3),
)
PIECES = st.sampled_from([
    "El Hadj", "Moussa", "ag", "Ibrahim", "Abdou", "al-Karim", "Abd al", "rahman", "Aïssata", "N'Diaye", "Jean-Pierre",
    "mint", "Ould", "محمد", "عبد", "الله", "Hadja", ".", "-", "\u200b", "ﷺ", "Abdoul-Aziz", "E\u0301lodie", "Dr.",
])  # fmt: skip


def mangled(word: str, slips: list[tuple[str, int, str]]) -> str:
    for kind, at, letter in slips:
        at %= len(word) + 1
        head, tail = word[:at], word[at:]
        word = {
            "a": head + letter + tail,
            "d": head + tail[1:],
            "r": head + letter + tail[1:],
            "s": head + tail[1:2] + tail[:1] + tail[2:],
        }[kind]
    return word or "a"


@pytest.fixture(scope="module")
def vocabulary() -> tuple[WordList, list[str]]:
    """300 spellings of the table, Arabic ones among them, slips of the pen in each, and words of no language."""
    draw = random.Random(5)
    known = sorted({word for f in families().values() for s in f.spellings for word in words_of(s)})
    chosen = draw.sample(known, 300)
    slipped = [mangled(w, [(draw.choice("adrs"), draw.randrange(14), draw.choice(ALPHABET))]) for w in chosen]
    made = ["".join(draw.choice("aiou") + draw.choice("bdgkmnrst") for _ in range(3)) for _ in range(60)]
    words = list(dict.fromkeys([*chosen, *slipped, *made, "a" * 80, "ab" * 40]))
    held = WordList()
    assert [held.number_of(word) for word in words] == list(range(len(words))) == list(range(len(held)))
    return held, words


def test_likeness_is_that_of_the_plain_words(vocabulary: tuple[WordList, list[str]]) -> None:
    held, words = vocabulary
    w, wrong = held.arrays(), []
    for i, a in enumerate(words):
        for j, b in enumerate(words):
            if _word_kernels.likeness(i, j, w) != plain.likeness(a[:LONGEST_WORD], b[:LONGEST_WORD]):
                wrong.append((a, b))
    assert wrong == []


@settings(deadline=None, max_examples=400)
@given(NEAR_WORDS)
def test_every_measure_of_two_words_is_the_plain_one(pair: tuple[str, list[tuple[str, int, str]]]) -> None:
    a, b = pair[0].strip() or "a", mangled(pair[0], pair[1]).strip() or "b"
    held = WordList()
    i, j = held.number_of(a), held.number_of(b)
    w = held.arrays()
    forms = list(zip((a, *forms_of(a)), (b, *forms_of(b)), strict=True))
    for form, (x, y) in zip((LETTERS, HEARD, ROOT, BONES), forms, strict=True):
        at = i, j, form, w.text, w.rows
        assert _word_kernels.place(0, form, w.rows) == plain.place((a, *forms_of(a)), form)
        assert _word_kernels.common_start(*at) == plain.common_start(x, y)
        assert _word_kernels.jaro_winkler(*at) == plain.jaro_winkler(x, y)
        assert _word_kernels.edits(*at) == plain.edits(x, y)
        assert _word_kernels.alike(*at) == plain.alike(x, y)
        assert _word_kernels.most_matches(*at) >= plain.most_matches(x, y)
        if form in (LETTERS, HEARD):
            first = FIRST_LETTERS if form == LETTERS else FIRST_HEARD
            assert _word_kernels.most_jaro_winkler(i, j, form, first, *at[3:]) >= plain.most_jaro_winkler(
                x, y
            )
        assert _word_kernels.most_alike(*at) >= plain.most_alike(x, y)
    letters = plain.jaro_winkler(a, b)
    found, least = _word_kernels.grade(i, j, letters, 0.5, w.text, w.rows), plain.grade(a, b)
    assert found == least or (found == -1 and least < 0.5)
    assert _word_kernels.likeness(i, j, w) == _word_kernels.judge(i, j, w.text, w.rows) == plain.judge(a, b)
    if a != b:
        assert _word_kernels.is_one_slip(i, j, w.text, w.rows) == plain.is_one_slip(a, b)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_bits_are_counted(bits: int) -> None:
    assert _word_kernels.ones(np.uint32(bits)) == plain.ones(bits)


@settings(deadline=None, max_examples=300)
@given(st.lists(WORDS, max_size=6), st.lists(WORDS, max_size=6), st.randoms(use_true_random=False))
def test_names_are_related_as_plain_names(some: list[str], more: list[str], draw: random.Random) -> None:
    known = [
        "Moussa",
        "Musa",
        "Ali",
        "Aly",
        "Hadiza",
        "Khadija",
        "Traore",
        "Trawally",
        "Mamadou",
        "Mohamed",
        "Alli",
    ]
    some, more = ([w for w in (*words, *draw.sample(known, 3)) if w.strip()] for words in (some, more))
    a, b = (" ".join(draw.sample(words, min(len(words), draw.randrange(7)))) for words in (some, more))
    held = WordList()
    left, right = (held.numbers_of(name)[:6] for name in (a, b))
    names = held.words()
    a, b = (" ".join(names[n] for n in numbers) for numbers in (left, right))
    if tuple(held.numbers_of(a)) != left or tuple(held.numbers_of(b)) != right:
        return  # words that say something else side by side
    w, share = held.arrays(), np.array([float(share_of(f)) for f in held.family_names()] or [0.0])
    rows = [np.array((*numbers, -1)[:6], np.int32) for numbers in (left, right)]
    likeness, family, *counted = _word_kernels.relate(*rows, w, share)
    named = held.family_names()[family] if family >= 0 else ""
    assert (likeness, named, *counted) == plain.relate(a, b)


@settings(deadline=None)
@given(st.lists(PIECES | st.text(max_size=8), max_size=6))
def test_a_name_has_the_numbers_of_its_words(pieces: list[str]) -> None:
    held, name = WordList(), " ".join(pieces)
    for _ in range(2):
        numbers = held.numbers_of(name)
        assert [held.words()[n] for n in numbers] == [word[:LONGEST_WORD] for word in words_of(name)]


def test_a_number_never_changes_its_word() -> None:
    held = WordList()
    first = held.numbers_of("Moussa Traoré")
    before = held.arrays()
    assert held.arrays() is before
    assert held.numbers_of("Musa") != first[:1]
    after = held.arrays()
    assert np.array_equal(after.rows[: len(before.rows)], before.rows)
    assert after.family[first[0]] == after.family[held.number_of("musa")]
    assert [held.family_names()[f] for f in after.family] == [family_of(word) for word in held.words()]
    assert after.rows.shape == (3, 16) and FORMS == 4


def test_an_empty_list_has_empty_arrays() -> None:
    w = WordList().arrays()
    assert len(w.rows) == len(w.family) == len(w.text) == 0
    none = np.full(4, -1, np.int32)
    assert _word_kernels.relate(none, none, w, np.zeros(1)) == (-1, -1, 0, 0)
