"""Where real prints are: env GADA_TEST_DATA, else `shared/data` beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

TEST_DATA = Path(os.environ.get("GADA_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
