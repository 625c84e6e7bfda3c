"""Fingers nobody has, so that a demonstration needs nobody's real ones.

`a_finger(seed).impression(seed)` is an image for the real extractor; `minutiae_finger(seed).impression(seed)`
is a template at once, thousands a second, for large galleries.
"""

from gada.engine.fingerprint.synthetic.fingers import SyntheticFinger, a_finger
from gada.engine.fingerprint.synthetic.minutiae import MinutiaeFinger, minutiae_finger

__all__ = ["MinutiaeFinger", "SyntheticFinger", "a_finger", "minutiae_finger"]
