"""A wider search than that at registration: no composite keys, many candidates, seconds instead of milliseconds.

One word of any name in common and a birth within five years, two words whatever the birth, the same telephone, the same
document. Father and mother of one are held against given and family name of the other: which name is written where
differs from clerk to clerk. Bounded: common words are counted in the index alone, few people are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from math import log
from uuid import UUID

from django.db.models import Count, Q

from gada.engine.linkage import Features, fold_name
from gada.matching.models import WideCheck
from gada.people.features import phone_key
from gada.people.keeping_keys import key_number
from gada.people.models import Document, Person, SearchKey

MOST_WEIGHED = 120
MOST_OF_A_NUMBER = 300
MOST_OF_A_WORD = 2000  # a word borne by more people leads to somebody only together with another word
MOST_WITH_TWO = 2000
MOST_READ = 4000  # of whom the birth is looked up
BORN_WITHIN = timedelta(days=5 * 366)
BATCH = 500
SURE = 100.0  # a telephone or a document in common comes before any number of words


def wide_candidates(
    features: Features, *, people: int, beyond: Collection[UUID] = (), most: int = MOST_WEIGHED
) -> list[UUID]:
    """Who may be this person, of `people` registered, most promising first; at most `most`, none of `beyond`."""
    score = {id_: said for id_, said in _by_words(_words(features), people=people).items() if id_ not in beyond}
    ranked = sorted(score, key=lambda id_: (-score[id_][0], id_))[:MOST_READ]
    kept = {id_: score[id_][0] for id_ in _born_about(features, ranked, {i for i in ranked if score[i][1] > 1})}
    for id_ in _by_numbers(features).difference(beyond):
        kept[id_] = kept.get(id_, 0.0) + SURE
    return sorted(kept, key=lambda id_: (-kept[id_], id_))[:most]


def wide_checks_of(households: Iterable[UUID]) -> dict[UUID, WideCheck]:
    """By household, when the worker looked again and what came of it. Figures only."""
    return WideCheck.objects.in_bulk(list(households))


def _words(features: Features) -> set[int]:
    names = (features.given, features.surname, features.father, features.mother)
    words = {fold_name(word) for name in names for word in name.split()}
    return {key_number(f"w:{word}") for word in words if word}


def _by_words(words: set[int], *, people: int) -> dict[UUID, tuple[float, int]]:
    """(how much is shared, how many words), rare words counting more: log of how few bear each."""
    score: dict[UUID, tuple[float, int]] = {}
    common: list[int] = []
    for word in sorted(words):
        bearers = list(SearchKey.objects.filter(key=word).values_list("person_id", flat=True)[: MOST_OF_A_WORD + 1])
        if len(bearers) > MOST_OF_A_WORD:
            common.append(word)
            continue
        worth = log(max(2, people) / max(1, len(bearers))) + 1
        for id_ in set(bearers):
            before, count = score.get(id_, (0.0, 0))
            score[id_] = before + worth, count + 1
    if common:
        shared = SearchKey.objects.filter(key__in=common).values("person").annotate(n=Count("key", distinct=True))
        for id_, count in shared.filter(n__gt=1).order_by("-n").values_list("person_id", "n")[:MOST_WITH_TWO]:
            before, held = score.get(id_, (0.0, 0))
            score[id_] = before + count, held + count
    return score


def _born_about(features: Features, ranked: list[UUID], anyway: set[UUID]) -> Iterable[UUID]:
    """Of these people those born within five years, those of whom nobody knows, and those kept `anyway`."""
    if features.birth is None:
        yield from ranked
        return
    first, last = _earlier(features.birth.first), _later(features.birth.last)
    near = Q(birth_from__lte=last, birth_to__gte=first) | Q(birth_from=None)
    asked = [id_ for id_ in ranked if id_ not in anyway]
    yield from anyway
    for start in range(0, len(asked), BATCH):
        yield from Person.objects.filter(near, id__in=asked[start : start + BATCH]).values_list("id", flat=True)


def _earlier(day: date) -> date:
    return max(day, date.min + BORN_WITHIN) - BORN_WITHIN


def _later(day: date) -> date:
    return min(day, date.max - BORN_WITHIN) + BORN_WITHIN


def _by_numbers(features: Features) -> set[UUID]:
    """Whoever has the same telephone or showed the same document, whatever their name."""
    found: set[UUID] = set()
    if features.phone:
        key = key_number(phone_key(features.phone))
        found.update(SearchKey.objects.filter(key=key).values_list("person_id", flat=True)[:MOST_OF_A_NUMBER])
    numbers = {document.rpartition(":")[2] for document in features.documents}
    if numbers:
        found.update(Document.objects.filter(number__in=numbers).values_list("person_id", flat=True)[:MOST_OF_A_NUMBER])
    return found
