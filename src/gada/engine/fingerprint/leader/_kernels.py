"""Inner loops of the network in numba. What a layer calls has a plain twin in the tests' `plain.py`.

Everything is planes, float32[channels, height, width]: vectors run along pixels, so that normalising over
channels and every activation work without crossing lanes. Work on all channels of a pixel goes tile by
tile, float32[channels, TILE] flat, so that what lies between two products never leaves the cache.
"""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from gada.engine.fingerprint.leader._product import (
    COLUMNS,
    ROWS,
    TANH_ENDS,
    TANH_OVER,
    TANH_UNDER,
    activate,
    multiply,
)

TILE: Final = 192
"""Pixels worked on together: a multiple of COLUMNS on every processor."""


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def open_gate(values, share, target, count):
    """target = values * sigmoid(share), float32[count] each; the sigmoid by way of tanh."""
    for x in range(count):
        u = min(max(np.float32(0.5) * share[x], np.float32(-TANH_ENDS)), np.float32(TANH_ENDS))
        q, over, under = u * u, np.float32(0.0), np.float32(0.0)
        for factor in TANH_OVER:
            over = over * q + np.float32(factor)
        for factor in TANH_UNDER:
            under = under * q + np.float32(factor)
        target[x] = values[x] * (np.float32(0.5) + np.float32(0.5) * u * over / under)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def normalise(values, scale, shift, width):
    """Every pixel to mean 0 and deviation 1 over its channels, then scaled and shifted, in place.

    values float32[channels * width] flat, scale and shift float32[channels].
    """
    channels = scale.shape[0]
    mean, spread = np.zeros(width, np.float32), np.zeros(width, np.float32)
    share = np.float32(1.0) / np.float32(channels)
    for c in range(channels):
        line = values[c * width : (c + 1) * width]
        for i in range(width):
            mean[i] += line[i]
    for i in range(width):
        mean[i] *= share
    for c in range(channels):
        line = values[c * width : (c + 1) * width]
        for i in range(width):
            gap = line[i] - mean[i]
            line[i] = gap
            spread[i] += gap * gap
    for i in range(width):
        spread[i] = np.float32(1.0) / np.sqrt(spread[i] * share + np.float32(0.001))
    for c in range(channels):
        line = values[c * width : (c + 1) * width]
        factor, offset = scale[c], shift[c]
        for i in range(width):
            line[i] = line[i] * spread[i] * factor + offset


@njit(cache=True, nogil=True, error_model="numpy")
def copy(source, target, count):
    """The first `count` numbers of a line. (Assigning slices costs ten seconds of compiling: numba brings
    in everything that could be wrong with their shapes.)"""
    for x in range(count):
        target[x] = source[x]


@njit(cache=True, nogil=True, error_model="numpy")
def take(planes, first, count, tile):
    """Pixels first..first+count of float32[channels, pixels] into a flat tile."""
    for c in range(planes.shape[0]):
        copy(planes[c, first:], tile[c * TILE :], count)


@njit(cache=True, nogil=True, error_model="numpy")
def give(tile, planes, first, count):
    """A flat tile into pixels first..first+count of float32[channels, pixels]."""
    for c in range(planes.shape[0]):
        copy(tile[c * TILE :], planes[c, first:], count)


@njit(cache=True, nogil=True, error_model="numpy")
def lines_of(count):
    """Where the rows of a tile start: int64[count]."""
    starts = np.empty(count, np.int64)
    for row in range(count):
        starts[row] = row * TILE
    return starts


