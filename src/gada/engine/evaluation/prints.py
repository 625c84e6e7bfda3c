"""Which files of a folder are prints, and of which finger: FINGER_IMPRESSION.png."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIXES: Final = (".png", ".tif", ".tiff", ".bmp", ".wsq", ".jp2")


@dataclass(frozen=True, slots=True)
class Print:
    """One impression. `finger` names the finger among all prints, `folder` is the number of its folder."""

    path: Path
    folder: int
    finger: str
    dpi: int | None = None

    @property
    def name(self) -> str:
        """The file, for people and for the names of pairs."""
        return self.path.as_posix()


def find_prints(
    folders: Sequence[Path], *, dpi: Sequence[int | None], same_fingers: bool = False
) -> tuple[list[Print], list[Path]]:
    """Prints of all folders, in the order of people (2 before 10), and image files whose name tells no finger.

    `dpi` holds one resolution for each folder, or None: what the file says. A finger is everything before the last
    underscore of a file's name, in its folder; with `same_fingers`, in all of them.
    """
    found, nameless = [], []
    for number, folder in enumerate(folders):
        images = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
        for path in sorted(images, key=lambda path: _in_order(path.name)):
            finger, underscore, impression = path.stem.rpartition("_")
            if not (finger and underscore and impression):
                nameless.append(path)
                continue
            label = finger if same_fingers else f"{number}/{finger}"
            found.append(Print(path, number, label, dpi[number]))
    return found, nameless


def _in_order(name: str) -> list[tuple[int, str]]:
    """Numbers within names by their value."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
