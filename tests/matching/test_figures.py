"""Arithmetic of reports: by what a case was found, intervals, small counts, time spent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gada.matching.reports.figures import (
    Answer,
    Figures,
    Kind,
    SiteFigures,
    Time,
    empty_table,
    figures_from_facts,
    finger_sum,
    kind_of,
    time_spent,
    wilson,
    without_small,
)
from gada.matching.reports.serial import reports_of, serial_of

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def line(kind: str, weight: int) -> dict[str, object]:
    return {"kind": kind, "weight": weight}


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ([line("prior", -40), line("given", 60)], Kind.TEXT),
        (
            [
                line("prior", -40),
                line("given", 10),
                line("finger", 50),
                line("finger", 20),
                line("process-error", -20),
            ],
            Kind.FINGERS,
        ),
        ([line("prior", -40), line("given", 60), line("finger", 30)], Kind.BOTH),
        ([line("prior", -40), line("given", 60), line("finger", -20)], Kind.AGAINST),
        ([line("prior", -40), line("given", 35), line("finger", 1)], Kind.BOTH),  # exactly at the bar
        ([line("prior", -40), line("given", 34), line("finger", 1)], Kind.FINGERS),
    ],
)
def test_a_case_is_found_by_what_is_left_without_the_fingers(lines: list[dict[str, object]], kind: Kind) -> None:
    assert kind_of(lines, total=sum(int(str(each["weight"])) for each in lines)) == kind


def test_a_limit_without_a_finger_is_no_finger() -> None:
    assert finger_sum([line("process-error", -3)]) is None


def test_the_interval_is_wilsons() -> None:
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (count, of), (low, high) in published.items():
        found = wilson(count, of)
        assert found[0] == pytest.approx(low, abs=5e-5) and found[1] == pytest.approx(high, abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_holds_the_share(count: int, more: int) -> None:
    low, high = wilson(count, count + more)
    assert 0 <= low <= count / (count + more) + 1e-12 and count / (count + more) - 1e-12 <= high <= 1


@given(st.lists(st.integers(0, 30), max_size=12))
def test_no_small_count_is_shown_or_found_by_subtraction(column: list[int]) -> None:
    shown = without_small(column)
    assert all(count is None or count == 0 or count >= 5 for count in shown)
    assert all(count in (None, held) for count, held in zip(shown, column, strict=True))
    hidden = shown.count(None)
    assert hidden != 1 or not any(count for count in shown if count)


def test_time_runs_from_the_last_opening_by_the_same_person() -> None:
    amina, bakr, case = UUID(int=1), UUID(int=2), UUID(int=9)
    reads = [(amina, case, AT), (amina, case, AT + timedelta(seconds=100)), (bakr, case, AT)]
    judged = [
        (amina, case, AT + timedelta(seconds=130)),
        (bakr, case, AT + timedelta(minutes=16)),  # the page stood open
        (bakr, UUID(int=8), AT),  # never opened
    ]
    assert time_spent(reads, judged) == Time(1, 30, 30)
    assert time_spent((), ()) == Time()


def test_figures_come_back_from_their_entry() -> None:
    table = empty_table()
    table[Kind.FINGERS][Answer.SAME] = 12
    made = Figures(
        since=AT, until=AT + timedelta(days=1), sites=("Diffa", "Maïné"), table=table, opened=14, judged=13, undone=1,
        time=Time(12, 40, 600), prints_asked=900, prints_refused=None, families=7, another_head=2,
        by_site=(SiteFigures("Diffa", 12, None, 0), SiteFigures("Maïné", 0, None, 0)),
    )
    assert figures_from_facts(made.as_facts(), since=made.since, until=made.until) == made


@given(st.uuids())
def test_a_number_finds_its_report(report: UUID) -> None:
    for typed in (serial_of(report), serial_of(report).lower(), serial_of(report).replace("-", " ")):
        found = reports_of(typed)
        assert found is not None and found[0] <= report <= found[1]


@pytest.mark.parametrize("typed", ["", "7F3A", "7F3A-91C2-0B4D-E81G", "7F3A-91C2-0B4D-E816-0"])
def test_what_is_no_number_finds_nothing(typed: str) -> None:
    assert reports_of(typed) is None
