"""Words of names as numbers, so that kernels compare millions of pairs without touching text.

Each word is analysed once, as `names.py` would analyse it, and appended; a number never changes its word.
"""

from __future__ import annotations

from array import array
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gada.engine.linkage.names import (
    FILIATION,
    LONGEST_WORD,
    SERVANT,
    TITLES,
    family_of,
    forms_of,
    is_spelling,
    sound_of,
    words_of,
)

FORMS: Final = 4
LETTERS, HEARD, ROOT, BONES = range(FORMS)
"""Of a word: its letters, and the three loosened forms of `names.forms_of`."""
STARTS, LENGTHS, MASKS, FAMILY, SOUND, FIRST_LETTERS, FIRST_HEARD, COLUMNS = 0, 4, 8, 12, 13, 14, 15, 16
IN_TABLE, FOLDED = 1, 2


class WordArrays(NamedTuple):
    """n words for `_word_kernels.likeness(i, j, w)` and `.relate(a, b, w, share)`.

    `text` holds the letters of all forms one after another, each letter as a number that stands for it alone. A word's
    row of 64 bytes says of its form f where that starts (column STARTS + f), how long it is (LENGTHS + f) and which
    letters occur, a bit each (MASKS + f; beyond a to z they share bits); then the number of its family (also in
    `family`; `WordList.family_names` says which); four times the number of its sound, and whether the table has its
    spelling (IN_TABLE) or not even its family (FOLDED); and the first four letters, a byte each, as written and heard.
    """

    text: NDArray[np.uint16]  # [letters]
    rows: NDArray[np.uint32]  # [n, COLUMNS]
    family: NDArray[np.int32]  # [n]


class WordList:
    """Words by number, in the order in which they were first seen."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._pieces: dict[str, tuple[int, ...] | None] = {}
        self._families: dict[str, int] = {}
        self._sounds: dict[str, int] = {}
        self._letters: dict[str, int] = {chr(97 + i): i + 1 for i in range(26)}
        self._text = array("H")
        self._rows = array("I")
        self._arrays: WordArrays | None = None

    def __len__(self) -> int:
        return len(self._numbers)

    def words(self) -> list[str]:
        """The word of each number."""
        return list(self._numbers)

    def family_names(self) -> list[str]:
        """What `family_of` calls each family number."""
        return list(self._families)

    def number_of(self, word: str) -> int:
        """The number of a plain word, as `words_of` gives it; of a longer one `LONGEST_WORD` letters count."""
        number = self._numbers.get(word)
        return self._append(word) if number is None else number

    def numbers_of(self, name: str) -> tuple[int, ...]:
        """The numbers of `words_of(name)`. About a third of a microsecond where its parts were seen before."""
        numbers: tuple[int, ...] = ()
        for piece in name.split():
            try:
                known = self._pieces[piece]
            except KeyError:
                known = self._pieces[piece] = self._piece(piece)
            if known is None:
                break
            numbers += known
        else:
            if numbers:
                return numbers
        return tuple(self.number_of(word) for word in words_of(name))

    def _piece(self, piece: str) -> tuple[int, ...] | None:
        """The numbers of a part between spaces, or None where what stands beside it changes what it means."""
        words = words_of(piece)
        if any(SERVANT.match(word) for word in words):
            return None
        if any(word in TITLES or word in FILIATION for word in words):
            # Alone they are kept as the name itself; beside a name they fall away.
            return ()
        return tuple(self.number_of(word) for word in words)

    def _append(self, word: str) -> int:
        number = self._numbers[word] = len(self._numbers)
        starts, lengths, masks, first = [], [], [], []
        for form in (word[:LONGEST_WORD], *forms_of(word[:LONGEST_WORD])):
            codes = [self._letters.setdefault(c, len(self._letters) + 1) & 0xFFFF for c in form]
            starts.append(len(self._text))
            lengths.append(len(codes))
            masks.append(sum({1 << code % 32 for code in codes}))
            first.append(sum((code & 0xFF) << 8 * k for k, code in enumerate(codes[:4])))
            self._text.extend(codes)
        family, sound = family_of(word), sound_of(word)
        kind = IN_TABLE * is_spelling(word) + FOLDED * family.startswith("~")
        heard = 4 * _numbered(self._sounds, sound) + kind
        self._rows.extend(
            (*starts, *lengths, *masks, _numbered(self._families, family), heard, *first[: HEARD + 1])
        )
        self._arrays = None
        return number

    def arrays(self) -> WordArrays:
        """All words so far, copied; the same arrays until another word is added."""
        if self._arrays is None:
            rows = np.array(self._rows, np.uint32).reshape(-1, COLUMNS)
            text = np.array(self._text, np.uint16)
            self._arrays = WordArrays(text, rows, np.ascontiguousarray(rows[:, FAMILY]).astype(np.int32))
        return self._arrays


def _numbered(numbers: dict[str, int], text: str) -> int:
    return numbers.setdefault(text, len(numbers))
