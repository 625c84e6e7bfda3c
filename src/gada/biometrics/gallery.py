"""The gallery in use: one per process, opened when first needed, caught up before each search.

It holds the fingers of people who are registered and have not refused prints. Every change to a person's
fingers leaves a `GalleryChange`; a process reads on from where it stood, so what another process took a
moment ago is found. On disk it lies in sealed segments under `gallery/`; it can be built again at any time.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from gada import vault
from gada.biometrics.models import GalleryChange, Template
from gada.biometrics.rules import strongest
from gada.engine import fingerprint
from gada.engine.formats.fmr import read_fmr
from gada.engine.gallery import Gallery
from gada.engine.proof import secrets
from gada.engine.refusal import Refusal
from gada.journal.logs import sealed_entries
from gada.people.models import Person
from gada.people.queries import may_use
from gada.people.words import PersonStatus, Purpose

BATCH = 500
SAVE_AFTER = 2000  # people changed since the last save: reading them again takes a second or two
MANY = 200  # changes that a transaction may read again at each of its searches
GAP_SECONDS = 600  # a number missing for longer belongs to a transaction that was rolled back
MOST_GAPS = 10_000
LOCK_SECONDS = 600  # a lock file older than this was left behind by a killed process

log = logging.getLogger(__name__)


def _cipher() -> secrets.Cipher:
    """Seals segments under a key derived from the node key."""
    return secrets.Cipher(secrets.derive(vault.node_key(), purpose="gallery"))


@dataclass(eq=False)
class InUse:
    """A gallery and how far it has read the changes. It holds what the first `journal_at` entries of this node's log
    say, and what was committed after them until it was last caught up."""

    folder: Path
    gallery: Gallery
    stands_at: int = 0
    saved_at: int = 0
    journal_at: int = 0
    # Numbers not seen yet: on PostgreSQL a later number may be committed before an earlier one.
    gaps: dict[int, float] = field(default_factory=dict)
    # Read inside somebody's transaction: looked at again later, for it may have been rolled back.
    uncertain: set[UUID] = field(default_factory=set)


_lock = threading.RLock()
_in_use: InUse | None = None


def gallery_in_use() -> Gallery:
    """This process's gallery, caught up with everything committed until now. Raises vault.Locked."""
    with _lock:
        state = _opened()
        _catch_up(state)
        return state.gallery


def rebuild_gallery() -> InUse:
    """Build the gallery anew from the stored records and save it."""
    global _in_use
    with _lock:
        vault.node_key()
        state = InUse(_folder(), _empty())
        _catch_up(state)
        _in_use = state
        save_gallery(state)
        return state


def state_of_gallery() -> InUse:
    """The gallery of this process with where it stands, caught up."""
    gallery_in_use()
    assert _in_use is not None
    return _in_use


def close_gallery() -> None:
    """Forget the gallery of this process (locking the node, tests)."""
    global _in_use
    with _lock:
        _in_use = None


def save_gallery(state: InUse) -> bool:
    """Write what changed to disk. False when another process is writing: it will have the same to write."""
    stands_at, journal_at = state.stands_at, state.journal_at
    with _alone(state.folder) as alone:
        if not alone:
            return False
        cipher = _cipher()
        state.gallery.save(state.folder, cipher=cipher)
        # After the segments: a crash in between leaves an older number, and some changes are read twice.
        standing = {"stands_at": stands_at, "person": _person_at(stands_at), "journal_at": journal_at}
        body = cipher.seal(json.dumps(standing).encode(), context=b"gallery standing")
        vault.node.write_whole(state.folder / "standing.sealed", body)
        state.saved_at = stands_at
    return True


def _folder() -> Path:
    return vault.data_directory() / "gallery"


def _opened() -> InUse:
    global _in_use
    folder = _folder()
    if _in_use is None or _in_use.folder != folder:
        _in_use = _open(folder)
    return _in_use


def _open(folder: Path) -> InUse:
    cipher = _cipher()
    try:
        standing = json.loads(cipher.open((folder / "standing.sealed").read_bytes(), context=b"gallery standing"))
        stands_at = int(standing["stands_at"])
        if standing["person"] != _person_at(stands_at):
            raise ValueError("the database is not the one that this was saved with")
        gallery = Gallery.open(folder, cipher=cipher, most_in_memory=settings.GALLERY_IN_MEMORY)
        return InUse(folder, gallery, stands_at, stands_at, int(standing.get("journal_at", 0)))
    except FileNotFoundError:
        pass
    except (Refusal, ValueError, KeyError):
        log.warning("The stored fingerprints for searching cannot be read; they are built again.")
    return InUse(folder, _empty())


