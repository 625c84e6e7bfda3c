"""Names of files tell fingers."""

from __future__ import annotations

import pytest

from gada.engine.evaluation import find_prints


@pytest.fixture()
def folders(tmp_path):
    for folder, names in {
        "a": ("101_2.png", "101_10.TIF", "7_1.bmp", "x_y_1.wsq", "nameless.png", "_1.png", "9_.jp2", "notes_1.txt"),
        "b": ("101_1.tiff",),
    }.items():
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).write_bytes(b"")
    (tmp_path / "a" / "folder_1.png").mkdir()
    return [tmp_path / "a", tmp_path / "b"]


def test_a_finger_is_everything_before_the_last_underscore(folders):
    found, nameless = find_prints(folders[:1], dpi=[None])
    assert [each.path.name for each in found] == ["7_1.bmp", "101_2.png", "101_10.TIF", "x_y_1.wsq"]
    assert [each.finger for each in found] == ["0/7", "0/101", "0/101", "0/x_y"]
    assert {path.name for path in nameless} == {"nameless.png", "_1.png", "9_.jp2"}


def test_fingers_of_two_folders_are_different_unless_they_are_the_same(folders):
    found, _ = find_prints(folders, dpi=[500, 569])
    assert [(each.finger, each.dpi) for each in found if "101" in each.finger] == [
        ("0/101", 500), ("0/101", 500), ("1/101", 569),
    ]  # fmt: skip
    same, _ = find_prints(folders, dpi=[500, 569], same_fingers=True)
    assert [each.finger for each in same].count("101") == 3
