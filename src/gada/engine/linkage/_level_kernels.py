"""Levels of agreement of many pairs, and what they weigh, in numba. Plain twins: `levels.levels_of`, `evidence.py`."""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

import math

import numpy as np
from numba import njit

from gada.engine.linkage._word_kernels import judge, relate
from gada.engine.linkage.levels import ROUGH_FROM

GIVEN, SURNAME, FATHER, MOTHER, SEX, BIRTH, PLACE, PHONE, DOCUMENT = range(9)
NEAR, CLOSE, EQUIVALENT, EXACT = 1, 2, 3, 4
FAMILIES, SWAPPED, ROWS = 9, 13, 14  # a row of levels: the fields, the family of each name, whether swapped


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def likeness(i, j, text, rows):
    """`judge`, compiled once for all its callers here: laid into each, it takes half a minute to compile."""
    return judge(i, j, text, rows)


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def levels_of(i, j, people, words, places, parents, share, row, spare):
    """How far people i and j agree, into int32[ROWS]: a level by field or -1, families of names shared or -1, swapped.

    `spare` int32[2, words of a name] is room to work in. `words`, `places` are WordArrays of names and of places,
    `parents` uint64[places] what a place code lies in or 0, `share` float64[4, families] how common a family is as
    given name, surname, father's, mother's name.
    """
    for k in range(ROWS):
        row[k] = -1
    row[SWAPPED] = 0
    _given_and_surname(i, j, people.names, words, share, row, spare)
    for parent in range(FATHER, MOTHER + 1):
        if people.names[i, parent, 0] >= 0 and people.names[j, parent, 0] >= 0:
            _parent(i, j, parent, people.names, words, share, row, spare)
    if people.sex[i] > 0 and people.sex[j] > 0:
        row[SEX] = people.sex[i] == people.sex[j]
    if people.birth[i, 0] > 0 and people.birth[j, 0] > 0:
        row[BIRTH] = birth_level(i, j, people.birth)
    one, other = people.place[i], people.place[j]
    if one >= 0 and other >= 0:
        if one == other:
            row[PLACE] = 2
        elif parents[one] != 0 and parents[one] == parents[other]:
            row[PLACE] = 1
        else:
            row[PLACE] = likeness(one, other, places.text, places.rows) >= CLOSE
    if people.phone[i] > 0 and people.phone[j] > 0:
        row[PHONE] = phone_level(people.phone[i], people.phone[j])
    if people.documents[i, 0] != 0 and people.documents[j, 0] != 0:
        row[DOCUMENT] = document_level(i, j, people.documents, people.types)


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def document_level(i, j, documents, types):
    """1 where people i and j share a document, 0 where they have others of one type, else -1.

    uint64[n, m] digests of documents and of their types, 0 for none.
    """
    level = -1
    for k in range(documents.shape[1]):
        for m in range(documents.shape[1]):
            if documents[i, k] == 0 or documents[j, m] == 0:
                continue
            if documents[i, k] == documents[j, m]:
                return 1
            if types[i, k] == types[j, m]:
                level = 0
    return level


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def birth_level(i, j, birth):
    """The level of the births of people i and j; int16[n, 3] year, month, day, month 0 if only the year is known."""
    precise = birth[i, 1] > 0 and birth[j, 1] > 0
    apart = abs(np.int64(birth[i, 0]) - np.int64(birth[j, 0]))
    if precise:
        month, day = birth[i, 1] == birth[j, 1], birth[i, 2] == birth[j, 2]
        if apart == 0 and month and day:
            return 0
        if apart == 0 and birth[i, 1] == birth[j, 2] and birth[i, 2] == birth[j, 1]:
            return 1
        if apart <= 10 and np.int64(apart == 0) + np.int64(month) + np.int64(day) == 2:
            return 1
    level = 2 if apart == 0 else 3 if apart <= 2 else 4 if apart <= 5 else 5 if apart <= 10 else 6
    return level if precise else level + ROUGH_FROM - 2


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def phone_level(x, y):
    """Two numbers of eight digits: 2 the same, 1 one digit off, 0 another number."""
    if x == y:
        return 2
    off = 0
    while off < 2 and (x > 0 or y > 0):
        off += x % 10 != y % 10
        x //= 10
        y //= 10
    return 1 if off == 1 else 0


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def _given_and_surname(i, j, names, words, share, row, spare):
    given, given_family = _related(i, j, GIVEN, GIVEN, names, words, share, GIVEN, spare)
    surname, surname_family = _related(i, j, SURNAME, SURNAME, names, words, share, SURNAME, spare)
    straight = max(given, 0) + max(surname, 0)
    row[GIVEN], row[SURNAME] = given, surname
    row[FAMILIES], row[FAMILIES + 1] = given_family, surname_family
    if straight == EXACT + EXACT or given < 0 or surname < 0:
        return
    one, one_family = _related(i, j, GIVEN, SURNAME, names, words, share, GIVEN, spare)
    if one < NEAR:
        return
    other, other_family = _related(i, j, SURNAME, GIVEN, names, words, share, SURNAME, spare)
    if other >= NEAR and max(one, other) >= EQUIVALENT and one + other > straight:
        # Whoever is i and who j: the more alike is called the given name; of two as alike, what strangers bear oftener.
        as_found = share[GIVEN, one_family] * share[SURNAME, other_family]
        if other > one or (other == one and share[GIVEN, other_family] * share[SURNAME, one_family] > as_found):
            one, one_family, other, other_family = other, other_family, one, one_family
        row[GIVEN], row[SURNAME], row[SWAPPED] = one, other, 1
        row[FAMILIES], row[FAMILIES + 1] = one_family, other_family


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def _related(i, j, ours, theirs, names, words, share, as_name, spare):
    """Likeness of the name `ours` of person i and `theirs` of j, -1 where missing, and the rarest family they share."""
    x, y = names[i, ours, 0], names[j, theirs, 0]
    if x < 0 or y < 0:
        return -1, -1
    if names[i, ours, 1] < 0 and names[j, theirs, 1] < 0:
        level = likeness(x, y, words.text, words.rows)
        return level, np.int64(words.family[x]) if level >= EQUIVALENT else -1
    for k in range(spare.shape[1]):
        spare[0, k], spare[1, k] = names[i, ours, k], names[j, theirs, k]
    level, family, _, _ = relate(spare[0], spare[1], words, share[as_name])
    return level, np.int64(family)


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def _parent(i, j, parent, names, words, share, row, spare):
    """A parent's name, without words of a family that both bear as their own family name."""
    n = _without_own(i, i, j, parent, names, words.family, spare, 0)
    m = _without_own(j, i, j, parent, names, words.family, spare, 1)
    if n == 0 or m == 0:
        return
    if n == 1 and m == 1:
        level = likeness(spare[0, 0], spare[1, 0], words.text, words.rows)
        row[parent] = level
        row[FAMILIES + parent] = words.family[spare[0, 0]] if level >= EQUIVALENT else -1
        return
    row[parent], row[FAMILIES + parent], _, _ = relate(spare[0], spare[1], words, share[parent])


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def _without_own(whose, i, j, parent, names, family, spare, side):
    n = 0
    for k in range(names.shape[2]):
        word = names[whose, parent, k]
        if word < 0:
            break
        if not (_bears(i, family[word], names, family) and _bears(j, family[word], names, family)):
            spare[side, n] = word
            n += 1
    for k in range(n, names.shape[2]):
        spare[side, k] = -1
    return n


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def _bears(p, surname, names, family):
    for k in range(names.shape[2]):
        word = names[p, SURNAME, k]
        if word < 0:
            return False
        if family[word] == surname:
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def weigh(row, weights, share, part):
    """What a row of levels says of the three stories, as (same, kin, strangers), log2 of how likely each makes it.

    `weights` is the model's Weights; kin is the mixture of its kinds, their shares included, and leaves in `part`,
    float64[kinds], how much each kind contributes, up to a factor.
    """
    same, strangers = 0.0, 0.0
    kinds = weights.kin.shape[0]
    for k in range(kinds):
        part[k] = weights.kin_share[k]
    together = row[GIVEN] >= EQUIVALENT and row[BIRTH] >= 0 and (row[BIRTH] < 4 or 7 <= row[BIRTH] < 9)
    for field in range(DOCUMENT + 1):
        level = row[field]
        if level < 0:
            continue
        chance = weights.strangers[field, level]
        if field <= MOTHER and level >= EQUIVALENT:
            chance += math.log2(share[field, row[FAMILIES + field]])
            for k in range(kinds):
                part[k] += max(weights.kin[k, field, level], chance)
        else:
            for k in range(kinds):
                part[k] += weights.kin[k, field, level]
        same += weights.same[field, level]
        strangers += chance
    extra = 0.0
    if row[SWAPPED] == 1:
        same += weights.swapped
        extra += weights.swapped
    if together:
        extra += weights.namesakes
    top = part[0]
    for k in range(1, kinds):
        top = max(top, part[k])
    total = 0.0
    for k in range(kinds):
        part[k] = 2.0 ** (part[k] - top)
        total += part[k]
    return same, top + math.log2(total) + extra, strangers


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def weigh_each(left, right, people, words, places, parents, share, weights, said, row, spare, part):
    """`weigh_pairs`, given the room to work in: without arrays of its own it counts no references."""
    for k in range(left.shape[0]):
        levels_of(left[k], right[k], people, words, places, parents, share, row, spare)
        said[k, 0], said[k, 1], said[k, 2] = weigh(row, weights, share, part)


@njit(cache=True, nogil=True, error_model="numpy")
def weigh_pairs(left, right, people, words, places, parents, share, weights, said):
    """What each pair of people left[k], right[k] int32[n] says of the three stories, into float64[n, 3] (log2)."""
    row, part = np.empty(ROWS, np.int32), np.empty(weights.kin.shape[0])
    spare = np.empty((2, people.names.shape[2]), np.int32)
    weigh_each(left, right, people, words, places, parents, share, weights, said, row, spare, part)


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def levels_of_each(left, right, people, words, places, parents, share, rows, spare):
    """`levels_of_pairs`, given the room to work in."""
    for k in range(left.shape[0]):
        levels_of(left[k], right[k], people, words, places, parents, share, rows[k], spare)


@njit(cache=True, nogil=True, error_model="numpy")
def levels_of_pairs(left, right, people, words, places, parents, share, rows):
    """The levels of each pair of people left[k], right[k] int32[n], into int32[n, ROWS]."""
    spare = np.empty((2, people.names.shape[2]), np.int32)
    levels_of_each(left, right, people, words, places, parents, share, rows, spare)
