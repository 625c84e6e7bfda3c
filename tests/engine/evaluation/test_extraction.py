"""Whatever a file holds, it gets an answer."""

from __future__ import annotations

from gada.engine.evaluation import extract_all
from gada.engine.fingerprint.synthetic import a_finger


def test_good_files_give_templates_and_bad_ones_reasons(tmp_path):
    good = a_finger(3).impression_png(1)
    files = {"good.png": good, "cut.png": good[:3000], "text.png": b"hello", "empty.tif": b""}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    told: list[tuple[int, int]] = []
    paths = [*(tmp_path / name for name in files), tmp_path / "gone.png", tmp_path]
    found = extract_all([(path, None) for path in paths], workers=1, progress=lambda *done: told.append(done))
    assert [each.usable for each in found] == [True, *[False] * 5]
    assert found[0].template is not None and found[0].seconds and found[0].quality > 0
    assert all(each.failure and each.quality == 0 for each in found[1:])
    assert told[-1] == (6, 6)
    assert "read" in found[4].failure