@njit(cache=True, nogil=True, error_model="numpy")
def mix(source, product, norm, target):
    """target = GELU(normalised(product of source)), pixel by pixel: float32[inputs or outputs, pixels].

    `product` is (weights, bias) as in `multiply`, `norm` is (scale, shift).
    """
    inside = np.zeros(source.shape[0] * TILE, np.float32)
    outside = np.zeros(product[1].shape[0] * TILE, np.float32)
    lines, used = lines_of(source.shape[0]), outside[: target.shape[0] * TILE]
    for first in range(0, source.shape[1], TILE):
        count = min(TILE, source.shape[1] - first)
        take(source, first, count, inside)
        multiply(product, inside, 0, lines, outside, 0, TILE, count)
        normalise(used, norm[0], norm[1], TILE)
        activate(used)
        give(used, target, first, count)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def expand(spread, skip, start, norm, wide, narrow, last, target):
    """target = last(skip + narrow(GELU(wide(normalised(spread))))): an inverted bottleneck.

    spread float32[channels, pixels], belonging to the pixels from `start` on of skip float32[channels, all]
    and target float32[outputs, all]; `wide`, `narrow` and `last` are (weights, bias) as in `multiply`, `norm`
    is (scale, shift).
    """
    channels, pixels = spread.shape
    inside = np.zeros(narrow[1].shape[0] * TILE, np.float32)
    between = np.zeros(wide[1].shape[0] * TILE, np.float32)
    outside = np.zeros(last[1].shape[0] * TILE, np.float32)
    lines, used = lines_of(wide[1].shape[0]), inside[: channels * TILE]
    for first in range(0, pixels, TILE):
        count = min(TILE, pixels - first)
        take(spread, first, count, inside)
        normalise(used, norm[0], norm[1], TILE)
        multiply(wide, inside, 0, lines, between, 0, TILE, count)
        activate(between)
        multiply(narrow, between, 0, lines, inside, 0, TILE, count)
        for c in range(channels):
            line, plain = inside[c * TILE : c * TILE + count], skip[c, start + first :]
            for i in range(count):
                line[i] += plain[i]
        multiply(last, inside, 0, lines, outside, 0, TILE, count)
        give(outside, target, start + first, count)


@njit(cache=True, nogil=True, error_model="numpy")
def refine(planes, norm, product):
    """planes = GELU(product of normalised planes), in place: float32[channels, pixels]."""
    channels, pixels = planes.shape
    inside = np.zeros(channels * TILE, np.float32)
    outside = np.zeros(product[1].shape[0] * TILE, np.float32)
    lines = lines_of(channels)
    for first in range(0, pixels, TILE):
        count = min(TILE, pixels - first)
        take(planes, first, count, inside)
        normalise(inside, norm[0], norm[1], TILE)
        multiply(product, inside, 0, lines, outside, 0, TILE, count)
        activate(outside)
        give(outside, planes, first, count)


