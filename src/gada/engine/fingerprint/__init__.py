"""From the image of a finger to a calibrated comparison.

The stages are the files, in this order: image, segmentation, extract, quality, descriptors, compare,
calibration. Constants and their sources are in parameters.
"""

from gada.engine.fingerprint.calibration import fuse_scores
from gada.engine.fingerprint.compare import compare
from gada.engine.fingerprint.extract import Extractor, extract, extract_with_quality, measure_quality
from gada.engine.fingerprint.image import read_image, read_raw_image
from gada.engine.fingerprint.parameters import ALGORITHM, EXTRACTOR, EXTRACTORS
from gada.engine.fingerprint.quality import ADVICE
from gada.engine.fingerprint.template import (
    BIFURCATION,
    ENDING,
    OTHER,
    Comparison,
    FingerprintImage,
    Quality,
    Template,
)

__all__ = [
    "ADVICE",
    "ALGORITHM",
    "BIFURCATION",
    "ENDING",
    "EXTRACTOR",
    "EXTRACTORS",
    "OTHER",
    "Comparison",
    "Extractor",
    "FingerprintImage",
    "Quality",
    "Template",
    "compare",
    "extract",
    "extract_with_quality",
    "fuse_scores",
    "measure_quality",
    "read_image",
    "read_raw_image",
]
