"""Search keys of many people at once, in numba. Plain twin: `keys.search_keys`."""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

import numpy as np
from numba import njit

from gada.engine.linkage.keys import (
    DAY_GIVEN,
    DAY_SURNAME,
    DOCUMENT,
    GIVEN_FATHER_PLACE,
    GIVEN_FATHER_YEARS,
    GIVEN_MOTHER_PLACE,
    GIVEN_MOTHER_YEARS,
    GIVEN_PARENTS,
    MOST_KEYS,
    MOTHER_PLACE,
    NAMES_PLACE,
    NAMES_YEARS,
    PARENTS_YEARS,
    PHONE_GIVEN,
    PHONE_YEARS,
    SIDES_KEYED,
    SURNAME_FATHER_PLACE,
    SURNAME_MOTHER_YEARS,
    WIDTH_YEARS,
    WORDS_KEYED,
)

GOLDEN, FIRST, SECOND = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def mix(key, part):
    """One more part, uint64, into a key, uint64."""
    key = (key ^ part) + GOLDEN
    key = (key ^ (key >> np.uint64(30))) * FIRST
    key = (key ^ (key >> np.uint64(27))) * SECOND
    return key ^ (key >> np.uint64(31))


@njit(cache=True, nogil=True, error_model="numpy")
def keys_of_person(p, people, family, folded, placed, keys):
    """The keys of person number p into uint64[MOST_KEYS], each once; how many.

    `family` int32[words] says which family a word is of, `folded` uint64[families] and `placed` uint64[places]
    what stands for families and places in a key.
    """
    n = 0
    pool = np.zeros(WORDS_KEYED, np.uint64)
    given = np.zeros(SIDES_KEYED, np.uint64)
    surname = np.zeros(SIDES_KEYED, np.uint64)
    pooled, givens, surnames = 0, 0, 0
    for side in range(2):
        for k in range(people.names.shape[2]):
            word = people.names[p, side, k]
            if word < 0:
                break
            name = folded[family[word]]
            if pooled < WORDS_KEYED:
                pool[pooled] = name
                pooled += 1
            if side == 0 and givens < SIDES_KEYED:
                given[givens] = name
                givens += 1
            if side == 1 and surnames < SIDES_KEYED:
                surname[surnames] = name
                surnames += 1
    has_father, has_mother = people.names[p, 2, 0] >= 0, people.names[p, 3, 0] >= 0
    father = folded[family[people.names[p, 2, 0]]] if has_father else np.uint64(0)
    mother = folded[family[people.names[p, 3, 0]]] if has_mother else np.uint64(0)
    sex, phone = np.uint64(people.sex[p]), np.uint64(people.phone[p])
    has_place = people.place[p] >= 0
    place = placed[people.place[p]] if has_place else np.uint64(0)
    year, month, date = np.int64(people.birth[p, 0]), people.birth[p, 1], people.birth[p, 2]
    day = np.uint64((year * 100 + month) * 100 + date) if month > 0 else np.uint64(0)
    cuts = 2 if year > 0 else 0
    cut = np.zeros(2, np.uint64)
    cut[0] = year // WIDTH_YEARS * 2
    cut[1] = (year + WIDTH_YEARS // 2) // WIDTH_YEARS * 2 + 1
    for i in range(pooled):
        for j in range(i + 1, pooled):
            low, high = min(pool[i], pool[j]), max(pool[i], pool[j])
            for c in range(cuts):
                n = _add(keys, n, mix(mix(mix(np.uint64(NAMES_YEARS), low), high), cut[c]))
            if has_place:
                n = _add(keys, n, mix(mix(mix(np.uint64(NAMES_PLACE), low), high), place))
    for i in range(givens):
        name = given[i]
        if has_father and has_mother:
            n = _add(keys, n, mix(mix(mix(np.uint64(GIVEN_PARENTS), name), father), mother))
        for c in range(cuts):
            if has_mother:
                n = _add(keys, n, mix(mix(mix(np.uint64(GIVEN_MOTHER_YEARS), name), mother), cut[c]))
            if has_father:
                n = _add(keys, n, mix(mix(mix(np.uint64(GIVEN_FATHER_YEARS), name), father), cut[c]))
        if has_place and has_mother:
            n = _add(keys, n, mix(mix(mix(np.uint64(GIVEN_MOTHER_PLACE), name), mother), place))
        if has_place and has_father:
            n = _add(keys, n, mix(mix(mix(np.uint64(GIVEN_FATHER_PLACE), name), father), place))
        if phone > 0:
            n = _add(keys, n, mix(mix(np.uint64(PHONE_GIVEN), name), phone))
        if day > 0:
            n = _add(keys, n, mix(mix(np.uint64(DAY_GIVEN), name), day))
    for i in range(surnames):
        name = surname[i]
        for c in range(cuts):
            if has_mother:
                key = mix(mix(mix(np.uint64(SURNAME_MOTHER_YEARS), name), mother), sex)
                n = _add(keys, n, mix(key, cut[c]))
        if has_place and has_father:
            n = _add(keys, n, mix(mix(mix(np.uint64(SURNAME_FATHER_PLACE), name), father), place))
        if day > 0:
            n = _add(keys, n, mix(mix(mix(np.uint64(DAY_SURNAME), name), sex), day))
    if has_place and has_mother:
        n = _add(keys, n, mix(mix(mix(np.uint64(MOTHER_PLACE), mother), sex), place))
    for c in range(cuts):
        if phone > 0:
            n = _add(keys, n, mix(mix(mix(np.uint64(PHONE_YEARS), phone), sex), cut[c]))
        if has_father and has_mother:
            key = mix(mix(mix(np.uint64(PARENTS_YEARS), father), mother), sex)
            n = _add(keys, n, mix(key, cut[c]))
    for i in range(people.documents.shape[1]):
        if people.documents[p, i] > 0:
            n = _add(keys, n, mix(np.uint64(DOCUMENT), people.documents[p, i]))
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _add(keys, n, key):
    for i in range(n):
        if keys[i] == key:
            return n
    if n == keys.shape[0]:
        return n
    keys[n] = key
    return n + 1


@njit(cache=True, nogil=True, error_model="numpy")
def keys_of_people(first, last, part, bits, people, family, folded, placed, keys, owners):
    """The keys of people first..last-1 one after another into uint64[m], with whose each is, int32[m]; how many.

    Only keys whose first `bits` bits are `part`.
    """
    total = 0
    row = np.empty(MOST_KEYS, np.uint64)
    for p in range(first, last):
        n = keys_of_person(p, people, family, folded, placed, row)
        for i in range(n):
            if bits > 0 and row[i] >> np.uint64(64 - bits) != part:
                continue
            keys[total] = row[i]
            owners[total] = p
            total += 1
    return total
