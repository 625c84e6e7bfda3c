"""Readers: cases for a viewer, and who is one with whom."""

from gada.matching.queries.cases import (
    MOST_COUNTED,
    OPEN_FOR,
    as_undecided,
    beside,
    case_for,
    cases_decided_for,
    cases_for,
    cases_waiting_for,
    how_many_open_for,
    how_many_wait_for,
    is_blind,
    is_read_by_nobody_else,
    judgements_of,
    may_judge,
    name_of_operator,
    not_open_elsewhere,
    oldest_open_for,
    open_cases_for,
)
from gada.matching.queries.joined import (
    canonical_household_of,
    canonical_of,
    linked_people,
    people_in_open_cases,
)
from gada.matching.queries.runs import run_for, runs_for

__all__ = [
    "MOST_COUNTED", "OPEN_FOR", "as_undecided", "beside", "canonical_household_of", "canonical_of",
    "case_for", "cases_decided_for", "cases_for", "cases_waiting_for", "how_many_open_for",
    "how_many_wait_for", "is_blind", "is_read_by_nobody_else", "judgements_of", "linked_people", "may_judge",
    "name_of_operator", "not_open_elsewhere", "oldest_open_for", "open_cases_for", "people_in_open_cases",
    "run_for", "runs_for",
]
