"""The network's kernels again, written to be read: what they must compute, in numpy without tricks."""

from __future__ import annotations

import numpy as np


def multiply(product, source, first, offsets, target, at, stride, count):
    """`product` is a plain matrix [outputs, inputs] and a bias here."""
    matrix, bias = product
    for n in range(len(matrix)):
        for pixel in range(count):
            values = source[first + offsets + pixel]
            target[at + n * stride + pixel] = bias[n] + matrix[n] @ values


def activate(values):
    cube = 0.7978845834732056 * (values + 0.044714998453855515 * values**3)
    return 0.5 * values * (1 + np.tanh(cube))


def normalise(planes, norm):
    scale, shift = (part.reshape(-1, *[1] * (planes.ndim - 1)) for part in norm)
    return (planes - planes.mean(axis=0)) / np.sqrt(planes.var(axis=0) + 0.001) * scale + shift


def applied(product, planes):
    """A plain matrix [outputs, inputs] and a bias, at every pixel."""
    matrix, bias = product
    return np.tensordot(matrix, planes, axes=1) + bias.reshape(-1, *[1] * (planes.ndim - 1))


def mix(source, product, norm):
    return activate(normalise(applied(product, source), norm))


def expand(spread, skip, norm, wide, narrow, last):
    return applied(last, skip + applied(narrow, activate(applied(wide, normalise(spread, norm)))))


def refine(planes, norm, product):
    return activate(applied(product, normalise(planes, norm)))


def depthwise(source, windows, step=1):
    reach = windows.shape[1] // 2 * step
    grown = np.pad(source, ((0, 0), (reach, reach), (reach, reach)))
    total = np.zeros(source.shape)
    for j in range(windows.shape[1]):
        for k in range(windows.shape[2]):
            part = grown[:, j * step : j * step + source.shape[1], k * step : k * step + source.shape[2]]
            total += windows[:, j, k, None, None] * part
    return total


def convolved(source, windows, bias, step):
    """windows [outputs, channels, side, side] with `step` pixels between."""
    return np.stack([depthwise(source, window, step).sum(axis=0) for window in windows]) + bias[:, None, None]


def bottleneck(source, windows, norm, wide, narrow, last):
    return expand(depthwise(source, windows), source, norm, wide, narrow, last)


def depthwise_at(source, windows, y, x):
    return depthwise(source, windows)[:, y, x]


def begin(image, near, far, norm, highest):
    planes = np.concatenate([convolved(image[None], *near, 1), convolved(image[None], *far, 2)])
    fours = in_fours(activate(normalise(planes, norm)))
    return fours.max(axis=-1) if highest else fours.mean(axis=-1)


def in_fours(planes):
    corners = [planes[:, j::2, k::2] for j in (0, 1) for k in (0, 1)]
    return np.stack(corners, axis=-1)


def halve(planes):
    fours, half = in_fours(planes), len(planes) // 2
    return np.concatenate([fours[:half].max(axis=-1), fours[half:].mean(axis=-1)])


def double(planes):
    return planes.repeat(2, axis=1).repeat(2, axis=2)


def attend(source, near, middle, far, gate):
    seen = [activate(convolved(source, *part, step)) for part, step in ((near, 1), (middle, 3), (far, 6))]
    return open_gate(source, applied(gate, np.concatenate(seen)))


def open_gate(values, share):
    return values * (0.5 + 0.5 * np.tanh(share.astype(np.float64) / 2))


def keep_peaks(values):
    kept = np.zeros_like(values)
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            if values[y, x] == values[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4].max():
                kept[y, x] = values[y, x]
    return kept


def copy(source, target, count):
    """The target with the first `count` numbers of the source."""
    return np.concatenate((source[:count], target[count:]))


def take(planes, first, count, tile):
    """A tile float32[channels, width] whose first pixels are those of the planes from `first` on."""
    taken = tile.copy()
    taken[:, :count] = planes[:, first : first + count]
    return taken


def give(tile, planes, first, count):
    """Planes with the first pixels of a tile from `first` on."""
    given = planes.copy()
    given[:, first : first + count] = tile[:, :count]
    return given


def lines_of(count, width):
    """Where the rows of a flat tile start."""
    return [row * width for row in range(count)]


def add_shifted(values, places, factor, line):
    return line + factor * values[places]


def around(stride, step, side):
    """How far the pixels of a window lie from its middle, in a flat plane of that stride, row by row."""
    reach = range(-(side // 2), side // 2 + 1)
    return [down * step * stride + across * step for down in reach for across in reach]


def halve_line(upper, lower, highest):
    """Of each four pixels of two lines the highest, or their mean."""
    fours = np.stack((upper[::2], upper[1::2], lower[::2], lower[1::2]))
    return fours.max(axis=0) if highest else fours.mean(axis=0)
