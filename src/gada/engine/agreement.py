"""How far two readers of the same cases agree: share, Cohen's kappa, and whether agreement has fallen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z95 = 1.959964  # two-sided 95 % of a normal distribution


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


def share(hits: int, of: int) -> Estimate | None:
    """Wilson's interval of a proportion (Wilson 1927, JASA 22:209). None of nothing."""
    if of == 0:
        return None
    p, z2 = hits / of, Z95**2
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = Z95 / (1 + z2 / of) * math.sqrt(p * (1 - p) / of + z2 / (4 * of**2))
    return Estimate(p, max(0.0, middle - half) if hits else 0.0, min(1.0, middle + half) if hits < of else 1.0)


def kappa(pairs: Sequence[tuple[str, str]]) -> Estimate | None:
    """Cohen's kappa of (first reader's, second reader's) verdicts: agreement beyond what chance would give.

    The standard error is that of Fleiss, Cohen and Everitt 1969 (Psychological Bulletin 72:323), eq. 13. None when
    chance alone would agree always (both readers used one verdict only): kappa is then not defined.
    """
    count, verdicts = len(pairs), sorted({verdict for pair in pairs for verdict in pair})
    p = {(a, b): 0.0 for a in verdicts for b in verdicts}
    for pair in pairs:
        p[pair] += 1 / count
    first = {a: sum(p[a, b] for b in verdicts) for a in verdicts}
    second = {b: sum(p[a, b] for a in verdicts) for b in verdicts}
    agreed, by_chance = sum(p[a, a] for a in verdicts), sum(first[a] * second[a] for a in verdicts)
    if not count or by_chance > 1 - 1e-12:
        return None
    value = min(1.0, (agreed - by_chance) / (1 - by_chance))
    diagonal = sum(p[a, a] * (1 - (second[a] + first[a]) * (1 - value)) ** 2 for a in verdicts)
    beside = sum(p[a, b] * (second[a] + first[b]) ** 2 for a in verdicts for b in verdicts if a != b)
    spread = diagonal + (1 - value) ** 2 * beside - (value - by_chance * (1 - value)) ** 2
    half = Z95 * math.sqrt(max(0.0, spread) / count) / (1 - by_chance)
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half))


def chance_of_fall(agreed: int, of: int, *, before: int, of_before: int) -> float:
    """How likely so little agreement now is, were it the same as before: Fisher's exact test, one-sided.

    Each term follows from its neighbour, begun at the likeliest count, so that a hundred thousand cost milliseconds.
    """
    hits, misses = agreed + before, of - agreed + of_before - before
    lowest, highest = max(0, of - misses), min(of, hits)
    likeliest = min(highest, max(lowest, (of + 1) * (hits + 1) // (hits + misses + 2)))
    start = min(agreed, likeliest)
    first = math.exp(_log_ways(hits, start) + _log_ways(misses, of - start) - _log_ways(hits + misses, of))
    here = total = first
    for k in range(start, lowest, -1):
        here *= k * (misses - of + k) / ((hits - k + 1) * (of - k + 1))
        total += here
        if here < total * 1e-17:
            break
    here = first
    for k in range(start + 1, agreed + 1):
        here *= (hits - k + 1) * (of - k + 1) / (k * (misses - of + k))
        total += here
    return min(1.0, total)


def _log_ways(of: int, chosen: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)
