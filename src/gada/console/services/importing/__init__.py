"""A declared file on its way in: its columns are chosen, it is tried out row by row, then the worker runs it.

`opening` keeps the file sealed and finds its columns; `planning` says what would become of each row; `running` does it,
with its prints and the check for people registered twice, and can be paused; `records` reads the zip of prints.
"""

from gada.console.services.importing.opening import choose_columns, drop_import, open_import
from gada.console.services.importing.planning import plan_file, plan_large_file
from gada.console.services.importing.running import pause_import, resume_import, run_import, start_import
from gada.console.services.importing.showing import read_likely

__all__ = [
    "choose_columns", "drop_import", "open_import", "pause_import", "plan_file", "plan_large_file", "read_likely",
    "resume_import", "run_import",
    "start_import",
]
