"""Compile the kernels, once for an installation: afterwards no first finger has to wait for it.

usage: python -m gada.engine.compiling
"""

from __future__ import annotations

from uuid import UUID

from gada.engine.fingerprint import FingerprintImage, compare, extract
from gada.engine.fingerprint.synthetic import a_finger, minutiae_finger
from gada.engine.gallery import Gallery

_PEOPLE = 256  # more than are compared without a scan


def compile_kernels() -> None:
    """Extract one invented finger by either extractor, find it among some, compare it: numba keeps all their kernels.

    Not those of `gada fingerprint evaluate`, which compares everybody with everybody: it compiles what it lacks.
    """
    image = FingerprintImage(a_finger(1).impression(1), 500)
    template = extract(image)
    extract(image, extractor="classical")
    gallery = Gallery()
    gallery.add_many((UUID(int=n), {2: minutiae_finger(n).impression(1)}) for n in range(_PEOPLE))
    gallery.search({2: template})
    compare(template, template)


if __name__ == "__main__":
    compile_kernels()
