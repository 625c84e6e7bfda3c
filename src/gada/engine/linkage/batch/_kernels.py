"""Inner loops of batch linkage, in numba: pairs out of blocks, what the stories expect, one to one."""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

import numpy as np
from numba import njit

from gada.engine.linkage._level_kernels import DOCUMENT, SWAPPED, weigh


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def pairs_of_blocks(first, last, starts, members, offsets, blocks, registration, every, small, reasons, left, right):
    """Pairs of people of blocks first..last-1, each pair only in the first block it shares; how many.

    Block b holds members[starts[b]:starts[b + 1]], int32, ascending; person p is in blocks[offsets[p]:offsets[p + 1]],
    ascending. People of one registration make no pair; nor do those who share no block of `small` people or fewer,
    unless they share so many blocks as `reasons` says. Of `every` people only one in so many is looked up. left, right
    int32 must be long enough for every pair of these blocks.
    """
    n = 0
    for b in range(first, last):
        is_small = starts[b + 1] - starts[b] <= small
        for x in range(starts[b], starts[b + 1]):
            p = members[x]
            if every > 1 and (p * 2654435761) % 4294967296 % every != 0:
                continue
            for y in range(x + 1, starts[b + 1]):
                q = members[y]
                if registration[p] >= 0 and registration[p] == registration[q]:
                    continue
                i, j = offsets[p], offsets[q]
                while blocks[i] != blocks[j]:
                    if blocks[i] < blocks[j]:
                        i += 1
                    else:
                        j += 1
                if blocks[i] != b:
                    continue
                shared, enough = 1, is_small or reasons <= 1
                i, j = i + 1, j + 1
                while not enough and i < offsets[p + 1] and j < offsets[q + 1]:
                    if blocks[i] < blocks[j]:
                        i += 1
                    elif blocks[j] < blocks[i]:
                        j += 1
                    else:
                        shared += 1
                        enough = shared == reasons or starts[blocks[i] + 1] - starts[blocks[i]] <= small
                        i, j = i + 1, j + 1
                if enough:
                    left[n] = p
                    right[n] = q
                    n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def expect(rows, weights, share, priors, counts, kin_counts, totals):
    """One step of expectation: add how much each pair belongs to each story to what is counted of its levels.

    rows int32[n, ROWS] are levels of pairs; priors float64[3] log2 for the same person, kin, strangers;
    counts float64[2, fields, levels] of the same person and of strangers; kin_counts float64[kinds, fields, levels];
    totals float64[3 + kinds + 1]: pairs of each story, of each kind of kin, swapped names of one person.
    """
    kinds = weights.kin.shape[0]
    part = np.empty(kinds)
    for n in range(rows.shape[0]):
        row = rows[n]
        same, kin, strangers = weigh(row, weights, share, part)
        same, kin, strangers = same + priors[0], kin + priors[1], strangers + priors[2]
        top = max(same, kin, strangers)
        same, kin, strangers = 2.0 ** (same - top), 2.0 ** (kin - top), 2.0 ** (strangers - top)
        total = same + kin + strangers
        same, kin, strangers = same / total, kin / total, strangers / total
        totals[0] += same
        totals[1] += kin
        totals[2] += strangers
        whole = part.sum()
        for k in range(kinds):
            part[k] = part[k] / whole * kin
            totals[3 + k] += part[k]
        totals[3 + kinds] += same * row[SWAPPED]
        for field in range(DOCUMENT + 1):
            level = row[field]
            if level < 0:
                continue
            counts[0, field, level] += same
            counts[1, field, level] += strangers
            for k in range(kinds):
                kin_counts[k, field, level] += part[k]


@njit(cache=True, nogil=True, error_model="numpy")
def blocks_of_members(starts, members, where, blocks):
    """The blocks that each person is in, ascending, int32: those of person p from where[p] on. Changes `where`."""
    for b in range(starts.shape[0] - 1):
        for x in range(starts[b], starts[b + 1]):
            blocks[where[members[x]]] = b
            where[members[x]] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def pairs_within(order, starts, left, right, most):
    """Pairs registered together: group g holds order[starts[g]:starts[g + 1]]. How many, `most` at most."""
    n = 0
    for g in range(starts.shape[0] - 1):
        for x in range(starts[g], starts[g + 1]):
            for y in range(x + 1, starts[g + 1]):
                if n == most:
                    return n
                left[n] = order[x]
                right[n] = order[y]
                n += 1
    return n
