"""The kernels of the gallery again, written to be read."""

from __future__ import annotations

import numpy as np


def gather(words, density, owners, among, minutiae, lanes=32):
    """Blocks of the fingers of some people, one after another, the last filled up with nothing; and whose they are."""
    chosen = [finger for finger, owner in enumerate(owners) if 0 <= owner < len(among) and among[owner]]
    blocks = -(-len(chosen) // lanes)
    gathered_words = np.zeros((blocks, minutiae, words.shape[2], lanes), np.uint64)
    gathered_density = np.zeros((blocks, minutiae, lanes), np.float32)
    for number, finger in enumerate(chosen):
        gathered_words[number // lanes, :, :, number % lanes] = words[finger // lanes, :minutiae, :, finger % lanes]
        gathered_density[number // lanes, :, number % lanes] = density[finger // lanes, :minutiae, finger % lanes]
    return gathered_words, gathered_density, [int(owners[finger]) for finger in chosen]


def add_up(owners, scores, people):
    """The scores of each person's fingers, added up; nobody (-1) and who came later are left out."""
    totals = [0] * people
    for owner, score in zip(owners, scores, strict=True):
        if 0 <= owner < people:
            totals[owner] += int(score)
    return totals
