"""The kernels of linkage again, written to be read. Words and forms are text here, not numbers."""

from __future__ import annotations

from collections import Counter

from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from gada.engine.linkage.names import grade_of, likeness_of, relate_names


def ones(bits):
    return bits.bit_count()


def place(forms, form):
    """Where a form starts in the text of its word, and how long it is."""
    return sum(map(len, forms[:form])), len(forms[form])


def most_matches(a, b):
    """At least as many letters as the two have in common, however often each."""
    return sum((Counter(a) & Counter(b)).values())


def common_start(a, b):
    return next(
        (k for k, (x, y) in enumerate(zip(a[:4], b[:4], strict=False)) if x != y), min(4, len(a), len(b))
    )


def jaro_winkler(a, b):
    return JaroWinkler.similarity(a, b)


def most_jaro_winkler(a, b):
    """Never less than this."""
    return jaro_winkler(a, b)


def edits(a, b):
    return Levenshtein.distance(a, b)


def alike(a, b):
    return Levenshtein.normalized_similarity(a, b)


def most_alike(a, b):
    """Never less than this."""
    return alike(a, b)


def is_one_slip(a, b):
    return OSA.distance(a, b) == 1


def grade(a, b):
    return grade_of(a, b)


def judge(a, b):
    return int(likeness_of(a, b))


def likeness(a, b):
    return int(likeness_of(a, b))


def relate(a, b):
    """The likeness, the family shared, words shared and words left; a name that is missing has likeness -1."""
    found = relate_names(a, b)
    return (
        (int(found.likeness), found.family, found.words_shared, found.words_left) if found else (-1, "", 0, 0)
    )
