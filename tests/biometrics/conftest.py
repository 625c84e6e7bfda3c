"""Fingers are searched here: each test begins without the gallery of the one before."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _each_its_own_gallery(fresh_gallery: None) -> None:
    """The whole room asks for `fresh_gallery`."""
