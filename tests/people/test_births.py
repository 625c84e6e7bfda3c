"""Births as people say them: what is understood, and what is refused with what to do."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation

from gada.people.births import birth_from, words_of_birth
from gada.people.calendars import CONFIG, events_of
from tests.world import refused

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(("said", "first", "last", "precision", "source"), [
    ("14/3/1985", "1985-03-14", "1985-03-14", "day", "declared"),
    ("14 mars 1985", "1985-03-14", "1985-03-14", "day", "declared"),
    ("née le 14 Mars 1985", "1985-03-14", "1985-03-14", "day", "declared"),
    ("1985-03-14", "1985-03-14", "1985-03-14", "day", "declared"),
    ("29 février 2024", "2024-02-29", "2024-02-29", "day", "declared"),
    ("3rd Aug 1960", "1960-08-03", "1960-08-03", "day", "declared"),
    ("1/1/1985", "1985-01-01", "1985-12-31", "year", "declared"),
    ("1er janvier 1985", "1985-01-01", "1985-12-31", "year", "declared"),
    ("mars 1985", "1985-03-01", "1985-03-31", "month", "declared"),
    ("12/1984", "1984-12-01", "1984-12-31", "month", "declared"),
    ("1985", "1985-01-01", "1985-12-31", "year", "declared"),
    ("vers 1985", "1982-01-01", "1988-12-31", "around", "estimated"),
    ("1985 ?", "1982-01-01", "1988-12-31", "around", "estimated"),
    ("vers mars 1985", "1982-01-01", "1988-12-31", "around", "estimated"),
    ("entre 1980 et 1990", "1980-01-01", "1990-12-31", "around", "estimated"),
    ("40", "1983-01-01", "1989-12-31", "around", "estimated"),
    ("40 ans", "1983-01-01", "1989-12-31", "around", "estimated"),
    ("about 40", "1983-01-01", "1989-12-31", "around", "estimated"),
    ("environ 40 ans", "1983-01-01", "1989-12-31", "around", "estimated"),
    ("10", "2014-01-01", "2018-12-31", "around", "estimated"),
    ("2", "2023-01-01", "2025-12-31", "around", "estimated"),
    ("0", "2025-01-01", "2026-11-23", "around", "estimated"),
    ("8 mois", "2026-02-21", "2026-04-24", "around", "estimated"),
    ("hier", "2026-11-22", "2026-11-22", "day", "declared"),
    ("l’année de l’indépendance", "1960-01-01", "1960-12-31", "year", "estimated"),
    ("secheresse 1984", "1984-01-01", "1985-12-31", "around", "estimated"),
    ("drought of 1973", "1973-01-01", "1974-12-31", "around", "estimated"),
    ("mort de kountché", "1987-01-01", "1987-12-31", "year", "estimated"),
    ("2 ans après l’indépendance", "1961-01-01", "1963-12-31", "around", "estimated"),
])
def test_what_people_say_is_understood(said: str, first: str, last: str, precision: str, source: str) -> None:
    found = birth_from(said, today=TODAY, events=events_of("NER"))
    birth = found.birth
    assert (str(birth.earliest), str(birth.latest), str(birth.precision), found.source) == (
        first, last, precision, source,
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("31 février 1985", "birth-date-impossible"),
        ("31/4/1985", "birth-date-impossible"),
        ("14/13/1985", "birth-date-impossible"),
        ("29/2/2023", "birth-date-impossible"),
        ("00/00/1985", "birth-date-impossible"),
        ("24/11/2026", "birth-in-future"),
        ("2027", "birth-in-future"),
        ("décembre 2026", "birth-in-future"),
        ("140", "birth-too-long-ago"),
        ("140 ans", "birth-too-long-ago"),
        ("1885", "birth-too-long-ago"),
        ("0001-01-01", "birth-too-long-ago"),
        ("vers 1700", "birth-too-long-ago"),
        ("999 mois", "birth-not-understood"),
        ("14/3/85", "birth-year-short"),
        ("grande famine", "birth-not-understood"),
        ("14", ""),
        ("sécheresse", "birth-events-several"),
        ("x" * 500, "birth-not-understood"),
        ("1990-1980", "birth-interval"),
        ("9999999999", "birth-not-understood"),
        ("de la", "birth-not-understood"),
        ("٤٠", ""),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(said: str, code: str) -> None:
    if not code:
        assert birth_from(said, today=TODAY).birth.earliest
        return
    with refused(code):
        birth_from(said, today=TODAY, events=events_of("NER"))


def test_nothing_said_is_nothing_known() -> None:
    for said in ("", "   ", "vers"):
        assert birth_from(said, today=TODAY).birth.precision == "unknown"


def test_it_is_said_back_in_words() -> None:
    with translation.override("fr"):
        assert said_back("vers 1985") == "Naissance entre 1982 et 1988, estimée · environ 41 ans"
        assert said_back("14/3/1985") == "Naissance le 14 mars 1985 · 41 ans"
        assert said_back("mars 1985") == "Naissance en mars 1985 · environ 41 ans"
        assert said_back("8 mois").startswith("Naissance entre février 2026 et avril 2026, estimée · 8 mois")
        assert said_back("") == "Naissance inconnue"
    with translation.override("en"):
        assert said_back("1985") == "Born in 1985 · about 41 years old"


def test_every_calendar_can_be_read_and_each_of_its_events_is_found_by_its_names() -> None:
    countries = sorted(path.name for path in CONFIG.iterdir() if path.is_dir())
    assert {"NER", "MLI", "SSD"} <= set(countries)
    for country in countries:
        events = events_of(country)
        assert len({event.code for event in events}) == len(events) >= 8
        for event in events:
            assert event.first <= event.last <= TODAY and event.source and event.fr and event.en, event
            for name in (event.fr, event.en):
                assert birth_from(name, today=TODAY, events=events).event == event.code, name
    assert events_of("") == events_of("../etc") == events_of("XXX") == ()


def said_back(text: str) -> str:
    return words_of_birth(birth_from(text, today=TODAY).birth, today=TODAY).replace("\xa0", " ")
