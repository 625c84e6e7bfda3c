"""Names as clerks write them: folded for finding, compared by degrees for judging, weighted by rarity.

Three layers (research C, section 4): a hand-made table of families of spellings (`names.tsv`), a folding
by sound for what the table lacks, and Jaro-Winkler for slips of the pen. Folding alone proves nothing; it
only brings two people together so that they can be compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from importlib.resources import files

from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from gada.engine.linkage.scripts import romanised

FILIATION_WORDS = "ag ould wuld oueld walad ben bin ibn bint mint walet wallet oult weld ouled ap"
TITLE_WORDS = (
    "el al elhadj elhadji elhaj elhadje alhaji alhadji alhaj alhadj hadj hadji haji hajj hadja hajia hajiya "
    "hadjia alhajia alhaja elhajj hajja malam mallam malama mr mrs ms mme mlle monsieur madame dr dit dite nee"
)
FILIATION, TITLES = frozenset(FILIATION_WORDS.split()), frozenset(TITLE_WORDS.split())
SERVANT = re.compile(r"^(?:abd|abdo|abdou|abdu|abdoul|abdul|abdel|abdal|abder|abdour|abdur|abdus|abdous)$")
SERVANT_ALONE = frozenset(("abdou", "abdo", "abdu", "abdoul", "abdul"))
"""Names of their own too: they join only what God is called. Abdou Moussa is a man and his father."""
EPITHETS = (
    "allah ilah rahman rahim karim kader kadir qadir razak razzaq aziz latif hakim halim hamid majid majeed malik "
    "nasser nasir rauf raouf wahab wahhab wahid salam baki baqi gani ghani gafar ghafar gafour jabar jabbar "
    "djabar jalil djalil hadi samad rachid rashid fatah fattah kabir kafi kahar kahhar qahhar kayoum qayyum "
    "moumin mumin nour nur rassoul rasul rasheed sabour sabur satar sattar chakour shakur tawab tawwab wadoud "
    "wadud wali zahir zahiri haq hak hakk khaliq khalik halik basir basit bassit hai hayy hayyi mouhaimin "
    "muhaimin moutalib mouttalib mutalib wassi wasiu wassiou kareem kerim rehman alim manan mannan"
)
JOINED_ARTICLE = re.compile(r"^(?:al|el|ar|as)(?=...|[^aeiou]{2})")
ARABIC_SERVANT = re.compile(r"^abdal(?=[^aeiou]{2})")  # written in one word, without vowels
ARTICLES = frozenset(("al", "el", "ar", "er", "as", "es", "ad", "an", "az"))
UNKNOWN_SHARE = 4
LONGEST_WORD = 60
"""Letters of a word that count: no name has more, and a text without spaces must not cost its square."""

SOUNDS = tuple(
    (re.compile(pattern), into)
    for pattern, into in (
        (r"^abd(?:ou|[uoea])(?:l|(?=([rsztdn])\1))(?=.{3})", "abdul"),
        (r"ph", "f"),
        (r"tch", "x"),
        (r"sch|ch|sh", "x"),
        (r"dj|dg", "j"),
        (r"gu(?=[eiy])", "g"),
        (r"([kgtdb])h", r"\1"),
        (r"qu(?=[aeiouy])|ck|q", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c(?![x])", "k"),
        (r"ou|oo", "u"),
        (r"[uw](?=[aeiou])", "w"),
        (r"ee|y", "i"),
        (r"ai|ei|ae", "e"),
        (r"ia|ie|iye", "ia"),
        (r"(.)\1+", r"\1"),
        (r"(?<=[^aeiou])e$", ""),
        (r"(?<=.)h$", ""),
    )
)

# What clerks of two languages still hear differently once the sound is folded: looser than `SOUNDS`, good for
# a grade, too loose for a key.
LOOSER = tuple(
    (re.compile(pattern), into)
    for pattern, into in (
        (r"^m(?=[bpd])|^n(?=[dgjk])", ""),
        (r"^gn|^ng(?=[nm])", "n"),
        (r"^(?:h|k(?=h))(?=.{2})", ""),
        (r"([kgr])h", r"\1"),
        (r"d[iy](?=[aeou])", "j"),
        (r"ts|t[iy](?=[aeou])|x|z", "s"),
        (r"v", "f"),
        (r"[wo]", "u"),
        (r"[ey]", "i"),
        (r"(.)\1+", r"\1"),
    )
)
_unedited = Levenshtein.normalized_similarity
SERVANT_OR_ARTICLE = re.compile(
    r"^(?:abdoul|abdul|abdel|abder|abdou|abdu|abd)(?=.{4})(?![aou]*l*a[hiy])|^(?:al|el)(?=[^aeiou].{2})"
)
ENDING = re.compile(r"(?<=..)(?:atu|ata|itu|it|at|iu|ai|ia|in|[aiu])$")
GRADE_NEAR, GRADE_CLOSE = 0.67, 0.82


class Likeness(IntEnum):
    """How alike two names are, worst first."""

    DIFFER = 0
    NEAR = 1
    CLOSE = 2
    EQUIVALENT = 3
    EXACT = 4


@dataclass(frozen=True, slots=True)
class Family:
    """One name and its spellings; `share` counts people of 10 000 who bear it, `reach` countries (ISO 3166)."""

    name: str
    kind: str
    share: int
    spellings: tuple[str, ...]
    origin: str = ""
    reach: tuple[str, ...] = ()
    source: str = ""


@lru_cache(maxsize=65536)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in plain letters, without titles and filiation particles.

    "El Hadj Moussa ag Ibrahim" gives moussa, ibrahim; "Abdoul Karim" gives abdoulkarim; other scripts are romanised.
    A name made only of particles keeps them.
    """
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).casefold())
    text = romanised("".join(c for c in text if not unicodedata.combining(c) and c != "ـ"))
    text = re.sub(r"['’`ʼʻʿʾ]", "", text)
    found = ["".join(c for c in word if c.isalpha()) for word in re.split(r"[\s\-_.,;/()]+", text)]
    joined: list[str] = []
    for word in filter(None, found):
        if not joined or not SERVANT.match(joined[-1]):
            joined.append(word)
        elif word not in ARTICLES:
            served = JOINED_ARTICLE.sub("", word)
            if joined[-1] in SERVANT_ALONE and sound_of(served) not in _epithets():
                joined.append(word)
            else:
                joined[-1] = "abdoul" + served
    joined = [ARABIC_SERVANT.sub("abdoul", word)[:LONGEST_WORD] for word in joined]
    kept = [word for word in joined if word not in TITLES and word not in FILIATION]
    return tuple(kept or joined)


