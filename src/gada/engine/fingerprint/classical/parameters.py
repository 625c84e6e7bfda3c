"""Constants of the classical extractor. *Measured*: chosen by the likelihood of confidences on every fourth real print,
each folder judged by weights that did not see it; none of them matters much (docs/fingerprint.md)."""

from __future__ import annotations

from typing import Final

GRID_PIXELS: Final = 2  # waves are known at every second pixel: ridges are at least 4.5 pixels apart
NORMALISED_REACH_PIXELS: Final = 12  # means and deviations are of squares of 25
LEAST_DEVIATION: Final = 6.0  # grey levels added to the deviation, so that paper stays quiet
MOST_DEVIATIONS: Final = 2.5

# --- fields (sigmas in steps of the grid; measured) --------------------------------------------------
SMOOTHED_PIXELS: Final = 0.8
NEAR_SIGMA: Final = 4.0
WIDE_SIGMA: Final = 8.0
WIDE_SHARE: Final = 0.35  # where a neighbourhood is of two minds, a wider one decides
PERIOD_SIGMA_BLOCKS: Final = 1.5
WAVE_SIGMA: Final = 3.0  # for what the wave itself tells of direction and period

# --- filters ---------------------------------------------------------------------------------------
DIRECTIONS: Final = 32
PERIODS_PIXELS: Final = (4.5, 5.0, 5.6, 6.3, 7.0, 7.8, 8.7, 9.7, 10.8, 12.0, 13.5)
FILTER_REACH_PIXELS: Final = 9
ALONG_SIGMA_PIXELS: Final = 4.0
ACROSS_SIGMA_PIXELS: Final = 3.2

# --- confidence ------------------------------------------------------------------------------------
RING_PERIODS: Final = (1.0, 1.5)  # how far from a minutia the wave must be strong
CROWD_PIXELS: Final = 40.0
NEIGHBOUR_PIXELS: Final = 6.0
MOST_CONTRAST: Final = 60.0  # grey levels
