"""Import: a declared file becomes households — dry run first, an outcome per row, the same file again adds nothing.

tables → joining → columns → reading → families → judging → planning → running.
"""

from gada.people.importing.columns import (
    COLUMNS,
    KEEP,
    LEAVE_OUT,
    Reading,
    check_columns,
    fold,
    layouts,
    missing_columns,
)
from gada.people.importing.families import Contents, Family, contents_of, families_of
from gada.people.importing.joining import reading_of, sheet_of
from gada.people.importing.judging import Judge
from gada.people.importing.planning import Outcome, Plan, RowOutcome, plan_families
from gada.people.importing.reading import Row, read_table, rows_of
from gada.people.importing.running import (
    Importer,
    ImportReport,
    chunk_size,
    foreseen,
    import_families,
    import_table,
    in_parts,
    plan_table,
)
from gada.people.importing.tables import Tables, open_tables

__all__ = [
    "COLUMNS", "KEEP", "LEAVE_OUT", "Contents", "Family", "ImportReport", "Importer", "Judge", "Outcome", "Plan",
    "Reading", "Row", "RowOutcome", "Tables", "check_columns", "chunk_size", "contents_of", "families_of", "fold",
    "foreseen",
    "import_families", "import_table", "in_parts", "layouts", "missing_columns", "open_tables", "plan_families",
    "plan_table", "read_table", "reading_of", "rows_of", "sheet_of",
]