@njit(cache=True, nogil=True, error_model="numpy")
def depthwise(source, bands, side, first, target):
    """Each plane with its own window of `side` squared, zeros around: float32[channels, height, width] into
    target float32[channels, rows, width], the rows from `first` on.

    bands float32[channels, (ROWS + side - 1) * side, ROWS]: the window moved down to each of ROWS lines,
    so that a product over one plane gives ROWS lines at once. Half of it is zeros, and still it is three
    times faster than line by line.
    """
    channels, height, width = source.shape
    rows, reach, wide = target.shape[1], side // 2, -(-width // COLUMNS) * COLUMNS
    grown = np.zeros((-(-rows // ROWS) * ROWS + side - 1, wide + side - 1), np.float32)
    flat, stride = grown.reshape(-1), grown.shape[1]
    top, bottom = max(0, first - reach), min(height, first + rows + reach)
    offsets = np.empty(bands.shape[1], np.int64)
    for k in range(bands.shape[1]):
        offsets[k] = k // side * stride + k % side
    bias, lines = np.zeros(ROWS, np.float32), np.empty(ROWS * wide, np.float32)
    for c in range(channels):
        for y in range(top, bottom):
            copy(source[c, y], grown[reach + y - first, reach:], width)
        for y in range(0, rows, ROWS):
            multiply((bands[c : c + 1], bias), flat, y * stride, offsets, lines, 0, wide, width)
            for r in range(min(ROWS, rows - y)):
                copy(lines[r * wide :], target[c, y + r], width)


@njit(cache=True, nogil=True, error_model="numpy")
def bottleneck(source, skip, bands, side, norm, wide, narrow, last, target):
    """`expand` of `depthwise`, a few rows at a time, so that what lies between them stays in the cache.

    source float32[channels, height, width], skip the same as [channels, pixels], target float32[outputs, pixels].
    """
    channels, height, width = source.shape
    for first in range(0, height, 2 * ROWS):
        spread = np.empty((channels, min(2 * ROWS, height - first), width), np.float32)
        depthwise(source, bands, side, first, spread)
        expand(spread.reshape((channels, -1)), skip, first * width, norm, wide, narrow, last, target)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def depthwise_at(source, windows, y, x, target):
    """`depthwise` at the places y, x int64[n] alone: windows float32[channels, side, side], target
    float32[channels, n]."""
    channels, height, width = source.shape
    side, reach = windows.shape[1], windows.shape[1] // 2
    grown = np.zeros((height + 2 * reach, width + 2 * reach), np.float32)
    flat, stride = grown.reshape(-1), grown.shape[1]
    corners = np.empty(y.shape[0], np.int64)
    for i in range(y.shape[0]):
        corners[i] = y[i] * stride + x[i]
    for c in range(channels):
        for row in range(height):
            copy(source[c, row], grown[reach + row, reach:], width)
        line = target[c]
        for i in range(line.shape[0]):
            line[i] = np.float32(0.0)
        for j in range(side):
            for k in range(side):
                add_shifted(flat[j * stride + k :], corners, windows[c, j, k], line)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def add_shifted(values, places, factor, line):
    """line[i] += factor * values[places[i]]."""
    for i in range(line.shape[0]):
        line[i] += factor * values[np.uint64(places[i])]


@njit(cache=True, nogil=True, error_model="numpy")
def around(stride, step, side, offsets, at):
    """Fills offsets[at:] with those of a window of `side` squared, its pixels `step` apart."""
    for j in range(side):
        for k in range(side):
            offsets[at + j * side + k] = (j - side // 2) * step * stride + (k - side // 2) * step


@njit(cache=True, nogil=True, error_model="numpy")
def begin(image, near, far, norm, highest, target):
    """First layer: windows of 5 x 5 over the image, `near` of neighbouring pixels, `far` of every second;
    normalised, GELU, and of four pixels the highest or their mean.

    image float32[height, width]; `near` and `far` are (weights, bias) as in `multiply`, of 25 inputs and
    half the outputs each; target float32[channels, height // 2, width // 2].
    """
    height, width = image.shape
    channels, wide = target.shape[0], -(-width // COLUMNS) * COLUMNS
    grown = np.zeros((height + 8, wide + 8), np.float32)
    for y in range(height):
        copy(image[y], grown[4 + y, 4:], width)
    flat, stride = grown.reshape(-1), grown.shape[1]
    close, apart = np.empty(25, np.int64), np.empty(25, np.int64)
    around(stride, 1, 5, close, 0)
    around(stride, 2, 5, apart, 0)
    lines = np.zeros((channels + ROWS) * 2 * wide, np.float32)
    used = lines[: channels * 2 * wide]
    for y in range(0, height, 2):
        for half in range(2):
            here = (y + half + 4) * stride + 4
            multiply(near, flat, here, close, lines, half * wide, 2 * wide, width)
            multiply(far, flat, here, apart, lines, (channels + half) * wide, 2 * wide, width)
        normalise(used, norm[0], norm[1], 2 * wide)
        activate(used)
        for c in range(channels):
            upper, lower = lines[2 * c * wide :], lines[(2 * c + 1) * wide :]
            halve_line(upper, lower, highest, target[c, y // 2])


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def halve_line(upper, lower, highest, target):
    """Two lines to one of half as many pixels: the highest of each four, or their mean."""
    for x in range(target.shape[0]):
        a, b, c, d = upper[2 * x], upper[2 * x + 1], lower[2 * x], lower[2 * x + 1]
        if highest:
            target[x] = max(max(a, b), max(c, d))
        else:
            target[x] = (a + b + c + d) * np.float32(0.25)


@njit(cache=True, nogil=True, error_model="numpy")
def halve(source, target):
    """The highest of four pixels in the first half of the planes, their mean in the second."""
    channels = source.shape[0]
    for c in range(channels):
        for y in range(target.shape[1]):
            halve_line(source[c, 2 * y], source[c, 2 * y + 1], 2 * c < channels, target[c, y])


@njit(cache=True, nogil=True, error_model="numpy")
def double(source, target):
    """Every pixel four times: float32[channels, height, width] into [channels, 2 height, 2 width]."""
    for c in range(source.shape[0]):
        for y in range(source.shape[1]):
            narrow, line = source[c, y], target[c, 2 * y]
            for x in range(narrow.shape[0]):
                line[2 * x] = narrow[x]
                line[2 * x + 1] = narrow[x]
            copy(line, target[c, 2 * y + 1], 2 * narrow.shape[0])


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def attend(source, near, middle, far, gate, target):
    """target = source * sigmoid(gate(three windows of 3 x 3 at steps 1, 3, 6, each through GELU)).

    source and target float32[channels, height, width]; `near`, `middle`, `far` (of 9 * channels inputs)
    and `gate` are (weights, bias) as in `multiply`.
    """
    channels, height, width = source.shape
    each = gate[0].shape[1] // 3
    grown = np.zeros((channels, height + 12, -(-width // COLUMNS) * COLUMNS + 12), np.float32)
    for c in range(channels):
        for y in range(height):
            copy(source[c, y], grown[c, 6 + y, 6:], width)
    flat, stride, plane = grown.reshape(-1), grown.shape[2], grown.shape[1] * grown.shape[2]
    offsets = np.empty((3, 9 * channels), np.int64)
    for scale, step in enumerate((1, 3, 6)):
        for c in range(channels):
            around(stride, step, 3, offsets[scale], 9 * c)
            for k in range(9 * c, 9 * c + 9):
                offsets[scale, k] += c * plane
    seen = np.zeros((3 * each + ROWS) * TILE, np.float32)
    share = np.zeros(gate[1].shape[0] * TILE, np.float32)
    lines = lines_of(3 * each)
    for y in range(height):
        for first in range(0, width, TILE):
            count, here = min(TILE, width - first), (y + 6) * stride + first + 6
            multiply(near, flat, here, offsets[0], seen, 0, TILE, count)
            multiply(middle, flat, here, offsets[1], seen, each * TILE, TILE, count)
            multiply(far, flat, here, offsets[2], seen, 2 * each * TILE, TILE, count)
            activate(seen)
            multiply(gate, seen, 0, lines, share, 0, TILE, count)
            for c in range(channels):
                open_gate(source[c, y, first:], share[c * TILE :], target[c, y, first:], count)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def keep_peaks(values, target):
    """values float32[height, width], none negative, where they are highest in 7 x 7 pixels; 0 elsewhere."""
    height, width = values.shape
    across = np.zeros((height + 6, width), np.float32)
    grown = np.zeros(width + 6, np.float32)
    for y in range(height):
        copy(values[y], grown[3:], width)
        line = across[y + 3]
        for k in range(7):
            beside = grown[k:]
            for x in range(width):
                line[x] = max(line[x], beside[x])
    for y in range(height):
        line, plain = target[y], values[y]
        copy(across[y], line, width)
        for j in range(1, 7):
            below = across[y + j]
            for x in range(width):
                line[x] = max(line[x], below[x])
        for x in range(width):
            line[x] = plain[x] if plain[x] == line[x] else np.float32(0.0)
