"""The whole story, on two node processes with separate databases, keys and files: every sentence of it must hold.

With invented people it is played in test_every_page.py; `make demo SEED=n` plays it with others.
"""

from __future__ import annotations

from pathlib import Path

from tests.stories.playing import told

MOST_IMAGES = 240


def test_the_story_holds_with_real_prints(test_data: Path, tmp_path: Path):
    folder = test_data / "fingerprints" / "uareu"
    assert "The story held." in told("prints", str(folder), "--most-images", str(MOST_IMAGES), at=tmp_path)