def _empty() -> Gallery:
    return Gallery(most_in_memory=settings.GALLERY_IN_MEMORY)


def _person_at(number: int) -> str | None:
    """Whom a change was about: after a restore from a backup its number may belong to somebody else."""
    person = GalleryChange.objects.filter(id=number).values_list("person", flat=True).first()
    return str(person) if person else None


def _catch_up(state: InUse) -> None:
    if connection.in_atomic_block and _unread(state)[: MANY + 1].count() > MANY:
        # Another connection sees only what is committed, so what it reads is read for good.
        reader = threading.Thread(target=_catch_up_and_close, args=(state,), name="catch-up-gallery")
        reader.start()
        reader.join()
    sealed = sealed_entries()  # before reading: what was sealed by now was committed, and so are its changes
    changes = list(_unread(state).order_by("id").values_list("id", "person"))
    people = {person for _id, person in changes} | state.uncertain
    if people:
        _look_again(state, people)
    if connection.in_atomic_block:
        # What was read may still be rolled back, and its numbers given again: stay where we stand.
        state.uncertain = people
        return
    state.uncertain = set()
    _move_on(state, [number for number, _person in changes])
    state.journal_at = sealed
    if state.stands_at - state.saved_at >= SAVE_AFTER:
        threading.Thread(target=save_gallery, args=(state,), name="save-gallery", daemon=True).start()
        state.saved_at = state.stands_at


def _catch_up_and_close(state: InUse) -> None:
    try:
        _catch_up(state)
    finally:
        connection.close()


def _unread(state: InUse) -> QuerySet[GalleryChange]:
    return GalleryChange.objects.filter(Q(id__gt=state.stands_at) | Q(id__in=list(state.gaps)))


def _move_on(state: InUse, numbers: list[int]) -> None:
    now = time.monotonic()
    seen = set(numbers)
    newest = max(numbers, default=state.stands_at)
    first = max(state.stands_at + 1, newest - MOST_GAPS)
    fresh = {number: now for number in range(first, newest) if number not in seen}
    kept = {n: since for n, since in state.gaps.items() if n not in seen and now - since < GAP_SECONDS}
    state.gaps = kept | fresh
    state.stands_at = max(state.stands_at, newest)


def _look_again(state: InUse, people: Iterable[UUID]) -> None:
    gallery, ids = state.gallery, sorted(people)
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        held = fingers_held(part)
        for person in part:
            if held.get(person):
                gallery.replace(person, held[person])
            else:
                gallery.remove(person)
        if not gallery.has_room_for(-SAVE_AFTER) and not connection.in_atomic_block:
            save_gallery(state)  # those past the room in memory stay on disk from now on


def usable_people(people: Iterable[UUID]) -> set[UUID]:
    """Those whose prints may be compared now: registered, and not refused or withdrawn."""
    ids = list(people)
    active: set[UUID] = set()
    for start in range(0, len(ids), BATCH):
        rows = Person.objects.filter(id__in=ids[start : start + BATCH], status=PersonStatus.ACTIVE)
        active.update(rows.values_list("id", flat=True))
    return may_use(active, Purpose.PRINTS, default=True)


def fingers_held(people: Iterable[UUID]) -> dict[UUID, dict[int, fingerprint.Template]]:
    """The best template of each finger of those whose prints may be used. Opens sealed records: three queries."""
    usable = usable_people(people)
    rows = list(Template.objects.filter(person__in=usable).only("id", "person_id", "position", "quality", "record"))
    by_person: dict[UUID, list[Template]] = {}
    for row in rows:
        by_person.setdefault(row.person_id, []).append(row)
    keys = vault.data_keys(by_person)
    found: dict[UUID, dict[int, fingerprint.Template]] = {}
    for person, held in by_person.items():
        if person not in keys:  # erased a moment ago
            continue
        chosen = strongest((row.position, row.quality, str(row.id)) for row in held)
        found[person] = {
            row.position: read_fmr(vault.open_for(person, row.record, keys=keys))[0].template
            for row in held if chosen[row.position] == str(row.id)
        }
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """One process writes at a time: a file that only one can create."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "writing.lock"
    try:
        if path.exists() and time.time() - path.stat().st_mtime > LOCK_SECONDS:
            path.unlink(missing_ok=True)
        path.open("x").close()
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)
