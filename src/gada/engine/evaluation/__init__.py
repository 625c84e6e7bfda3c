"""How well the engine does on a folder of prints: read, extract, compare everybody with everybody, count errors.

The steps are the files: prints, extraction, comparing, report. The arithmetic is in `fingerprint.error_rates`.
identification (with stage_one and memory) measures one search among very many people.
"""

from gada.engine.evaluation.comparing import compare_all
from gada.engine.evaluation.extraction import Extracted, extract_all
from gada.engine.evaluation.prints import Print, find_prints
from gada.engine.evaluation.report import Compared, Evaluation, by_folder, evaluate

__all__ = [
    "Compared",
    "Evaluation",
    "Extracted",
    "Print",
    "by_folder",
    "compare_all",
    "evaluate",
    "extract_all",
    "find_prints",
]
