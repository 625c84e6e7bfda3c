"""The gallery belongs to the process: each test begins without one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def fresh_gallery() -> Iterator[None]:
    from gada.biometrics.gallery import close_gallery
    from gada.vault import data_directory

    close_gallery()
    shutil.rmtree(data_directory() / "gallery", ignore_errors=True)
    yield
    close_gallery()
