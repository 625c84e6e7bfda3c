"""WSQ (wavelet scalar quantization, FBI) through the `wsq` package, which wraps the NIST decoder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def decode_wsq(data: bytes) -> tuple[NDArray[np.uint8], int | None]:
    import _wsq
    pixels, width, height, ppi = _wsq.decompress(data)
    return np.frombuffer(pixels, np.uint8).reshape(height, width).copy(), ppi
