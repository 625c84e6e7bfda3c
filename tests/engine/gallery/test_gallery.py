"""Adding, finding, removing; the same answer in any order; nothing readable on disk."""

from __future__ import annotations

import threading
import time
from uuid import UUID

import pytest

from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.gallery import Gallery
from gada.engine.gallery.residents import mirrored, resident_positions
from gada.engine.gallery.scan import COMPARED_AS_A_WHOLE
from gada.engine.refusal import Invalid, Refusal
from tests.engine.fingerprint.made import a_template

PEOPLE = 300  # more than are compared exhaustively, so that the scan decides


def subject(number: int) -> UUID:
    return UUID(int=number * 0x9E3779B97F4A7C15 % (1 << 128))


def fingers(number: int, impression: int, positions=(2, 7)) -> dict:
    return {
        position: minutiae_finger(1000 * number + position).impression(impression, noise=0.15, contact=0.9)
        for position in positions
    }


@pytest.fixture(scope="module")
def people():
    return [(subject(n), fingers(n, 1)) for n in range(PEOPLE)]


@pytest.fixture()
def gallery(people):
    gallery = Gallery(threads=2)
    gallery.add_many(people)
    return gallery


def test_the_person_is_found_and_strangers_are_not(gallery):
    for n in (0, 17, PEOPLE - 1):
        best, *others = gallery.search(fingers(n, 2), minimum_score=30)
        assert best.subject == subject(n)
        assert best.score >= 60
        assert set(best.by_finger) == {2, 7}
        assert best.matched == {2: 2, 7: 7}
        assert all(other.score < 60 for other in others)
    assert all(c.score < 60 for c in gallery.search(fingers(PEOPLE + 5, 2), minimum_score=30))


def test_one_finger_is_enough_to_be_found(gallery):
    assert gallery.search(fingers(40, 3, positions=(7,)))[0].subject == subject(40)


def test_swapped_hands_are_found(gallery):
    right = fingers(23, 2)
    best = gallery.search({7: right[2], 2: right[7]})[0]
    assert best.subject == subject(23)
    assert best.matched == {2: 7, 7: 2}


def test_unknown_positions_are_found_on_either_side(gallery):
    print_of_unknown_finger = fingers(23, 2)[7]
    best = gallery.search({0: print_of_unknown_finger})[0]
    assert best.subject == subject(23)
    assert best.matched == {0: 7}
    gallery.add(subject(9999), {0: fingers(9999, 1)[2]})
    assert gallery.search(fingers(9999, 2))[0].subject == subject(9999)


def test_among_restricts_to_the_people_of_a_site(gallery):
    site = {subject(n) for n in range(250)}
    assert gallery.search(fingers(23, 2), among=site)[0].subject == subject(23)
    assert subject(23) not in {c.subject for c in gallery.search(fingers(23, 2), among=site - {subject(23)})}
    assert gallery.search(fingers(23, 2), among={subject(23)})[0].subject == subject(23)
    assert gallery.search(fingers(23, 2), among={subject(12345)}) == []
    assert gallery.search(fingers(23, 2), among=set()) == []


def test_any_order_of_insertion_gives_the_same_gallery_and_answers(people, gallery):
    other = Gallery(threads=1)
    for who, prints in reversed(people):
        other.add(who, prints)
    other.remove(subject(5))
    other.add(*people[5])
    assert other.digest() == gallery.digest()
    for n in (3, 5, 200):
        assert other.search(fingers(n, 2), minimum_score=0) == gallery.search(fingers(n, 2), minimum_score=0)


def test_removed_is_gone_and_replaced_is_new(gallery):
    before = gallery.digest()
    assert gallery.remove(subject(8))
    assert not gallery.remove(subject(8))
    assert subject(8) not in gallery
    assert gallery.size == PEOPLE - 1
    assert subject(8) not in {c.subject for c in gallery.search(fingers(8, 2))}
    gallery.add(subject(8), fingers(8, 1))
    assert gallery.digest() == before
    gallery.replace(subject(8), fingers(888, 1))
    assert gallery.search(fingers(888, 2))[0].subject == subject(8)
    assert subject(8) not in {c.subject for c in gallery.search(fingers(8, 2))}
    assert gallery.size == PEOPLE


def test_somebody_already_there_is_refused_and_nothing_changes(gallery):
    before = gallery.digest()
    for batch in ([(subject(1), fingers(1, 1))], [(subject(700), fingers(700, 1))] * 2):
        with pytest.raises(Refusal, match="already"):
            gallery.add_many(batch)
    assert gallery.digest() == before


def test_impossible_positions_are_invalid(gallery):
    for act in (gallery.search, lambda prints: gallery.add(subject(600), prints)):
        with pytest.raises(Invalid):
            act({11: a_template(1)})


def test_people_without_usable_prints_are_held_but_never_found():
    gallery = Gallery(threads=1)
    gallery.add(subject(1), {})
    gallery.add(subject(2), {2: a_template(1, count=3)})
    assert gallery.size == 2
    assert gallery.search({2: a_template(1, count=3)}) == []
    assert gallery.search({2: a_template(1)}) == []
    assert gallery.search({}) == []
    assert Gallery().search({2: a_template(1)}) == []


def test_everything_enrolled_is_given_back(gallery, people):
    assert gallery.fingers_of(subject(4)) == people[4][1]
    assert gallery.fingers_of(subject(4444)) == {}


def test_searches_run_while_people_come_and_go(gallery):
    stop, wrong = threading.Event(), []

    def come_and_go():
        n = 1000
        while not stop.is_set():
            n += 1
            gallery.add(subject(n), fingers(n, 1))
            gallery.remove(subject(n))

    writer = threading.Thread(target=come_and_go)
    writer.start()
    try:
        end = time.monotonic() + 1.5
        n = 0
        while time.monotonic() < end:
            n = (n + 1) % PEOPLE
            found = gallery.search(fingers(n, 2), limit=1)
            wrong += [] if found and found[0].subject == subject(n) else [n]
    finally:
        stop.set()
        writer.join()
    assert len(wrong) <= 1
    assert gallery.size == PEOPLE


def test_two_residents_prefer_the_fingers_that_others_take():
    ten = {position: a_template(position) for position in range(1, 11)}
    good = {p: t for p, t in ten.items() if t.finger_quality >= 40}
    assert set(resident_positions(ten)) <= set(good) or len(good) < 2
    assert resident_positions({3: a_template(1)}) == (3,)
    assert len(resident_positions(ten)) == 2


def test_the_other_hand():
    assert [mirrored(p) for p in range(11)] == [0, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5]


def test_the_small_gallery_is_compared_as_a_whole():
    assert COMPARED_AS_A_WHOLE < PEOPLE


def test_the_trace_tells_at_which_stage_somebody_is_still_there(gallery):
    told: dict[str, object] = {}
    found = gallery.search(fingers(17, 2), trace=told.__setitem__)
    assert list(told) == ["plans", "scanned", "compared", "confirmed"]
    assert subject(17) in {person.subject for person in told["scanned"][0]}
    assert told["compared"][0].subject == subject(17)
    assert told["confirmed"] == found == gallery.search(fingers(17, 2))
