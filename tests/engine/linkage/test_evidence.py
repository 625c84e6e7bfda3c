"""Evidence: the same person, a sibling, a stranger; and dates taken for no more than they are."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pytest

from gada.engine.linkage import (
    BirthDate,
    Evidence,
    Features,
    Precision,
    Relative,
    Source,
    compare_people,
    search_keys,
)
from gada.engine.linkage.dates import DateLevel, relate_dates

HEAD = Relative("Moussa", "Diallo", "M", BirthDate.in_year(1970), is_head=True)
MOTHER = Relative("Fatoumata", "Traoré", "F", BirthDate.in_year(1978))
AISSATA = Features(
    given="Aïssata",
    surname="Diallo",
    father="Moussa Diallo",
    mother="Fatoumata Traoré",
    sex="F",
    birth=BirthDate.on(date(2001, 5, 3)),
    place="XZ0101",
    phone="+999 76 54 32 10",
    household=(HEAD, MOTHER),
)
AGAIN = Features(
    given="Aicha",
    surname="Jallow",
    father="Musa Jallow",
    mother="Fatima Trawally",
    sex="F",
    birth=BirthDate.about(2000, within_years=2),
    place="XZ0101",
    household=(replace(HEAD, given="Musa", surname="Jallow"),),
)
SISTER = replace(AISSATA, given="Mariam", birth=BirthDate.on(date(1999, 8, 21)))
STRANGER = Features(
    given="Kofi",
    surname="Mensah",
    father="Yao Mensah",
    sex="M",
    birth=BirthDate.in_year(1980),
    place="XZ0405",
)


def reasons(evidence: Evidence) -> set[str]:
    return {line.reason for line in evidence.lines}


def test_a_bare_first_of_january_is_a_year() -> None:
    birth = BirthDate.on(date(1985, 1, 1), source=Source.DOCUMENT)
    assert birth.precision is Precision.YEAR and not birth.is_precise
    with pytest.raises(ValueError, match="1 January"):
        BirthDate(date(1985, 1, 1), date(1985, 1, 1), Precision.DAY)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (BirthDate.on(date(1990, 5, 3)), BirthDate.on(date(1990, 5, 3)), DateLevel.SAME_DAY),
        (BirthDate.on(date(1990, 5, 3)), BirthDate.on(date(1990, 3, 5)), DateLevel.PART),
        (BirthDate.on(date(1990, 5, 3)), BirthDate.on(date(1990, 5, 13)), DateLevel.PART),
        (BirthDate.on(date(1990, 5, 3)), BirthDate.on(date(1990, 1, 1)), DateLevel.SAME_YEAR),
        (BirthDate.in_month(1990, 2), BirthDate.about(1992, within_years=3), DateLevel.WITHIN_2),
        (BirthDate.in_year(1990), BirthDate.in_year(1995), DateLevel.WITHIN_5),
        (BirthDate.in_year(1990), BirthDate.in_year(1999), DateLevel.WITHIN_10),
        (BirthDate.in_year(1990), BirthDate.in_year(2001), DateLevel.CONFLICT),
    ],
)
def test_levels_of_dates(one: BirthDate, other: BirthDate, level: DateLevel) -> None:
    assert relate_dates(one, other) is level
    assert relate_dates(other, one) is level


def test_the_same_person_outweighs_a_sister_and_a_stranger() -> None:
    same = compare_people(AISSATA, AGAIN).total_millibits
    sister = compare_people(AISSATA, SISTER).total_millibits
    stranger = compare_people(AISSATA, STRANGER).total_millibits
    assert same > 10_000 > sister
    assert sister < same - 10_000
    assert stranger < -10_000


def test_what_a_household_shares_anyway_is_taken_back() -> None:
    evidence = compare_people(AISSATA, SISTER)
    assert "kinship-explains-as-well" in reasons(evidence)
    odds_bits = evidence.total_millibits / 1000 - math.log2(evidence.people)
    assert odds_bits < -5, "a sister must stay far from likely"


def test_evidence_is_symmetric_and_whole() -> None:
    for other in (AGAIN, SISTER, STRANGER):
        one, two = compare_people(AISSATA, other), compare_people(other, AISSATA)
        assert one.total_millibits == two.total_millibits
        assert all(type(line.millibits) is int for line in one.lines)


def test_another_member_of_the_household_may_fit_better() -> None:
    sister = Relative("Mariam", "Diallo", "F", BirthDate.in_year(1999))
    me = replace(AISSATA, household=(HEAD, MOTHER, sister))
    assert "assignment-another-member-fits-better" in reasons(compare_people(me, SISTER))


def test_given_and_family_name_may_change_places() -> None:
    swapped = replace(AGAIN, given="Jallow", surname="Aicha")
    evidence = compare_people(AISSATA, swapped)
    assert any(line.facts.get("swapped") for line in evidence.lines)
    assert evidence.total_millibits > compare_people(AISSATA, SISTER).total_millibits


def test_what_is_missing_says_nothing() -> None:
    assert compare_people(Features(), AISSATA).lines == ()
    assert compare_people(Features(given="Awa"), Features(surname="Bah")).total_millibits == 0


def test_a_rare_name_says_more_than_a_common_one() -> None:
    rare = compare_people(Features(given="Almoustapha"), Features(given="Almoustapha")).total_millibits
    common = compare_people(Features(given="Fatima"), Features(given="Fatima")).total_millibits
    assert rare > common + 3_000 > 3_000


def test_a_rough_year_says_less_than_a_precise_day() -> None:
    day, year = BirthDate.on(date(1990, 5, 3)), BirthDate.in_year(1990)
    precise = compare_people(Features(birth=day), Features(birth=day)).total_millibits
    rough = compare_people(Features(birth=year), Features(birth=year)).total_millibits
    assert precise > rough + 8_000


def test_no_line_holds_a_value() -> None:
    text = repr(compare_people(AISSATA, AGAIN).lines).lower()
    for value in ("diallo", "jallow", "moussa", "aicha", "7654", "2001", "xz0101"):
        assert value not in text


def test_more_people_make_a_relative_likelier_only_among_strangers() -> None:
    evidence = compare_people(AISSATA, AGAIN, people=100)
    assert evidence.among(1_000_000) == compare_people(AISSATA, AGAIN, people=1_000_000)


def test_the_same_person_shares_search_keys_and_a_stranger_none() -> None:
    assert len(search_keys(AISSATA) & search_keys(AGAIN)) >= 3
    assert not search_keys(AISSATA) & search_keys(STRANGER)
    assert search_keys(Features()) == frozenset()