@lru_cache(maxsize=1)
def _epithets() -> frozenset[str]:
    """What God is called, by sound, also with the Hausa and Songhay ending."""
    return frozenset(sound for word in EPITHETS.split() for sound in (sound_of(word), sound_of(word + "ou")))


@lru_cache(maxsize=65536)
def sound_of(word: str) -> str:
    """The word as it sounds, whichever language's clerk wrote it; vowels kept."""
    for pattern, into in SOUNDS:
        word = pattern.sub(into, word)
    return word


@lru_cache(maxsize=65536)
def skeleton_of(word: str) -> str:
    """The consonants of the sound; short words keep their vowels, for two consonants say too little."""
    sound = sound_of(word)
    bones = re.sub(r"[aeiou]", "", sound)
    bones = re.sub(r"(.)\1+", r"\1", bones.lstrip("h") if sound[:1] == "h" else bones)
    if sound[:1] in "aeiouh":
        bones = "a" + bones
    return bones if len(bones) >= 3 else sound


@lru_cache(maxsize=1)
def families() -> dict[str, Family]:
    """The table of `names.tsv` by family name."""
    text = (files(__package__) / "names.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {
        name: Family(
            name, kind, int(share), tuple(spellings.split()), origin, tuple(reach.split(",")), source
        )
        for name, kind, share, origin, reach, source, spellings in rows
    }


@lru_cache(maxsize=1)
def _index() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Family by letters, by sound and by skeleton; where two claim one, the commoner name has it."""
    letters: dict[str, str] = {}
    sounds: dict[str, str] = {}
    skeletons: dict[str, str] = {}
    for family in sorted(families().values(), key=lambda f: (-f.share, f.name)):
        for spelling in family.spellings:
            word = "".join(words_of(spelling))
            letters.setdefault(word, family.name)
            sounds.setdefault(sound_of(word), family.name)
            skeleton = skeleton_of(word)
            if len(skeleton) >= 4:
                skeletons.setdefault(skeleton, family.name)
    return letters, sounds, skeletons


@lru_cache(maxsize=65536)
def family_of(word: str) -> str:
    """The family a plain word belongs to, or its skeleton marked with "~" when the table has none."""
    letters, sounds, skeletons = _index()
    if word in letters:
        return letters[word]
    return sounds.get(sound_of(word)) or skeletons.get(skeleton_of(word)) or "~" + skeleton_of(word)


def is_spelling(word: str) -> bool:
    """Whether the table holds this plain word."""
    return word in _index()[0]


@lru_cache(maxsize=65536)
def fold_name(name: str) -> str:
    """A name for blocking: each word's family, in order, joined by spaces. Empty stays empty."""
    return " ".join(family_of(word) for word in words_of(name))


