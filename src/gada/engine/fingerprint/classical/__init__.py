"""Minutiae without a network: where the ridge wave has a dislocation.

A print is a wave almost everywhere, and a minutia is where a wave more begins: going round it once, the wave's phase
turns by 2 pi (Larkin and Fletcher, "A coherent framework for fingerprint analysis", Optics Express 15(14), 2007). So
nothing is binarised or thinned. The steps are the files: fields (direction and period), filtering (the wave, by
oriented filters), dislocations (where its phase turns), confidence (how sure), detect (all of it).
"""

from gada.engine.fingerprint.classical.detect import find

__all__ = ["find"]
