"""What a finger is made of: the numbers behind the synthetic prints.

Class frequencies are the usual textbook shares of the world's fingers (Maltoni et al., Handbook of
Fingerprint Recognition, ch. 5: arch 3.7 %, tented 2.9 %, left loop 33.8 %, right loop 31.7 %, whorl 27.9 %).
Ridge periods are those of adult fingers at 500 dpi. The remaining numbers were set by looking at pictures
and by comparing score distributions with FVC 2002 (bench/linkage.py prints them anew).
"""

from __future__ import annotations

from typing import Final

DPI: Final = 500

CLASS_SHARES: Final = {"arch": 0.037, "tented": 0.029, "left": 0.338, "right": 0.317, "whorl": 0.279}

# The master is grown at half resolution: a ridge period of 8-11 pixels becomes 4-5.5, still well
# above two, and each iteration costs a sixteenth (a quarter of the pixels, a quarter of the taps).
MASTER_WIDTH_PIXELS: Final = 416
MASTER_HEIGHT_PIXELS: Final = 512
GROWN_SCALE: Final = 2

PERIOD_PIXELS: Final = (8.3, 10.2)
PERIOD_VARIATION: Final = 0.13

ORIENTATION_STEPS: Final = 48
PERIOD_STEPS: Final = 8
FILTER_RADIUS: Final = 6
SIGMA_ACROSS: Final = 0.42
SIGMA_ALONG: Final = 0.60
SEEDS: Final = (14, 30)
GROWING_ROUNDS: Final = 34

HEALING_ROUNDS: Final = 3
INSERTED_RIDGES: Final = (26, 44)
INSERTED_LENGTH: Final = (14.0, 55.0)
INSERTED_REACH: Final = 48

IMPRESSION_WIDTH_PIXELS: Final = 320
IMPRESSION_HEIGHT_PIXELS: Final = 400

# Minutiae level: candidate places lie on a jittered grid, which keeps them as far apart as on skin.
GRID_PIXELS: Final = 24
JITTER_PIXELS: Final = 9.5
PAD_PIXELS: Final = (150.0, 190.0)
MINUTIAE_OF_A_FINGER: Final = (38, 78)
PLACE_ERROR_PIXELS: Final = 1.7
ANGLE_ERROR_RADIANS: Final = 0.09
