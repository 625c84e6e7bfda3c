"""Names compared by number, in numba: exactly what `names.likeness_of` and `names.relate_names` say. Twins: the tests.

Each step first asks for what bounds cost next to nothing: from the letters that two words do not share follows how
many can match at most, and from that how alike they can be at most. Code against `likeness` and `relate`; `text` and
`rows` are those of a `wordlist.WordArrays`, i and j numbers of words, `form` one of LETTERS, HEARD, ROOT, BONES.

They make no arrays, so numba need not count who holds those they are handed (`_nrt=False`): more than half of the time.
"""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

import numpy as np
from numba import njit

from gada.engine.linkage import wordlist
from gada.engine.linkage.names import GRADE_CLOSE, GRADE_NEAR

STARTS, LENGTHS, MASKS = wordlist.STARTS, wordlist.LENGTHS, wordlist.MASKS
FAMILY, SOUND, IN_TABLE, FOLDED = (
    wordlist.FAMILY, wordlist.SOUND, wordlist.IN_TABLE, wordlist.FOLDED,
)  # fmt: skip
FIRST_LETTERS, FIRST_HEARD = wordlist.FIRST_LETTERS, wordlist.FIRST_HEARD
LETTERS, HEARD, ROOT, BONES = wordlist.LETTERS, wordlist.HEARD, wordlist.ROOT, wordlist.BONES
DIFFER, NEAR, CLOSE, EQUIVALENT, EXACT = range(5)
MARGIN = 1e-9  # bounds are summed in another order than grades
ZERO, ONE = np.uint64(0), np.uint64(1)
MOST_WORDS = 6


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def ones(bits):
    """How many bits are set: written as the compiler knows to be one instruction."""
    bits = np.uint64(bits)
    bits = bits - ((bits >> ONE) & np.uint64(0x5555555555555555))
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def place(i, form, rows):
    """Where a form of a word starts, and how long it is."""
    return np.int64(rows[i, STARTS + form]), np.int64(rows[i, LENGTHS + form])


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def most_matches(i, j, form, text, rows):
    """How many letters of two words can match one to one, at most."""
    ours, theirs = rows[i, MASKS + form], rows[j, MASKS + form]
    return min(place(i, form, rows)[1] - ones(ours & ~theirs), place(j, form, rows)[1] - ones(theirs & ~ours))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def common_start(i, j, form, text, rows):
    """With how many equal letters two words begin, counted up to four."""
    (a, la), (b, lb), k = place(i, form, rows), place(j, form, rows), 0
    while k < min(4, la, lb) and text[a + k] == text[b + k]:
        k += 1
    return k


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def most_jaro_winkler(i, j, form, start, text, rows):
    """What `jaro_winkler` can give at most, of a form whose first letters stand in column `start`."""
    m, la, lb = most_matches(i, j, form, text, rows), place(i, form, rows)[1], place(j, form, rows)[1]
    if m <= 0:
        return 0.0 if la + lb else 1.0
    jaro = (m / la + m / lb + 1.0) / 3.0
    parted = rows[i, start] ^ rows[j, start]
    shared = 0
    while shared < 4 and parted & np.uint32(0xFF) == 0:
        parted, shared = parted >> np.uint32(8), shared + 1
    return jaro + shared * 0.1 * (1.0 - jaro) + MARGIN


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def most_alike(i, j, form, text, rows):
    """What `alike` can give at most."""
    longest = max(place(i, form, rows)[1], place(j, form, rows)[1])
    return most_matches(i, j, form, text, rows) / longest + MARGIN if longest else 1.0


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def jaro_winkler(i, j, form, text, rows):
    """Jaro-Winkler of one form of two words, at most 64 letters each: prefix weight 0.1, above 0.7 only."""
    (a, la), (b, lb) = place(i, form, rows), place(j, form, rows)
    if la == 0 or lb == 0:
        return 1.0 if la == lb else 0.0
    reach = max(max(la, lb) // 2 - 1, 0)
    ours, theirs, m = ZERO, ZERO, 0
    for q in range(lb):
        letter = text[b + q]
        for p in range(max(0, q - reach), min(la, q + reach + 1)):
            if text[a + p] == letter and (ours >> np.uint64(p)) & ONE == ZERO:
                ours, theirs, m = ours | (ONE << np.uint64(p)), theirs | (ONE << np.uint64(q)), m + 1
                break
    if m == 0:
        return 0.0
    crossed, p = 0, 0
    for q in range(lb):
        if (theirs >> np.uint64(q)) & ONE:
            while (ours >> np.uint64(p)) & ONE == ZERO:
                p += 1
            crossed += text[a + p] != text[b + q]
            p += 1
    jaro = (m / la + m / lb + (m - crossed // 2) / m) / 3.0
    if jaro > 0.7:
        jaro = min(jaro + common_start(i, j, form, text, rows) * 0.1 * (1.0 - jaro), 1.0)
    return jaro


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def edits(i, j, form, text, rows):
    """Levenshtein's distance of a form of two words, at most 64 letters each (Myers 1999, as Hyyrö 2003 writes it)."""
    (a, la), (b, lb) = place(i, form, rows), place(j, form, rows)
    while la > 0 and lb > 0 and text[a] == text[b]:
        a, b, la, lb = a + 1, b + 1, la - 1, lb - 1
    while la > 0 and lb > 0 and text[a + la - 1] == text[b + lb - 1]:
        la, lb = la - 1, lb - 1
    if la == 0 or lb == 0:
        return max(la, lb)
    risen, fallen, distance, last = ~ZERO, ZERO, la, ONE << np.uint64(la - 1)
    for q in range(lb):
        equal = ZERO
        for p in range(la):
            equal |= np.uint64(text[a + p] == text[b + q]) << np.uint64(p)
        level = (((equal & risen) + risen) ^ risen) | equal | fallen
        up, down = fallen | ~(level | risen), level & risen
        distance += np.int64(up & last != ZERO) - np.int64(down & last != ZERO)
        up = (up << ONE) | ONE
        risen, fallen = (down << ONE) | ~(level | up), up & level
    return distance


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def alike(i, j, form, text, rows):
    """The share of letters that need no edit, of one form of two words."""
    longest = max(place(i, form, rows)[1], place(j, form, rows)[1])
    return 1.0 - edits(i, j, form, text, rows) / longest if longest else 1.0


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def is_one_slip(i, j, text, rows):
    """Whether one letter more, less or other, or two neighbours exchanged, is all that parts two words."""
    (a, la), (b, lb) = place(i, LETTERS, rows), place(j, LETTERS, rows)
    if abs(la - lb) > 1:
        return False
    while la > 0 and lb > 0 and text[a] == text[b]:
        a, b, la, lb = a + 1, b + 1, la - 1, lb - 1
    while la > 0 and lb > 0 and text[a + la - 1] == text[b + lb - 1]:
        la, lb = la - 1, lb - 1
    crossed = la == 2 and lb == 2 and text[a] == text[b + 1] and text[a + 1] == text[b]
    return max(la, lb) == 1 or crossed


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def grade(i, j, of_letters, least, text, rows):
    """`names.grade_of`, given the Jaro-Winkler of the letters; or -1 once it is sure to lie below `least`."""
    least = 5 * least - of_letters
    bones, heard = most_alike(i, j, BONES, text, rows), most_alike(i, j, HEARD, text, rows)
    if bones + heard + 2.0 < least:
        return -1.0
    room = bones + most_alike(i, j, ROOT, text, rows)
    sounds = most_jaro_winkler(i, j, HEARD, FIRST_HEARD, text, rows)
    if sounds + heard + room < least:
        return -1.0
    heard = alike(i, j, HEARD, text, rows)
    if sounds + heard + room < least:
        return -1.0
    sounds = jaro_winkler(i, j, HEARD, text, rows)
    if sounds + heard + room < least:
        return -1.0
    return (of_letters + sounds + heard + alike(i, j, ROOT, text, rows) + alike(i, j, BONES, text, rows)) / 5


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def judge(i, j, text, rows):
    """What `likeness` says, from the arrays themselves: to hand on all of `w` at each call would cost as much again."""
    if i == j:
        return EXACT
    same_family = rows[i, FAMILY] == rows[j, FAMILY]
    if same_family and (rows[i, SOUND] & FOLDED == 0 or rows[i, SOUND] == rows[j, SOUND]):
        return EQUIVALENT
    most = most_jaro_winkler(i, j, LETTERS, FIRST_LETTERS, text, rows)
    if rows[i, SOUND] & rows[j, SOUND] & IN_TABLE:
        return NEAR if most >= 0.9 and jaro_winkler(i, j, LETTERS, text, rows) >= 0.9 else DIFFER
    longest = max(rows[i, LENGTHS], rows[j, LENGTHS])
    slip = most_matches(i, j, LETTERS, text, rows) + 1 >= longest and is_one_slip(i, j, text, rows)
    if slip and min(rows[i, LENGTHS], rows[j, LENGTHS]) >= 4:
        return CLOSE
    if most < 0.75 and not slip and grade(i, j, most, GRADE_NEAR, text, rows) < 0.0:
        return DIFFER
    letters = jaro_winkler(i, j, LETTERS, text, rows)
    if letters >= 0.9 or (same_family and letters >= 0.75):
        return CLOSE
    found = grade(i, j, letters, GRADE_NEAR, text, rows)
    if found >= GRADE_CLOSE:
        return CLOSE
    return NEAR if slip or found >= GRADE_NEAR else DIFFER


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def likeness(i, j, w):
    """How alike the words i and j of `w` are: `names.likeness_of`, 0 (differ) to 4 (exact)."""
    return judge(i, j, w.text, w.rows)


@njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
def relate(a, b, w, share):
    """`names.relate_names` of two names given as word numbers, int32, -1 after the last; of six words each at most.

    `share` float64[families] says how many of 10 000 people bear each family. Gives the likeness (-1 where a name is
    missing), the rarest family that both have (its number; -1 for none), words shared, and words left.
    """
    text, rows = w.text, w.rows
    na = nb = 0
    while na < min(a.shape[0], MOST_WORDS) and a[na] >= 0:
        na += 1
    while nb < min(b.shape[0], MOST_WORDS) and b[nb] >= 0:
        nb += 1
    if na == 0 or nb == 0:
        return -1, -1, 0, 0
    # Three bits a pair of words, eighteen pairs to a number.
    first = second = best = 0
    for i in range(na):
        for j in range(nb):
            found = judge(a[i], b[j], text, rows)
            best = max(best, found)
            if found < CLOSE:
                continue
            if i < 3:
                first |= found << 3 * (i * MOST_WORDS + j)
            else:
                second |= found << 3 * ((i - 3) * MOST_WORDS + j)
    rarest, shared, ours, theirs = -1, 0, 0, 0
    while best >= CLOSE and shared < min(na, nb):
        level, x, y = DIFFER, -1, -1
        for i in range(na):
            for j in range(nb):
                if ours >> i & 1 or theirs >> j & 1:
                    continue
                found = (
                    first >> 3 * (i * MOST_WORDS + j) if i < 3 else second >> 3 * ((i - 3) * MOST_WORDS + j)
                ) & 7
                # Of pairs as alike, the one less out of order; then the later.
                if found > level or (found == level and abs(i - j) <= abs(x - y)):
                    level, x, y = found, i, j
        if level < CLOSE:
            break
        ours, theirs, shared = ours | 1 << x, theirs | 1 << y, shared + 1
        family = np.int64(rows[a[x], FAMILY])
        if level >= EQUIVALENT and (rarest < 0 or share[family] < share[rarest]):
            rarest = family
    left = min(na, nb) - shared
    if left > 0:
        # Moussa Ali and Hadiza Ali share a word, not a name.
        best = min(best, CLOSE if shared > left else NEAR)
    return best, rarest, shared, left
