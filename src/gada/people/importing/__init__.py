"""Import: a declared file becomes households — dry run first, an outcome per row, the same file again adds nothing."""

from gada.people.importing.reading import COLUMNS, Row, read_table
from gada.people.importing.running import ImportReport, Outcome, RowOutcome, import_table, plan_table

__all__ = ["COLUMNS", "ImportReport", "Outcome", "Row", "RowOutcome", "import_table", "plan_table", "read_table"]
