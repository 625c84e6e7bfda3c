"""What every command waits for: the program as it stands ready, before it knows what it is to do."""

from __future__ import annotations

import subprocess
import sys

# Each is wanted by one kind of work, and loaded when that begins.
LATER = (
    "duckdb", "onnxruntime", "openpyxl", "pyarrow", "python_calamine", "pyxform", "reportlab", "scipy.ndimage",
    "scipy.optimize", "splink", "uharfbuzz", "zxingcpp",
)


def test_a_command_starts_without_the_libraries_of_one_kind_of_work() -> None:
    asked = f"import sys, django; django.setup(); print(*(name for name in {LATER} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr[-2000:]
