"""What must hold of a gallery whatever is done to it: any order, anybody removed, killed at any moment."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gada.engine.gallery import Gallery, segments
from gada.engine.proof.secrets import Cipher
from tests.engine.gallery.test_gallery import fingers, subject

PEOPLE = 240  # more than are compared without a scan
KEY = bytes(range(32))
unhurried = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def people():
    return [(subject(n), fingers(n, 1)) for n in range(PEOPLE)]


@pytest.fixture(scope="module")
def sorted_gallery(people):
    gallery = Gallery(threads=1)
    gallery.add_many(people)
    return gallery


# --- order -----------------------------------------------------------------------------------------


def test_any_order_and_any_detour_gives_the_same_gallery(people, sorted_gallery):
    @unhurried
    @given(st.randoms(use_true_random=False), st.integers(0, 40))
    def any_order(random, detours):
        order, other = random.sample(people, len(people)), Gallery(threads=1)
        cut = random.randrange(len(order))
        other.add_many(order[:cut])
        for who, prints in order[cut:]:
            other.add(who, prints)
        for who, prints in random.sample(people, detours):
            other.remove(who)
            other.add(subject(5000), fingers(5000, 1))  # somebody takes the place that became free
            other.add(who, prints)
            other.remove(subject(5000))
        assert other.digest() == sorted_gallery.digest()
        for n in random.sample(range(PEOPLE), 3):
            for probe in (fingers(n, 2), fingers(n, 2, positions=(7,)), {0: fingers(n, 2)[2]}):
                wanted = sorted_gallery.search(probe, minimum_score=0)
                assert other.search(probe, minimum_score=0) == wanted
                assert wanted[0].subject == subject(n)

    any_order()


# --- who is there, and who is not ------------------------------------------------------------------


class ComingAndGoing(RuleBasedStateMachine):
    """A gallery beside a plain dictionary: the same people, whatever is done, in memory and on disk."""

    folder: Path

    @initialize()
    def begin(self):
        self.gallery, self.held, self.saved = Gallery(threads=1), {}, None
        for path in self.folder.iterdir():
            path.unlink()

    @rule(n=st.integers(0, 11))
    def add(self, n):
        if n not in self.held:
            self.gallery.add(subject(n), fingers(n, 1))
            self.held[n] = fingers(n, 1)

    @rule(n=st.integers(0, 11), touch=st.integers(1, 3))
    def replace(self, n, touch):
        if n in self.held:
            self.gallery.replace(subject(n), fingers(n, touch))
            self.held[n] = fingers(n, touch)

    @rule(n=st.integers(0, 11))
    def remove(self, n):
        assert self.gallery.remove(subject(n)) == (n in self.held)
        self.held.pop(n, None)
        assert subject(n) not in {found.subject for found in self.gallery.search(fingers(n, 2), minimum_score=0)}

    @rule(n=st.integers(0, 11))
    def search(self, n):
        best = self.gallery.search(fingers(n, 2), minimum_score=30)[:1]
        assert [found.subject for found in best] == ([subject(n)] if n in self.held else [])

    @rule()
    def save(self):
        self.gallery.save(self.folder, cipher=Cipher(KEY))
        self.saved = dict(self.held)

    @precondition(lambda self: self.saved is not None)
    @rule()
    def open_again(self):
        self.gallery, self.held = Gallery.open(self.folder, cipher=Cipher(KEY), threads=1), dict(self.saved)

    @invariant()
    def the_same_people_are_held(self):
        if not hasattr(self, "gallery"):
            return
        assert self.gallery.size == len(self.held)
        plain = Gallery(threads=1)
        plain.add_many((subject(n), prints) for n, prints in self.held.items())
        assert self.gallery.digest() == plain.digest()


def test_coming_and_going(tmp_path):
    ComingAndGoing.folder = tmp_path
    run_state_machine_as_test(ComingAndGoing, settings=settings(unhurried, max_examples=40, stateful_step_count=25))


# --- killed ----------------------------------------------------------------------------------------

SAVES_WITHOUT_END = """
import sys
from pathlib import Path

from gada.engine.gallery import Gallery
from gada.engine.proof.secrets import Cipher
from tests.engine.gallery.test_properties import KEY, step

folder = Path(sys.argv[1])
gallery = Gallery.open(folder, cipher=Cipher(KEY), threads=1)
for number in range(10_000):
    step(gallery, number)
    gallery.save(folder, cipher=Cipher(KEY))
    print(gallery.generation, flush=True)
"""
CHILDREN = 6
AT_FIRST = 200


def step(gallery: Gallery, number: int) -> None:
    """One person goes, whose segment must be written again, and another comes."""
    gallery.remove(subject(number % AT_FIRST if number < AT_FIRST else AT_FIRST + number % 50))
    if subject(AT_FIRST + number % 50) not in gallery:
        gallery.add(subject(AT_FIRST + number % 50), fingers(AT_FIRST + number % 50, 1))


@pytest.fixture(scope="module")
def at_first():
    gallery = Gallery(threads=1)
    gallery.add_many((subject(n), fingers(n, 1)) for n in range(AT_FIRST))
    return gallery


def test_killed_at_any_moment_the_previous_or_the_new_generation_is_whole(at_first, tmp_path):
    """Processes that do nothing but save are killed; nothing but the kernel closes their files."""
    random = np.random.default_rng()  # another moment each time
    folders = [tmp_path / str(n) for n in range(CHILDREN)]
    children = []
    for folder in folders:
        gallery = Gallery(threads=1)
        gallery.add_many((subject(n), at_first.fingers_of(subject(n))) for n in range(AT_FIRST))
        gallery.save(folder, cipher=Cipher(KEY))
        command = [sys.executable, "-c", SAVES_WITHOUT_END, str(folder)]
        children.append(subprocess.Popen(command, stdout=subprocess.PIPE))
    told = []
    for child in children:
        child.stdout.readline()  # it saves by now
        time.sleep(random.uniform(0, 0.2))
        child.kill()
        told.append(int([b"2", *child.stdout.read().split()][-1]))  # the last save that it had finished
        child.stdout.close()
        child.wait()
    digests = {1: at_first.digest()}
    for number in range(max(told)):
        step(at_first, number)
        digests[2 + number] = at_first.digest()
    for folder, last in zip(folders, told, strict=True):
        opened = Gallery.open(folder, cipher=Cipher(KEY), threads=1)
        assert opened.generation in (last, last + 1)
        assert opened.digest() == digests[opened.generation]
        opened.add(subject(7777), fingers(7777, 1))
        opened.save(folder, cipher=Cipher(KEY))
        assert not any(path.suffix == ".part" for path in folder.iterdir()), "swept"
        assert Gallery.open(folder, cipher=Cipher(KEY), threads=1).digest() == opened.digest()
        assert segments.newest_generation(folder) == opened.generation
