"""The kernels of batch linkage again, written to be read. People are Features and text here, not numbers."""

from __future__ import annotations

import math
from itertools import combinations

from gada.engine.linkage import keys, levels
from gada.engine.linkage.evidence import compare_people
from gada.engine.linkage.features import NAME_FIELDS
from gada.engine.linkage.levels import BORN_TOGETHER, FIELDS, LEVELS
from gada.engine.linkage.model import SMALLEST_CHANCE
from gada.engine.linkage.names import family_of, relate_names, words_of

UNKNOWN = (-1, "")


def mix(key, part):
    return keys.mixed(key, part)


def _add(found, key):
    return found if key in found else [*found, key]


def keys_of_person(person):
    return sorted(keys.search_keys(person))


def keys_of_people(people):
    return [(key, owner) for owner, person in enumerate(people) for key in keys_of_person(person)]


def levels_of(a, b):
    """By field the level, -1 where unknown; by name the family shared, empty where none; whether swapped."""
    found = levels.levels_of(a, b)
    return [
        *(found.of.get(field, -1) for field in FIELDS),
        *(found.families.get(field, "") for field in NAME_FIELDS),
        int(found.swapped),
    ]


def document_level(a, b):
    return levels.document_level(a.documents, b.documents)


def birth_level(a, b):
    return levels.birth_level(a, b)


def phone_level(a, b):
    return levels.phone_level(a, b)


def _related(a, b):
    """The likeness of two names, and the family shared."""
    found = relate_names(a, b)
    return (int(found.likeness), found.family) if found else UNKNOWN


def _given_and_surname(a, b):
    """Both names compared, crosswise where that fits better: likeness and family of each, and whether crosswise."""
    straight = _related(a.given, b.given), _related(a.surname, b.surname)
    crossed = _related(a.given, b.surname), _related(a.surname, b.given)
    likenesses = [likeness for likeness, _ in crossed]
    if min(likenesses) >= 1 and max(likenesses) >= 3 and sum(likenesses) > sum(max(n, 0) for n, _ in straight):
        return *sorted(crossed, key=lambda found: -found[0]), 1
    return *straight, 0


def _bears(person, family):
    return family in map(family_of, words_of(person.surname))


def _without_own(name, a, b):
    """The words of a parent's name but those of a family that both bear as their own."""
    return [w for w in words_of(name) if not (_bears(a, family_of(w)) and _bears(b, family_of(w)))]


def _parent(a, b, parent):
    return _related(*(" ".join(_without_own(getattr(x, parent), a, b)) for x in (a, b)))


def weigh(a, b, model):
    """log2 of how likely the same person, each kind of kin with its share, and strangers make two registrations:
    from the lines a person reads, but for rounding; strangers are 0."""
    lines = [line for line in compare_people(a, b, model=model).lines if line.kind != "kinship"]
    same = sum(line.millibits for line in lines) / 1000
    kinds = [
        math.log2(kind.share) + sum(line.kin_millibits[k] for line in lines) / 1000
        for k, kind in enumerate(model.kin)
    ]
    return same, kinds, 0.0


def weigh_row(row, model, share):
    """The same from a row of levels, without rounding and with strangers' own chance: (same, kinds, strangers)."""
    same, kinds, strangers = 0.0, [math.log2(kind.share) for kind in model.kin], 0.0
    for i, field in enumerate(FIELDS):
        level = row[i]
        if level < 0:
            continue
        chance = max(model.strangers[field][level], SMALLEST_CHANCE)
        is_name = i < 4 and level >= 3
        if is_name:
            chance *= share[i][row[9 + i]]
        same += math.log2(max(model.same[field][level], SMALLEST_CHANCE))
        strangers += math.log2(chance)
        for k, kind in enumerate(model.kin):
            kin = max(kind.chances[field][level], SMALLEST_CHANCE)
            kinds[k] += math.log2(max(kin, chance) if is_name else kin)
    extra = math.log2(model.swapped) if row[13] else 0.0
    born = LEVELS["birth"][row[5]].removeprefix("rough-") if row[5] >= 0 else ""
    together = math.log2(model.namesakes_born_together) if row[0] >= 3 and born in BORN_TOGETHER else 0.0
    return same + extra, [each + extra + together for each in kinds], strangers


def sum_of_logs(logs):
    return math.log2(sum(2.0**each for each in logs))


def weigh_pairs(rows, model, share):
    weighed = [weigh_row(row, model, share) for row in rows]
    return [(same, sum_of_logs(kinds), strangers) for same, kinds, strangers in weighed]


def levels_of_pairs(people, pairs):
    return [levels_of(people[i], people[j]) for i, j in pairs]


def pairs_of_blocks(blocks, registration, small, reasons):
    """Every pair of people with a block in common, each once, unless registered together or with too little reason."""
    found = set()
    for p, q in {pair for block in blocks for pair in combinations(sorted(block), 2)}:
        shared = [block for block in blocks if p in block and q in block]
        together = registration[p] >= 0 and registration[p] == registration[q]
        if not together and (len(shared) >= reasons or any(len(block) <= small for block in shared)):
            found.add((p, q))
    return found


def expect(rows, model, share, priors):
    """By (story or kind of kin, field, level) and by story how much all pairs together belong to each."""
    counts, totals = {}, {"swapped": 0.0}
    for row in rows:
        same, kinds, strangers = weigh_row(row, model, share)
        likely = {
            "same": 2.0 ** (same + priors[0]), "strangers": 2.0 ** (strangers + priors[2]),
            **{k: 2.0 ** (each + priors[1]) for k, each in enumerate(kinds)},
        }  # fmt: skip
        whole = sum(likely.values())
        for story, each in likely.items():
            belongs = each / whole
            totals[story] = totals.get(story, 0.0) + belongs
            for i, field in enumerate(FIELDS):
                if row[i] >= 0:
                    counts[story, field, row[i]] = counts.get((story, field, row[i]), 0.0) + belongs
        totals["swapped"] += likely["same"] / whole * row[13]
    return counts, totals


def blocks_of_members(groups, people):
    return [[b for b, group in enumerate(groups) if p in group] for p in range(people)]


def pairs_within(groups, most):
    return [pair for group in groups for pair in combinations(group, 2)][:most]
