"""Record linkage: are these two registrations one person? Evidence a person can read, in whole numbers."""

from gada.engine.linkage.evidence import Evidence, Line, compare_people
from gada.engine.linkage.features import BirthDate, Features, Precision, Relative, Source
from gada.engine.linkage.fusion import (
    THRESHOLDS,
    Decision,
    DecisionLine,
    Outcome,
    Thresholds,
    fuse,
)
from gada.engine.linkage.keys import search_keys
from gada.engine.linkage.names import fold_name
from gada.engine.linkage.tokens import tokens

__all__ = [
    "THRESHOLDS",
    "BirthDate",
    "Decision",
    "DecisionLine",
    "Evidence",
    "Features",
    "Line",
    "Outcome",
    "Precision",
    "Relative",
    "Source",
    "Thresholds",
    "compare_people",
    "fold_name",
    "fuse",
    "search_keys",
    "tokens",
]
