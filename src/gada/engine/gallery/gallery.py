"""The people of a node by their fingers: added, replaced and removed one by one while searches run.

All of them in memory; or, where memory is too small, some of them in sealed segments on disk (`beyond`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from uuid import UUID

from gada.engine.fingerprint.template import Template
from gada.engine.fingerprint.tracing import Trace
from gada.engine.gallery import segments
from gada.engine.gallery.beyond import Beyond, Cipher, SealedSegment
from gada.engine.gallery.candidate import Candidate
from gada.engine.gallery.enrolled import POSITIONS, Described, Enrolled, check_positions, described
from gada.engine.gallery.layout import Segment
from gada.engine.gallery.search import search_people
from gada.engine.gallery.shelf import Shelf
from gada.engine.refusal import Refusal

_MODULUS = 1 << 256


@dataclass(eq=False)
class Gallery:
    """All people of a node in memory. Safe for many threads; `threads` is how many a search uses."""

    threads: int = field(default_factory=lambda: min(8, os.cpu_count() or 1))
    shelves: tuple[Shelf, ...] = field(default_factory=lambda: tuple(Shelf() for _ in POSITIONS))
    people: list[Enrolled | None] = field(default_factory=list)
    generation: int = 0
    beyond: Beyond = field(default_factory=Beyond)
    most_in_memory: int | None = None

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._index: dict[UUID, int] = {}
        self._free: list[int] = []
        self._sum = 0
        self._saved: dict[str, set[UUID]] = {}  # segment file -> whom it holds
        self._segment_of: dict[UUID, str] = {}
        self._outdated: set[str] = set()  # segments that hold somebody removed or replaced

    @cached_property
    def pool(self) -> ThreadPoolExecutor:
        """Threads of the search; the kernels release the interpreter's lock."""
        return ThreadPoolExecutor(self.threads, thread_name_prefix="gallery")

    @property
    def size(self) -> int:
        """How many people."""
        return len(self._index) + len(self.beyond)

    def __len__(self) -> int:
        return self.size

    def __contains__(self, subject: object) -> bool:
        return subject in self._index or subject in self.beyond

    def index_of(self, subject: UUID) -> int | None:
        """Where somebody stands in `people`; None when they do not, or are on disk."""
        return self._index.get(subject)

    def fingers_at(self, position: int) -> int:
        """How many fingers of a position are scanned."""
        return self.shelves[position].used + sum(each.positions.get(position, 0) for each in self.beyond)

    def close(self) -> None:
        """Let go of the files that stay on disk; nobody may be searching."""
        for each in self.beyond:
            each.sealed.close()
        self.beyond.segments = {}

    def stocked(self) -> set[int]:
        """Positions of which there are fingers to be scanned."""
        return {position for position, shelf in enumerate(self.shelves) if shelf.used} | self.beyond.positions

    def add(self, subject: UUID, fingers: Mapping[int, Template]) -> None:
        """Add one person, `fingers` by ISO position (0 unknown). Refuses somebody already there."""
        self.add_many([(subject, fingers)])

    def add_many(self, people: Iterable[tuple[UUID, Mapping[int, Template]]]) -> None:
        """Add many people. All or nobody: refuses if one of them is already there or comes twice."""
        ready = list(self.pool.map(lambda person: described(*person), people, chunksize=64))
        with self._lock:
            subjects = {person.subject for person in ready}
            if len(subjects) < len(ready) or any(subject in self for subject in subjects):
                raise Refusal(
                    "gallery-holds-subject", "The fingerprints of this person are already in the search."
                )
            for person in ready:
                self._place(person)

    def replace(self, subject: UUID, fingers: Mapping[int, Template]) -> None:
        """Put these fingers in the place of whatever the gallery held of this person, if anything."""
        person = described(subject, fingers)
        with self._lock:
            self.remove(subject)
            self._place(person)

    def remove(self, subject: UUID) -> bool:
        """Forget one person. False when there was nobody. The disk forgets at the next `save`."""
        with self._lock:
            index = self._index.pop(subject, None)
            if index is None:
                return self._withdraw(subject)
            person = self._forget(index)
            self._sum = (self._sum - person.fingerprint()) % _MODULUS
            segment = self._segment_of.pop(subject, None)
            if segment is not None:
                self._saved[segment].discard(subject)
                self._outdated.add(segment)
            return True

    def _forget(self, index: int) -> Enrolled:
        person = self.people[index]
        assert person is not None
        self.people[index] = None
        for position, place in person.places.items():
            self.shelves[position].take_away(place)
        self._free.append(index)
        return person

    def _withdraw(self, subject: UUID) -> bool:
        """Forget somebody who is on disk; the caller holds the lock."""
        found = self.beyond.find(subject)
        if found is None:
            return False
        segment, row = found
        self._sum = (self._sum - segment.open().enrolled(row).fingerprint()) % _MODULUS
        segment.withdrawn.add(row)
        return True

    def fingers_of(self, subject: UUID) -> dict[int, Template]:
        """All templates of a person by position; empty when the gallery does not hold them."""
        with self._lock:
            index = self._index.get(subject)
            person = self.beyond.person(subject) if index is None else self.people[index]
        return {} if person is None else {position: person.template(position) for position in person.packed}

    def search(
        self,
        fingers: Mapping[int, Template],
        *,
        limit: int = 20,
        minimum_score: int = 20,
        among: Set[UUID] | None = None,
        trace: Trace | None = None,
    ) -> list[Candidate]:
        """People whom `fingers` (by ISO position, 0 unknown) may belong to, best first.

        `among` restricts to some people (those of a site). The same people give the same answer,
        whatever the order in which they were added. See `search_people` for the stages, and for
        what `trace` is told.
        """
        check_positions(fingers)
        return search_people(self, fingers, limit=limit, minimum_score=minimum_score, among=among, trace=trace)

    def digest(self) -> str:
        """Names the content: equal for equal people and templates, whatever their order. 64 hex digits."""
        return f"{self._sum:064x}"

    def save(self, folder: Path, *, cipher: Cipher) -> None:
        """Write what changed to `folder`, sealed by `cipher`, as a new generation. Safe against crashes."""
        with self._lock:
            segments.save(self, folder, cipher=cipher)

    @classmethod
    def open(
        cls, folder: Path, *, cipher: Cipher, threads: int | None = None, most_in_memory: int | None = None
    ) -> Gallery:
        """The newest saved generation; an empty gallery when there is none. Raises Refusal when damaged.

        Past `most_in_memory` people, whole segments stay sealed on disk, now and after each save: their people are
        found like the others, more slowly.
        """
        gallery = cls(most_in_memory=most_in_memory)
        if threads is not None:
            gallery.threads = threads
        segments.load(gallery, folder, cipher=cipher)
        return gallery

    def restore(self, people: Iterable[Described]) -> None:
        """Place people read back from segments."""
        with self._lock:
            for person in people:
                self._place(person)

    def has_room_for(self, people: int) -> bool:
        """Whether so many more may be in memory; 0 asks whether those who are there may."""
        return self.most_in_memory is None or len(self._index) + people <= self.most_in_memory

    def leave_sealed(self, sealed: SealedSegment, segment: Segment) -> None:
        """Take in a segment without its people; `segment` is what it holds."""
        with self._lock:
            self.beyond.segments[sealed.name] = sealed
            for person in segment.everybody():
                self._sum = (self._sum + person.fingerprint()) % _MODULUS

    def put_away(self, sealed: SealedSegment) -> None:
        """Leave people who are in memory to the segment that was written of them. Who searches meanwhile finds them
        twice, never not at all."""
        with self._lock:
            self.beyond.segments[sealed.name] = sealed
            for subject in self._saved.pop(sealed.name):
                self._forget(self._index.pop(subject))
                del self._segment_of[subject]

    def _place(self, person: Described) -> None:
        index = self._free.pop() if self._free else len(self.people)
        if index == len(self.people):
            self.people.append(None)
        places = {
            position: self.shelves[position].put(cylinders, owner=index)
            for position, cylinders in person.residents.items()
        }
        enrolled = Enrolled(person.subject, person.packed, places)
        self.people[index] = enrolled
        self._index[person.subject] = index
        self._sum = (self._sum + enrolled.fingerprint()) % _MODULUS
        if person.segment is not None:
            self.note_saved(person.segment, {person.subject})

    def note_saved(self, segment: str, subjects: set[UUID]) -> None:
        """Remember that a segment file holds these people as they are now."""
        self._saved.setdefault(segment, set()).update(subjects)
        self._segment_of.update(dict.fromkeys(subjects, segment))

    def unsaved(self) -> tuple[dict[str, set[UUID]], list[Enrolled]]:
        """Segments of people in memory that may stay as they are, and the people whom a save must write, by subject."""
        with self._lock:
            kept = {name: whom for name, whom in self._saved.items() if name not in self._outdated and whom}
            small = [name for name, whom in kept.items() if len(whom) < segments.PEOPLE_A_SEGMENT // 4]
            if len(small) > segments.MOST_SMALL_SEGMENTS:
                kept = {name: whom for name, whom in kept.items() if name not in small}
            written = set().union(*kept.values())
            loose = [p for p in self.people if p is not None and p.subject not in written]
        return kept, sorted(loose, key=lambda person: person.subject)

    def described(self, person: Enrolled) -> Described:
        """Somebody in memory with the cylinders that are scanned, copied."""
        residents = {position: self.shelves[position].at(place) for position, place in person.places.items()}
        return Described(person.subject, person.packed, residents)

    def note_generation(self, generation: int, saved: dict[str, set[UUID]]) -> None:
        """Remember what a finished save wrote."""
        with self._lock:
            self.generation, self._saved, self._outdated = generation, saved, set()
            self._segment_of = {subject: name for name, whom in saved.items() for subject in whom}
