"""Names of invented people, and how clerks of two agencies spell them.

Most come from the engine's families of spellings; a fifth are names that table does not know, so that
nothing is found merely because the same hand wrote both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from gada.engine.linkage.names import families

OUTSIDE = {
    "m": "Tindano Yempabou Hamtandi Ouoba Djiguiba Nouhoun Bandiougou Tiéoulé Kaourou Sambourou Allaye "
    "Hambadjam Bocari Ngolo Zié Nafolo Tiécoura Soungalo Massiré Waly Gossi Almoustapha Iknane Alhader "
    "Inamoud Attaher Ghoumour Moumouni Zakarou Dandakoye Kodankoé Bizo Elh-Bila Tchiroma",
    "f": "Tadazte Taghlift Fadimatène Nièba Yandé Diahara Hoyé Dikéré Salimatène Tinalbaraka Assan-Baïdi "
    "Bintalou Haby Welore Dado Djélika Naba Niagalé Kandia Sirantou Tenin Fanta Oureye Kaïdia Gaïcha "
    "Tchima Absatou Zouley Mairo Kande",
    "s": "Tindano Lankoandé Yonli Thiombiano Lompo Ouoba Nassouri Tankoano Karambé Tembely Yalcouyé "
    "Ousmanou-Bah Arama Pérou Dolo Kassogué Togo Saye Ag-Bazet Ag-Mossa Ixa Waliagha Dramera Soukouna "
    "Koumaré Niangaly Kodio Samassékou Haïdara Gano Bocoum Niang Wagué",
}
SWAPS = (
    ("ou", "u"), ("dj", "j"), ("k", "c"), ("y", "i"), ("é", "e"), ("ï", "i"), ("ck", "k"), ("ch", "sh"),
    ("ss", "s"), ("gh", "g"), ("è", "e"), ("ei", "ai"), ("th", "t"), ("qu", "k"), ("w", "ou"), ("z", "s"),
)  # fmt: skip
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as its bearer has it: its kind in the table, if any, and every spelling in use."""

    usual: str
    spellings: tuple[str, ...]


@lru_cache(maxsize=3)
def _table(kind: str) -> tuple[tuple[Name, ...], tuple[float, ...]]:
    known = [f for f in families().values() if f.kind == kind or (f.kind == "b" and kind != "s")]
    latin = [(tuple(s for s in f.spellings if s.isascii() and s.isalpha()), f.share) for f in known]
    names = [Name(spellings[0], spellings) for spellings, _ in latin]
    weights = [share**0.8 for _, share in latin]
    outside = [Name(word.replace("-", " "), (word.replace("-", " "),)) for word in OUTSIDE[kind].split()]
    rest = sum(weights) * 0.25 / len(outside)
    return (*names, *outside), (*weights, *[rest] * len(outside))


def draw_name(random: Random, kind: str) -> Name:
    """A name of this kind (m, f, s), common ones more often; its bearer's usual spelling is one of many."""
    names, weights = _table(kind)
    name = random.choices(names, weights)[0]
    usual = name.usual if random.random() < 0.6 else random.choice(name.spellings)
    return Name(usual, name.spellings)


def spelled(random: Random, name: Name, *, care: float, english: bool) -> str:
    """The name as a clerk writes it: as its bearer does with chance `care`, else another way."""
    if random.random() < care:
        return name.usual
    if len(name.spellings) > 1 and random.random() < 0.75:
        return random.choice(name.spellings)
    if random.random() < 0.75:
        return _by_habit(random, name.usual, english=english)
    return _slip(random, name.usual)


def _by_habit(random: Random, word: str, *, english: bool) -> str:
    """One or two habits of French or English spelling applied."""
    lower = word.lower()
    pairs = [(a, b) if english or b in "eai" else (b, a) for a, b in SWAPS]
    usable = [(a, b) for a, b in pairs if a in lower]
    for a, b in random.sample(usable, min(len(usable), random.choice((1, 1, 2)))):
        lower = lower.replace(a, b, 1)
    return lower.title()


def _slip(random: Random, word: str) -> str:
    """One wrong, missing, doubled or exchanged letter, rarely the first."""
    word, at, kind = word.lower(), random.randrange(1, max(2, len(word))), random.randrange(4)
    return _slipped(random, word, at, kind).title()


def _slipped(random: Random, word: str, at: int, kind: int) -> str:
    if kind == 0:
        return word[:at] + random.choice(LETTERS) + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at - 1] + word[at:]
    return word[: at - 1] + word[at : at + 1] + word[at - 1 : at] + word[at + 1 :]
