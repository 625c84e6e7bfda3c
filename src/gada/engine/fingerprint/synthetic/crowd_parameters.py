"""What the fingers of a crowd are made of, and why: chosen until `bench/crowd.py` found them like real ones.

The real ones are 760 prints of the four real sensors of FVC2002 set B and U.are.U 4000, as this engine reads them;
what stands here are aggregate figures of them and laws that lead there, nobody's minutiae. Pixels are of 500 dpi,
clearness is the logit of a minutia's confidence.
"""

from __future__ import annotations

from typing import Final

# --- flow: as in `orientation`, but for the deltas -------------------------------------------------
# Averaged over people, ridges beside and below the core run upright down to the lower rim of a print. With deltas a
# hundred pixels below the core they lay level there, and strangers had too little in common.
CORE: Final = (0.0, 25.0)
CORE_SPREAD: Final = 15.0
TENTED_LOWER: Final = 20.0
TENTED_DELTA_BELOW: Final = (80.0, 130.0)
WHORL_HIGHER: Final = 15.0
WHORL_CORES_APART: Final = (35.0, 110.0)
LOOP_DELTA: Final = (70.0, -190.0)
WHORL_DELTA: Final = (110.0, -170.0)
DELTA_SPREAD: Final = 20.0
ARCH_BEND: Final = 0.75
BEND: Final = 0.55
WAVE: Final = (0.09, 0.016, 0.016)  # amplitude in radians, then radians a pixel along both axes
OFF_FLOW_RADIANS: Final = (0.08, 0.5)  # of a clear minutia, and more of a faint one; the same in every touch

# --- minutiae of a finger --------------------------------------------------------------------------
PAD_PIXELS: Final = (166.0, 226.0)  # half axes of the skin that has minutiae
GRID_PIXELS: Final = 20  # fewer of the places are taken than on a wide grid: minutiae gather more by chance
JITTER_PIXELS: Final = 6.5
PAD_SPREAD: Final = 0.07
MINUTIAE: Final = (66.0, 15.0)  # mean and spread on a pad of the usual size
FEWEST_MINUTIAE: Final = 18
MOST_MINUTIAE: Final = 108
AROUND_SINGULARITIES: Final = 0.3  # so many times as many more are there
OPENING_STEP_PIXELS: Final = 6.0
SURPLUS_PER_OPENING: Final = 115.0
"""Where ridges part, new ones begin, all pointing the same way: the surplus of minutiae of one sense over the other in
an area is the divergence of the flow over the ridge period, or else the ridges would not keep their distance. With a
period of 9 pixels and one minutia in 1 000 to 2 000 square pixels (inside the hull of real ones it is 1 230) that
surplus, as a share of all, is 110 to 220 times the divergence."""

# --- clearness: it belongs to the finger, the minutia, the place and the touch ----------------------
CLEAREST: Final = 5.0
CLEARNESS_OF_A_FINGER: Final = 0.6
FAINTER: Final = 1.75  # mean of an exponential: most minutiae are clear, a long tail is not
PATCHES: Final = 1.2  # parts of a finger that are worn or moist are fainter
PATCH_WAVE: Final = 0.02  # radians a pixel
MORE_IN_PATCHES: Final = 0.33  # and an extractor sees more minutiae there
PATCHES_OF_A_TOUCH: Final = 0.3
NOISE: Final = 2.5
USUAL_NOISE: Final = 0.26
AT_THE_RIM: Final = 0.8
OF_A_TOUCH: Final = (0.1, 0.24)  # what else differs between touches; the second for each unit below CLEAREST
LEAST: Final = -1.36  # a confidence of 0.2: below, the extractor tells nothing
HIGHEST_QUALITY: Final = 97.7
FALSE_MINUTIAE: Final = (3.0, 8.0)  # mean number of a touch, and more with noise
MOST_FALSE: Final = 24
FALSE_FAINTER: Final = (-1.4, 1.0)
FALSE_OFF_FLOW_RADIANS: Final = 0.2

# --- touch -----------------------------------------------------------------------------------------
REACH_PIXELS: Final = (128.0, 188.0)  # half axes of what a whole touch shows
FULL_CONTACT: Final = 1.02
CONTACT_OF_A_FINGER: Final = 0.06
LESS_CONTACT: Final = 0.1
CONTACT: Final = (0.35, 1.1)
ASIDE_PIXELS: Final = (18.0, 22.0)  # of what is shown from the middle of the pad
PLACED_PIXELS: Final = 10.0
TURNED_RADIANS: Final = 0.11
TWIST_RADIANS: Final = 0.047
PUSH_PIXELS: Final = 2.8
PLACE_ERROR_PIXELS: Final = 0.95  # of a clear minutia; up to twice as much of a faint one
ANGLE_ERROR_RADIANS: Final = 0.028  # of a clear minutia; up to four times as much of a faint one
FAINT_PLACE_ERROR: Final = 1.0
FAINT_ANGLE_ERROR: Final = 3.0
