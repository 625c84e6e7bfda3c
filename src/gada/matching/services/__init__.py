"""Writers: check for duplicates, judge, undo."""

from gada.matching.services.bulk import begin_bulk, begin_bulk_undo, continue_bulk, continue_bulk_undo
from gada.matching.services.checking import CheckResult, Finding, Searched, check_people, check_person
from gada.matching.services.comparing import Likely, likely_same, open_cases_of, pairs_of
from gada.matching.services.judging import judge_case, undo_judgement
from gada.matching.services.reading import open_case, take_next_case
from gada.matching.services.running import begin_check, continue_check

__all__ = [
    "CheckResult", "Finding", "Likely", "Searched", "begin_bulk", "begin_bulk_undo", "begin_check", "check_people",
    "check_person", "continue_bulk", "continue_bulk_undo", "continue_check", "judge_case", "likely_same",
    "open_case", "open_cases_of", "pairs_of", "take_next_case", "undo_judgement",
]
