"""Names: one family, many spellings; and two names that only look alike stay two."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.linkage import fold_name
from gada.engine.linkage.names import (
    GRADE_NEAR,
    Likeness,
    families,
    family_of,
    grade_of,
    likeness_of,
    relate_names,
    share_of,
    words_of,
)
from gada.engine.linkage.scripts import ROMAN, romanised


def test_the_table_is_large_and_well_formed() -> None:
    assert len(families()) >= 600
    text = (files("gada.engine.linkage") / "names.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    assert [row[0] for row in rows] == sorted(families()), "sorted, each family once"
    assert {len(row) for row in rows} == {7}
    for family in families().values():
        assert family.kind in {"m", "f", "b", "s"}
        assert 1 <= family.share <= 1000
        assert re.fullmatch(r"[a-z]+", family.name)
        assert re.fullmatch(r"[a-z]+", family.origin) and family.source
        assert all(re.fullmatch(r"[A-Z]{2}", country) for country in family.reach)
        assert list(family.reach) == sorted(set(family.reach))
        assert len(set(family.spellings)) == len(family.spellings)
        assert len({"".join(words_of(s)) for s in family.spellings}) >= 2, (
            f"{family.name}: one way to write it"
        )


def test_a_spelling_belongs_to_one_family() -> None:
    owners = defaultdict(set)
    for family in families().values():
        for spelling in family.spellings:
            owners["".join(words_of(spelling))].add(family.name)
    assert {s: o for s, o in owners.items() if len(o) > 1} == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mamadou", "Muhammad"),
        ("Aïssata", "Aisha"),
        ("Fatoumata", "Fatima"),
        ("Hadiza", "Khadija"),
        ("Zeinabou", "Djeneba"),
        ("Boubacar", "Abubakar"),
        ("Oumarou", "Umar"),
        ("Youssouf", "Issoufou"),
        ("Diallo", "Jalloh"),
        ("Traoré", "Trawally"),
        ("Ouédraogo", "Wedraogo"),
        ("N'Diaye", "Njie"),
        ("Cissé", "Ceesay"),
        ("Dramé", "Drammeh"),
        ("Diabaté", "Jobarteh"),
        ("Badiane", "Bajan"),
        ("Ndaw", "N'Dao"),
        ("Kwabena", "Kouabenan"),
        ("Jean", "João"),
        ("Guillaume", "William"),
        ("Marguerite", "Margarida"),
        ("Thierno", "Cherno"),
        ("Tanimoune", "Tanimu"),
        ("Hafsatou", "Afsatu"),
        ("Aminata", "Amina"),
        ("Fatima", "Fatimata"),
        ("Abdoul Karim", "Abdelkarim"),
        ("Abd al-Rahman", "Abdourahamane"),
        ("El Hadj Moussa", "Alhaji Musa"),
        ("Moussa ag Ibrahim", "Mousa Ibrahima"),
        ("Sidi Ould Ahmed", "Said Ahmadou"),
        ("Fatimata mint Ali", "Fatma Aly"),
        ("محمد", "Mohamed"),
        ("فاطمة", "Fatouma"),
        ("خالد", "Khalid"),
        ("عبد الرحمن", "Abdurrahman"),
        ("عبدالرحمن", "Abd al-Rahman"),
        ("ߡߎߛߊ", "Moussa"),
        ("𞤀𞤥𞤢𞤣𞤵", "Amadou"),
        ("ⴰⵃⵎⴰⴷ", "Ahmad"),
        ("Ɗanjuma", "Danjuma"),
        ("Ɓello", "Bello"),
    ],
)
def test_spellings_of_one_name_fold_together(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hassan", "Hassana"),
        ("Moussa", "Issa"),
        ("Amina", "Awa"),
        ("Diallo", "Diarra"),
        ("Ali", "Alima"),
        ("Amadou", "Mamadou"),
        ("Hassan", "Hussein"),
        ("Mariam", "Maïmouna"),
        ("Ousmane", "Oumar"),
        ("Adama", "Adam"),
        ("Sani", "Sanoussi"),
        ("Rabi", "Rabiou"),
        ("Sankara", "Sangaré"),
        ("Louis", "Louise"),
        ("François", "Françoise"),
        ("Sadik", "Siddik"),
    ],
)
def test_two_names_stay_two(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)
    (left,), (right,) = words_of(one), words_of(other)
    assert likeness_of(left, right) < Likeness.CLOSE


def test_names_outside_the_table_fold_by_sound() -> None:
    assert fold_name("Djiguibaré") == fold_name("Jigibare")
    assert fold_name("Djiguibaré").startswith("~")
    assert family_of("yempabou") == family_of("yempabu")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Abdou Moussa", ("abdou", "moussa")),
        ("Abdou el Hadj Moussa", ("abdou", "moussa")),
        ("Abdoul Diallo", ("abdoul", "diallo")),
        ("Abdoul-Razakou Diallo", ("abdoulrazakou", "diallo")),
        ("Abdou al-Karim", ("abdoulkarim",)),
        ("Abd el-Qadous", ("abdoulqadous",)),
    ],
)
def test_a_servant_joins_what_god_is_called(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


def test_names_outside_the_table_are_near_across_scripts() -> None:
    (arabic,), (latin,) = words_of("قنديل"), words_of("Kandil")
    assert likeness_of(arabic, latin) >= Likeness.CLOSE
    (arabic,), (latin,) = words_of("زنغينا"), words_of("Zanguina")
    assert likeness_of(arabic, latin) >= Likeness.NEAR
    assert words_of("ʿAbd al-Raḥmān") == words_of("Abd Al-Rahman") == ("abdoulrahman",)


def test_a_slip_of_the_pen_is_close_and_no_more() -> None:
    assert likeness_of("lankoande", "lankoadne") is Likeness.CLOSE
    assert likeness_of("lankoande", "traore") is Likeness.DIFFER


@pytest.mark.parametrize(
    ("one", "other"),
    [("ngandjou", "gandju"), ("tchoukwa", "chukua"), ("zaourou", "saouratou"), ("kpodo", "kpodoh")],
)
def test_names_that_the_table_lacks_are_graded_by_sound(one: str, other: str) -> None:
    assert grade_of(one, other) == pytest.approx(grade_of(other, one))
    assert likeness_of(one, other) >= Likeness.NEAR
    assert grade_of(one, "lankoande") < GRADE_NEAR < grade_of(one, one) == 1.0


def test_words_are_matched_in_any_order() -> None:
    relation = relate_names("Mohamed Lamine", "Lamin Mohammed")
    assert relation is not None
    assert relation.words_shared == 2 and relation.words_left == 0
    assert relate_names("", "Awa") is None


def test_a_shared_word_is_not_a_shared_name() -> None:
    shared, whole = relate_names("Moussa Ali", "Hadiza Ali"), relate_names("Mohamed Lamine", "Lamine")
    assert shared is not None and shared.likeness is Likeness.NEAR
    assert whole is not None and whole.likeness is Likeness.EXACT


def test_a_common_name_is_worth_less_than_a_rare_one() -> None:
    assert share_of("mohamed") > share_of("tankari") > share_of("~xyz")


@settings(deadline=None)
@given(st.text(max_size=30))
def test_folding_any_text_is_steady(text: str) -> None:
    assert fold_name(text) == fold_name(text.upper()) or any(ord(c) > 0x24F for c in text) or "ı" in text
    assert relate_names(text, text) is None or relate_names(text, text).likeness is Likeness.EXACT  # type: ignore[union-attr]


@settings(deadline=None)
@given(st.sampled_from(sorted(families())), st.sampled_from(sorted(families())))
def test_likeness_is_symmetric(one: str, other: str) -> None:
    a, b = families()[one].spellings[0].lower(), families()[other].spellings[-1].lower()
    assert likeness_of(a, b) == likeness_of(b, a)


@settings(deadline=None)
@given(st.text(st.sampled_from(sorted(map(chr, ROMAN))), min_size=1, max_size=12))
def test_scripts_of_the_region_become_plain_latin_letters(name: str) -> None:
    assert all(re.fullmatch(r"[a-z]+", word) for word in words_of(name))
    assert romanised("".join(words_of(name))) == "".join(words_of(name))
