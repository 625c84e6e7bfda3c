"""Readers: cases for a viewer, and who is one with whom."""

from gada.matching.queries.cases import (
    case_for,
    cases_decided_for,
    cases_for,
    judgements_of,
    name_of_operator,
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
    "canonical_household_of", "canonical_of", "case_for", "cases_decided_for", "cases_for", "judgements_of",
    "linked_people", "name_of_operator", "open_cases_for", "people_in_open_cases", "run_for", "runs_for",
]