def share_of(family: str) -> int:
    """People of 10 000 who bear this name; names outside the table are taken as rare."""
    known = families().get(family)
    return known.share if known else UNKNOWN_SHARE


@lru_cache(maxsize=65536)
def forms_of(word: str) -> tuple[str, str, str]:
    """The word as any clerk might hear it; the same without its ending; its consonants: none longer than the word."""
    heard = sound_of(SERVANT_OR_ARTICLE.sub("", word))
    for pattern, into in LOOSER:
        heard = pattern.sub(into, heard)
    return heard, ENDING.sub("", heard), re.sub(r"[aiu]", "", heard) or heard


def grade_of(a: str, b: str) -> float:
    """How alike two plain words are by letters and by sound, 0 to 1, for names that the table lacks.

    The mean of five likenesses: Jaro-Winkler of the letters and of the loosened sound, and the edit distance
    of that sound whole, without its ending (-ou, -a, -atou: one name has several), and without its vowels.
    Chosen on families of the table held back from it (`bench/names.py`).
    """
    return _grade_from(a, b, JaroWinkler.similarity(a, b), 0.0)


def _grade_from(a: str, b: str, of_letters: float, least: float) -> float:
    """The grade, or 0 once it is sure to lie below `least`."""
    (heard_a, root_a, bones_a), (heard_b, root_b, bones_b) = forms_of(a), forms_of(b)
    of_heard, of_bones = _unedited(heard_a, heard_b), _unedited(bones_a, bones_b)
    if of_letters + of_heard + of_bones + 2 < 5 * least - 1e-9:
        return 0.0
    of_sound = JaroWinkler.similarity(heard_a, heard_b)
    return (of_letters + of_sound + of_heard + _unedited(root_a, root_b) + of_bones) / 5


@lru_cache(maxsize=262144)
def likeness_of(a: str, b: str) -> Likeness:
    """How alike two plain words are."""
    if a == b:
        return Likeness.EXACT
    fa, fb = family_of(a), family_of(b)
    if fa == fb and (not fa.startswith("~") or sound_of(a) == sound_of(b)):
        return Likeness.EQUIVALENT
    alike = JaroWinkler.similarity(a, b)
    known = _index()[0]
    if a in known and b in known:
        # Two known spellings of two names are two names, however near: Hassan is not Hassana.
        return Likeness.NEAR if alike >= 0.9 else Likeness.DIFFER
    # One slip leaves most letters in place, save in the shortest words.
    slip = (alike > 0.65 or max(len(a), len(b)) < 4) and OSA.distance(a, b) == 1
    if alike >= 0.90 or (fa == fb and alike >= 0.75) or (slip and min(len(a), len(b)) >= 4):
        return Likeness.CLOSE
    grade = _grade_from(a, b, alike, GRADE_NEAR)
    if grade >= GRADE_CLOSE:
        return Likeness.CLOSE
    return Likeness.NEAR if slip or grade >= GRADE_NEAR else Likeness.DIFFER


@dataclass(frozen=True, slots=True)
class NameRelation:
    """Two names side by side: the likeness of the best pair of words, and the rarest name that they share.

    `family` is that name, empty where none is equivalent, and `share` how many of 10 000 people bear it.
    """

    likeness: Likeness
    share: float
    words_shared: int
    words_left: int
    family: str = ""


def relate_names(a: str, b: str, share: Callable[[str], float] = share_of) -> NameRelation | None:
    """Compare two names word by word, one to one, best first; None when either is missing.

    A word that the shorter name has and the longer lacks takes the likeness down. `share` says how many of 10 000
    people bear a family's name.
    """
    left, right = words_of(a), words_of(b)
    if not left or not right:
        return None
    best, ranked = Likeness.DIFFER, []
    for i, x in enumerate(left):
        for j, y in enumerate(right):
            likeness = likeness_of(x, y)
            if likeness > best:
                best = likeness
            if likeness >= Likeness.CLOSE:
                ranked.append((likeness, -abs(i - j), i, j))
    ranked.sort(reverse=True)
    used_left: set[int] = set()
    used_right: set[int] = set()
    rarest, rarest_family, shared = 10_000.0, "", 0
    for likeness, _, i, j in ranked:
        if i in used_left or j in used_right:
            continue
        used_left.add(i)
        used_right.add(j)
        shared += 1
        if likeness >= Likeness.EQUIVALENT:
            family = family_of(left[i])
            of_people = share(family)
            if not rarest_family or of_people < rarest:
                rarest, rarest_family = of_people, family
    lone = min(len(left), len(right)) - shared
    if lone > 0:
        # Moussa Ali and Hadiza Ali share a word, not a name.
        best = min(best, Likeness.CLOSE if shared > lone else Likeness.NEAR)
    return NameRelation(best, rarest, shared, lone, rarest_family)
