"""The kernels of batch linkage say of numbers what the plain functions say of people."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gada.engine.linkage import Features, _key_kernels, _level_kernels, compare_people, search_keys
from gada.engine.linkage._level_kernels import EQUIVALENT, FAMILIES, ROWS, SWAPPED
from gada.engine.linkage.batch import Population, _kernels
from gada.engine.linkage.batch import blocks as blocks_
from gada.engine.linkage.batch.blocks import blocks_of, keys_and_owners
from gada.engine.linkage.features import NAME_FIELDS, BirthDate, plain_phone
from gada.engine.linkage.keys import MOST_KEYS
from gada.engine.linkage.levels import FIELDS
from gada.engine.linkage.names import share_of
from gada.engine.linkage.people import WORDS_KEPT
from gada.engine.linkage.usual import USUAL
from tests.engine.linkage.batch import made, plain

ANY, MANY = settings(deadline=None), settings(deadline=None, max_examples=300)
FULL = Features(
    given="Moussa Ali Sani Issa", surname="Traoré Diallo Dosso Kanda", father="Abdou Kanda", mother="Hadiza",
    sex="M", birth=BirthDate.on(made.date(1990, 5, 3)), place="XZ0101", phone="90112233",
    documents=("NINA:1", "CARD:2", "CARD:3"),
)  # fmt: skip


def tables(vocabulary):
    return vocabulary.words().family, vocabulary.folded_numbers(), vocabulary.place_numbers()


@ANY
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_parts_are_mixed_into_a_key(key, part):
    assert int(_key_kernels.mix(np.uint64(key), np.uint64(part))) == plain.mix(key, part)


@ANY
@given(st.lists(st.integers(0, 5), max_size=12))
def test_a_key_is_added_once(numbers):
    held, n, expected = np.zeros(20, np.uint64), 0, []
    for number in numbers:
        n = _key_kernels._add(held, n, np.uint64(number))
        expected = plain._add(expected, number)
    assert held[:n].tolist() == expected


def test_more_keys_than_there_is_room_for_are_left_out():
    held = np.zeros(2, np.uint64)
    n = 0
    for number in (1, 2, 3):
        n = _key_kernels._add(held, n, np.uint64(number))
    assert n == 2 and held.tolist() == [1, 2]


@MANY
@given(made.some_people(made.LONG_NAMES | made.NAMES))
@example(FULL)
@example(Features())
@example(replace(FULL, birth=BirthDate.on(made.date(1990, 1, 1))))
def test_a_person_has_the_keys_of_the_plain_person(person):
    people, vocabulary = made.encoded(person)
    held = np.zeros(MOST_KEYS, np.uint64)
    n = _key_kernels.keys_of_person(0, people, *tables(vocabulary), held)
    assert sorted(held[:n].tolist()) == plain.keys_of_person(person)
    assert n < MOST_KEYS


@MANY
@given(st.lists(made.some_people(), max_size=5))
def test_people_have_their_keys_one_after_another(crowd):
    people, vocabulary = made.encoded(*crowd)
    room = np.zeros(MOST_KEYS * 5, np.uint64), np.zeros(MOST_KEYS * 5, np.int32)
    for bits in (0, 1, 3):
        found = []
        for part in range(1 << bits):
            at = 0, len(crowd), np.uint64(part), bits
            n = _key_kernels.keys_of_people(*at, people, *tables(vocabulary), *room)
            found += zip(room[0][:n].tolist(), room[1][:n].tolist(), strict=True)
            assert all(key >> (64 - bits) == part for key in room[0][:n].tolist())
        assert sorted(found) == sorted(plain.keys_of_people(crowd))
    found = keys_and_owners(Population(people, vocabulary))
    assert sorted(zip(*(each.tolist() for each in found), strict=True)) == sorted(plain.keys_of_people(crowd))


class Families:
    """Says which families a row of levels means."""

    def __init__(self, vocabulary):
        self.vocabulary = vocabulary

    def family(self, number):
        return self.vocabulary.names.family_names()[number] if number >= 0 else ""

    def spoken(self, row):
        """A row with names of families instead of their numbers, where names are equal enough to be weighed by them."""
        families = [
            self.family(n) if level >= EQUIVALENT else "" for level, n in zip(row, row[FAMILIES:SWAPPED], strict=False)
        ]
        return [*map(int, row[:FAMILIES]), *families, int(row[SWAPPED])]


class Pair(Families):
    """Two people as kernels take them, and what else they want."""

    def __init__(self, a, b):
        self.people, vocabulary = made.encoded(a, b)
        super().__init__(vocabulary)
        self.population = Population(self.people, self.vocabulary)
        self.words = self.population.words
        families = self.vocabulary.names.family_names()
        self.share = np.tile(np.array([float(share_of(name)) for name in families] or [0.0]) / 10_000, (4, 1))
        self.spare = np.full((2, WORDS_KEPT), -1, np.int32)
        self.row = np.zeros(ROWS, np.int32)

    def levels(self, i=0, j=1):
        _level_kernels.levels_of(
            i, j, self.people, self.words, self.population.place_words, self.population.place_parents, self.share,
            self.row, self.spare,
        )  # fmt: skip
        return self.row


def is_short(*people):
    """Whether no name has more words than are kept."""
    return all(len(plain.words_of(getattr(p, f))) <= WORDS_KEPT for p in people for f in NAME_FIELDS)


@MANY
@given(made.pairs_of_people())
@example((FULL, FULL))
@example((FULL, replace(FULL, given=FULL.surname, surname=FULL.given)))
@example((Features(phone="90112233"), Features(phone="90112243")))
@example((Features(phone="00000000"), Features(phone="00000000")))
@example((Features(place="XZ0101"), Features(place="XZ0102")))
def test_people_agree_as_far_as_plain_people(pair):
    a, b = pair
    if not is_short(a, b):
        return
    held = Pair(a, b)
    assert held.spoken(held.levels()) == plain.levels_of(a, b)
    there = held.row.copy()
    assert np.array_equal(held.levels(1, 0)[:FAMILIES], there[:FAMILIES])
    assert plain.levels_of(a, b)[:FAMILIES] == plain.levels_of(b, a)[:FAMILIES]


@MANY
@given(made.pairs_of_people())
def test_each_part_of_a_comparison_is_the_plain_one(pair):
    a, b = pair
    if not is_short(a, b):
        return
    held = Pair(a, b)
    names, family = held.people.names, held.words.family
    as_field = dict(enumerate(NAME_FIELDS))
    for ours, mine in as_field.items():
        for theirs, yours in as_field.items():
            level, shared = _level_kernels._related(
                0, 1, ours, theirs, names, held.words, held.share, 0, held.spare
            )
            assert (level, held.family(shared)) == plain._related(getattr(a, mine), getattr(b, yours))
    held.row[:] = -1
    held.row[SWAPPED] = 0
    _level_kernels._given_and_surname(0, 1, names, held.words, held.share, held.row, held.spare)
    given_, surname, swapped = plain._given_and_surname(a, b)
    spoken = held.spoken(held.row)
    for at, (level, shared) in enumerate((given_, surname)):
        assert (spoken[at], spoken[9 + at]) == (level, shared if level >= EQUIVALENT else "")
    assert spoken[13] == swapped
    for number in (2, 3):
        _level_kernels._parent(0, 1, number, names, held.words, held.share, held.row, held.spare)
        spoken = held.spoken(held.row)
        level, shared = plain._parent(a, b, as_field[number])
        assert (spoken[number], spoken[9 + number]) == (level, shared if level >= EQUIVALENT else "")
        for side, (person, me) in enumerate(((a, 0), (b, 1))):
            n = _level_kernels._without_own(me, 0, 1, number, names, family, held.spare, side)
            words = held.vocabulary.names.words()
            left = [words[k] for k in held.spare[side, :n]]
            assert left == plain._without_own(getattr(person, as_field[number]), a, b)
    for number, name in enumerate(held.vocabulary.names.family_names()):
        assert _level_kernels._bears(0, number, names, family) == plain._bears(a, name)


@MANY
@given(made.DATES.filter(bool), made.DATES.filter(bool))
def test_births_agree_as_plain_ones(one, other):
    people, _ = made.encoded(Features(birth=one), Features(birth=other))
    assert _level_kernels.birth_level(0, 1, people.birth) == plain.birth_level(one, other)


@ANY
@given(st.integers(1, 99_999_999), st.integers(0, 7), st.integers(1, 99_999_999))
def test_telephones_agree_as_plain_ones(number, place, other):
    near = (number + 10**place) % 100_000_000
    for x, y in ((number, number), (number, near), (number, other)):
        assert _level_kernels.phone_level(x, y) == plain.phone_level(f"{x:08}", f"{y:08}")


@ANY
@given(made.DOCUMENTS, made.DOCUMENTS)
def test_documents_agree_as_plain_ones(one, other):
    a, b = Features(documents=one), Features(documents=other)
    people, _ = made.encoded(a, b)
    found = _level_kernels.document_level(0, 1, people.documents, people.types)
    assert found == plain.document_level(a, b)


@MANY
@given(made.pairs_of_people())
def test_stories_weigh_as_on_the_page(pair):
    a, b = pair
    if not is_short(a, b):
        return
    held, part = Pair(a, b), np.empty(len(USUAL.kin))
    row, share = held.levels(), made.shares_by(USUAL, held.vocabulary)
    same, kin, strangers = _level_kernels.weigh(row, USUAL.weights(), share, part)
    exactly = plain.weigh_row(row.tolist(), USUAL, share.tolist())
    kinds = np.exp2(exactly[1])
    assert (same, kin, strangers) == pytest.approx((exactly[0], np.log2(kinds.sum()), exactly[2]), abs=1e-9)
    assert part / part.sum() == pytest.approx(kinds / kinds.sum())
    # What a person reads is the same in whole thousandths, with the two names of a swap rounded apart.
    on_page, kin_on_page, _ = plain.weigh(a, b, USUAL)
    assert same - strangers == pytest.approx(on_page, abs=0.006)
    assert kin - strangers == pytest.approx(plain.sum_of_logs(kin_on_page), abs=0.006)
    # And so is what one household takes back, where a chance meeting with kin is as likely.
    people = 10_000
    prior = np.log2(USUAL.kin_pairs / USUAL.repeats / people)
    taken = -np.logaddexp2(kin - strangers + prior, 0)
    said = [line.millibits for line in compare_people(a, b, people=people).lines if line.kind == "kinship"]
    assert taken == pytest.approx(sum(said) / 1000, abs=0.011)


def a_few_levels(count=400):
    """Pairs of a small crowd: their rows of levels, with whom."""
    crowd = made.a_crowd(60, again=0.6)
    people = [
        Features(row["given"], row["surname"], row["father"], row["mother"], row["sex"],
                 BirthDate.on(made.date.fromisoformat(row["birth_date"])), row["place"], "", row["phone"],
                 (row["document"],) if row["document"] else ())
        for row in crowd.rows
    ]  # fmt: skip
    held, vocabulary = made.encoded(*people)
    population = Population(held, vocabulary)
    drawn = np.random.default_rng(1).integers(0, len(people), (count, 2)).tolist()
    pairs = sorted({(min(pair), max(pair)) for pair in drawn})
    place = {row["record_id"]: k for k, row in enumerate(crowd.rows)}
    pairs += [tuple(sorted(place[record] for record in pair)) for pair in crowd.pairs()]
    pairs = [(i, j) for i, j in pairs if i != j]
    return people, population, np.array(pairs, np.int32)


def test_many_pairs_are_compared_and_weighed_as_one():
    people, population, pairs = a_few_levels()
    share = made.shares_by(USUAL, population.vocabulary)
    tables = population.people, population.words, population.place_words, population.place_parents, share
    rows, said = np.empty((len(pairs), ROWS), np.int32), np.empty((len(pairs), 3))
    left, right = pairs[:, 0].copy(), pairs[:, 1].copy()
    _level_kernels.levels_of_pairs(left, right, *tables, rows)
    _level_kernels.weigh_pairs(left, right, *tables, USUAL.weights(), said)
    expected = plain.levels_of_pairs(people, pairs.tolist())
    names = Families(population.vocabulary)
    assert [names.spoken(row) for row in rows] == expected
    assert np.allclose(said, plain.weigh_pairs(rows.tolist(), USUAL, share.tolist()))


def test_what_stories_expect_is_the_sum_over_pairs():
    _, population, pairs = a_few_levels()
    share = made.shares_by(USUAL, population.vocabulary)
    rows = np.empty((len(pairs), ROWS), np.int32)
    _level_kernels.levels_of_pairs(
        pairs[:, 0].copy(), pairs[:, 1].copy(), population.people, population.words, population.place_words,
        population.place_parents, share, rows,
    )  # fmt: skip
    priors, kinds = USUAL.priors(len(population)), len(USUAL.kin)
    counts, kin_counts = np.zeros((2, len(FIELDS), 12)), np.zeros((kinds, len(FIELDS), 12))
    totals = np.zeros(3 + kinds + 1)
    _kernels.expect(rows, USUAL.weights(), share, priors, counts, kin_counts, totals)
    expected, stories = plain.expect(rows.tolist(), USUAL, share.tolist(), priors.tolist())
    found = {"same": counts[0], "strangers": counts[1], **dict(enumerate(kin_counts))}
    for story, table in found.items():
        for i, field in enumerate(FIELDS):
            for level in range(12):
                assert table[i, level] == pytest.approx(expected.get((story, field, level), 0.0), abs=1e-9)
    by_kind = [stories[k] for k in range(kinds)]
    assert totals == pytest.approx(
        [stories["same"], sum(by_kind), stories["strangers"], *by_kind, stories["swapped"]], abs=1e-9
    )
    assert totals[:3].sum() == pytest.approx(len(pairs))


@MANY
@given(
    st.lists(st.sets(st.integers(0, 11), min_size=2), max_size=9),
    st.lists(st.integers(-1, 3), min_size=12, max_size=12), st.integers(2, 6), st.integers(1, 4),
)  # fmt: skip
def test_pairs_come_out_of_blocks_once_each(sets, registration, small, reasons):
    blocks = sorted(map(sorted, sets))
    starts = np.cumsum([0, *map(len, blocks)])
    members = np.array([p for block in blocks for p in block], np.int32)
    of_each = [[b for b, block in enumerate(blocks) if p in block] for p in range(12)]
    offsets = np.cumsum([0, *map(len, of_each)])
    numbers = np.array([b for each in of_each for b in each], np.int32)
    found = []
    for b in range(len(blocks)):
        left, right = np.empty((2, 66), np.int32)
        n = _kernels.pairs_of_blocks(
            b, b + 1, starts, members, offsets, numbers, np.array(registration, np.int32), 1, small, reasons, left,
            right,
        )  # fmt: skip
        found += zip(left[:n].tolist(), right[:n].tolist(), strict=True)
    assert len(found) == len(set(found))
    assert set(found) == plain.pairs_of_blocks(blocks, registration, small, reasons)


@ANY
@given(st.lists(st.lists(st.integers(0, 99), max_size=5), max_size=5), st.integers(0, 12))
def test_pairs_within_groups(groups, most):
    order = np.array([p for group in groups for p in group], np.int32)
    starts = np.cumsum([0, *map(len, groups)])
    left, right = np.empty((2, 12), np.int32)
    n = _kernels.pairs_within(order, starts, left, right, most)
    assert list(zip(left[:n].tolist(), right[:n].tolist(), strict=True)) == plain.pairs_within(groups, most)


@ANY
@given(st.lists(st.sets(st.integers(0, 9)).map(sorted), max_size=6))
def test_the_blocks_of_each_member(groups):
    members = np.array([p for group in groups for p in group], np.int32)
    starts = np.cumsum([0, *map(len, groups)])
    offsets = np.concatenate(([0], np.cumsum(np.bincount(members, minlength=10))))
    blocks = np.empty(len(members), np.int32)
    _kernels.blocks_of_members(starts, members, offsets[:-1].copy(), blocks)
    found = [blocks[a:b].tolist() for a, b in pairwise(offsets)]
    assert found == plain.blocks_of_members(groups, 10)


@pytest.mark.parametrize("at_once", [blocks_.PEOPLE_SORTED, 50])
def test_blocks_hold_who_shares_a_key_and_nobody_is_alone(monkeypatch, at_once):
    monkeypatch.setattr(blocks_, "PEOPLE_SORTED", at_once)
    people, population, _ = a_few_levels()
    blocks = blocks_of(population)
    found = sorted(
        blocks.members[a:b].tolist() for a, b in zip(blocks.starts, blocks.starts[1:], strict=False)
    )
    by_key: dict[int, list[int]] = {}
    for p, person in enumerate(people):
        for key in search_keys(person):
            by_key.setdefault(key, []).append(p)
    assert found == sorted(owners for owners in by_key.values() if len(owners) > 1)
    for p in range(len(people)):
        mine = blocks.blocks[blocks.offsets[p] : blocks.offsets[p + 1]].tolist()
        assert mine == sorted(mine)
        assert all(p in blocks.members[blocks.starts[b] : blocks.starts[b + 1]] for b in mine)


@pytest.mark.parametrize("phone", ["00 00 00 00", "", "123", "²²²²²²²²", "tel. —"])
def test_what_is_no_telephone_is_none(phone):
    assert plain_phone(phone) == ""
    people, _ = made.encoded(Features(phone=phone))
    assert people.phone.tolist() == [0]


def test_a_telephone_in_any_digits_is_one_number():
    assert plain_phone("+٢٢٧ ٩٠ ١١ ٢٢ ٣٣") == plain_phone("90112233") == "90112233"
