"""Search keys: two registrations of one person should share at least one, strangers few.

Composite and exact, so that a plain B-tree answers in a millisecond among millions (research C, section 3c:
nine such keys found 0.979 of re-registrations among a million). Kept only inside the node; they hold folded
names. Years are cut twice, with the cuts three years apart: two dates within three years share a cut.
"""

from __future__ import annotations

from gada.engine.linkage.features import BirthDate, Features, plain_document, plain_phone, plain_place
from gada.engine.linkage.names import family_of, words_of

WIDTH_YEARS = 6


def year_cuts(birth: BirthDate | None) -> tuple[str, str] | None:
    """The two overlapping windows that hold this birth year."""
    if birth is None:
        return None
    year = birth.middle_year
    return f"a{year // WIDTH_YEARS}", f"b{(year + WIDTH_YEARS // 2) // WIDTH_YEARS}"


def folded_words(name: str) -> tuple[str, ...]:
    return tuple(family_of(word) for word in words_of(name))


def search_keys(features: Features) -> frozenset[str]:
    """The person's keys, each "kind:part|part"; compare sets, rank by evidence afterwards."""
    f = features
    given, surname = folded_words(f.given), folded_words(f.surname)
    father, mother = folded_words(f.father)[:1], folded_words(f.mother)[:1]
    place, phone, cuts = plain_place(f.place), plain_phone(f.phone), year_cuts(f.birth) or ()
    keys = {f"document:{plain_document(d)}" for d in f.documents if plain_document(d)}
    for name in given:
        keys |= {f"given+surname+years:{'|'.join(sorted((name, s)))}|{c}" for s in surname for c in cuts}
        keys |= {f"given+surname+place:{'|'.join(sorted((name, s)))}|{place}" for s in surname if place}
        keys |= {f"given+parents:{name}|{x}|{y}" for x in father for y in mother}
        keys |= {f"given+mother+years:{name}|{y}|{c}" for y in mother for c in cuts}
        keys |= {f"given+father+years:{name}|{x}|{c}" for x in father for c in cuts}
        keys |= {f"given+mother+place:{name}|{y}|{place}" for y in mother if place}
        keys |= {f"given+father+place:{name}|{x}|{place}" for x in father if place}
    if phone:
        keys |= {f"phone+given:{phone}|{g}" for g in given} | {
            f"phone+years:{phone}|{f.sex}|{c}" for c in cuts
        }
    keys |= {f"parents+years:{x}|{y}|{f.sex}|{c}" for x in father for y in mother for c in cuts}
    keys |= {f"surname+mother+years:{s}|{y}|{f.sex}|{c}" for s in surname for y in mother for c in cuts}
    if f.birth is not None and f.birth.is_precise:
        day = f.birth.first.isoformat()
        keys |= {f"day+given:{day}|{g}" for g in given} | {f"day+surname:{day}|{f.sex}|{s}" for s in surname}
    return frozenset(keys)
