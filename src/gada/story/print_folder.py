"""A folder of real fingerprint images: which fingers it has, and what the real extractor reads from them."""

from __future__ import annotations

import io
import re
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from PIL import Image

from gada.engine.fingerprint import Template, extract, read_image
from gada.engine.fingerprint.parameters import FEWEST_MINUTIAE, WORKING_DPI
from gada.engine.refusal import Invalid, Refusal

# The files carry no resolution of their own. FVC2002: table of its databases, bias.csr.unibo.it/fvc2002
# (DB1 Identix TouchView II, DB2 Biometrika FX2000, DB3 Precise 100 SC, DB4 SFinGe, about 500).
# uareu: Neurotechnology's sample of the U.are.U 4000, 500 dpi by its description.
DPI_BY_FOLDER: Final = {"db1": 500, "db2": 569, "db3": 500, "db4": 500, "uareu": 500}
FILE: Final = re.compile(r"(\d+(?:_\d+)?)_(\d+)\.png")  # PERSON_FINGER_IMPRESSION or FINGER_IMPRESSION
FEWEST_IMPRESSIONS: Final = 3  # at A, at B, and coming again


@dataclass(slots=True)
class Reading:
    """What the extractor did so far: images read, those without a usable print, seconds of one core."""

    images: int = 0
    failed: int = 0
    seconds: float = 0.0


class PrintFolder:
    """Fingers of a folder by name, each with its impressions; an image is read once per process.

    Raises Refusal `prints-folder` when the folder holds fewer than two fingers of three impressions.
    """

    def __init__(self, directory: Path) -> None:
        found: dict[str, dict[int, Path]] = defaultdict(dict)
        for path in directory.iterdir() if directory.is_dir() else ():
            if named := FILE.fullmatch(path.name):
                found[named[1]][int(named[2])] = path
        self.fingers = {
            finger: tuple(path for _, path in sorted(impressions.items()))
            for finger, impressions in sorted(found.items())
            if len(impressions) >= FEWEST_IMPRESSIONS
        }
        if len(self.fingers) < 2:
            raise Refusal(
                "prints-folder",
                "The folder %(folder)s holds no fingerprints to tell the story with: at least two fingers of three "
                "impressions each are needed, in files named PERSON_FINGER_IMPRESSION.png or FINGER_IMPRESSION.png.",
                folder=directory.name,
            )
        self.dpi = DPI_BY_FOLDER.get(directory.resolve().name, WORKING_DPI)
        self.reading = Reading()
        self._read: dict[Path, Template | None] = {}
        self._one_at_a_time = Lock()  # two agencies read at once; no image is read or counted twice

    def template_of(self, impression: Path) -> Template | None:
        """What the extractor finds; None where the image is refused or has too few minutiae to decide."""
        with self._one_at_a_time:
            if impression not in self._read:
                self._read[impression] = self._extracted(impression)
            return self._read[impression]

    def best_of(self, impressions: tuple[Path, ...]) -> Path | None:
        """The impression of best quality, as a clerk keeps it after several touches; None when all failed."""
        usable = [(t.finger_quality, i) for i in impressions if (t := self.template_of(i)) is not None]
        return max(usable, key=lambda each: each[0])[1] if usable else None

    def image_of(self, impression: Path) -> bytes:
        """The same pixels as a PNG that says its resolution, so that whoever reads it needs no table."""
        stamped = io.BytesIO()
        with Image.open(impression) as image:
            image.save(stamped, "PNG", dpi=(self.dpi, self.dpi))
        return stamped.getvalue()

    def _extracted(self, impression: Path) -> Template | None:
        began = time.perf_counter()
        try:
            template = extract(read_image(impression.read_bytes(), dpi=self.dpi))
        except Invalid:
            template = None
        usable = template if template is not None and len(template) >= FEWEST_MINUTIAE else None
        self.reading.images += 1
        self.reading.failed += usable is None
        self.reading.seconds += time.perf_counter() - began
        return usable
