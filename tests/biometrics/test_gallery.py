"""The gallery in use: what it holds, how it keeps up, and what lies on disk."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction

from gada import vault
from gada.biometrics import gallery as in_use
from gada.biometrics.gallery import close_gallery, gallery_in_use, rebuild_gallery, state_of_gallery
from gada.biometrics.models import GalleryChange, Template
from gada.biometrics.queries import identify, verify
from gada.biometrics.services import import_templates
from gada.journal import seal
from gada.journal.comparing import compare_state
from gada.people.drafts import AnswerDraft
from gada.people.models import Person
from tests.biometrics.builders import a_record, a_template, household, registered, take_prints
from tests.people.builders import a_member
from tests.world import AT, Role, a_node, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db


def people_of(number: int) -> list[Person]:
    home = household(members=(a_member(head=True), *(a_member() for _ in range(number - 1))))
    return [membership.person for membership in home.memberships.order_by("person__number")]


def imported(people: list[Person], *, first: int = 100) -> list[tuple[UUID, bytes]]:
    items = [(person.id, a_record({2: first + 2 * n, 7: first + 2 * n + 1})) for n, person in enumerate(people)]
    import_templates(operator=an_operator(Role.SUPERVISOR), site=a_node().site, items=items, at=AT)
    return items


def test_chen_imports_nothing_into_our_site() -> None:
    person = registered()
    chen = an_operator(Role.SUPERVISOR, name="Chen", agency=an_agency())
    with refused("not-permitted"):
        import_templates(operator=chen, site=a_node().site, items=[(person.id, a_record({2: 7}))], at=AT)


def test_an_import_takes_whom_it_may_and_names_the_others() -> None:
    willing, unwilling, unasked, elsewhere = (
        registered(), registered(answers=(AnswerDraft("prints", "no"),)), registered(answers=()), UUID(int=5)
    )
    forbidden, broken, poor = registered(allowed=False), registered(), registered()
    empty = a_record({2: 7})[:24] + b"\x02\x00\x50\x00\x00\x00"
    empty = empty[:8] + len(empty).to_bytes(4, "big") + empty[12:]
    record = a_record({2: 7, 7: 8})
    people = (willing, unwilling, unasked, forbidden)
    items = [(p.id, record) for p in people] + [(elsewhere, record), (broken.id, record[:60]), (poor.id, empty)]
    operator = an_operator(Role.SUPERVISOR)
    done = import_templates(operator=operator, site=a_node().site, items=items, at=AT)
    assert (done.people, done.fingers) == (2, 4)
    assert done.left_out == {
        unwilling.id: "prints-refused", forbidden.id: "prints-not-for-programme", elsewhere: "person-unknown",
        broken.id: "fmr-truncated", poor.id: "print-too-poor",
    }
    again = import_templates(operator=operator, site=a_node().site, items=items, at=AT)
    assert (again.people, again.fingers) == (0, 0) and Template.objects.count() == 4
    assert {row.person_id for row in Template.objects.all()} == {willing.id, unasked.id}


def test_everybody_is_found_by_another_touch_and_nobody_else() -> None:
    people = people_of(40)
    imported(people)
    for number in (0, 17, 39):
        fingers = {2: a_template(100 + 2 * number, 2), 7: a_template(101 + 2 * number, 2)}
        found = identify(fingers=fingers)
        assert found[0].subject == people[number].id and found[0].score > 60
        assert all(candidate.score < 40 for candidate in found[1:])
        assert identify(fingers=fingers, among={people[5].id}, limit=3, minimum_score=60) == []
        assert verify(person_id=people[number].id, fingers={0: fingers[2]}).held == 2
    assert identify(fingers={2: a_template(9000), 7: a_template(9001)}, minimum_score=60) == []


def test_it_lies_sealed_on_disk_and_opens_where_it_stood() -> None:
    people = people_of(6)
    imported(people[:4])
    state = rebuild_gallery()
    assert (state.gallery.size == 4 and state.stands_at == state.saved_at) or state.uncertain
    digest = state.gallery.digest()
    folder = vault.data_directory() / "gallery"
    plain = a_record({2: 100})[28:60]
    assert plain and all(plain not in path.read_bytes() for path in folder.iterdir())
    assert any(path.suffix == ".gallery" for path in folder.iterdir())
    close_gallery()
    assert gallery_in_use().digest() == digest
    imported(people[4:], first=300)
    assert identify(fingers={2: a_template(300, 2)})[0].subject == people[4].id


@pytest.mark.django_db(transaction=True)
def test_it_says_at_which_place_of_the_journal_it_stands() -> None:
    people = people_of(3)
    imported(people[:2])
    head = seal(at=AT)
    assert head is not None
    imported(people[2:], first=300)
    state = rebuild_gallery()
    assert (state.gallery.size, state.journal_at) == (3, head.size)
    close_gallery()
    assert in_use._opened().journal_at == head.size
    later = seal(at=AT)
    assert later is not None and later.size > head.size
    assert state_of_gallery().journal_at == later.size


def test_damaged_files_are_built_again(caplog: pytest.LogCaptureFixture) -> None:
    people = people_of(3)
    imported(people)
    rebuild_gallery()
    for path in (vault.data_directory() / "gallery").glob("*.gallery"):
        path.write_bytes(path.read_bytes()[:-1])
    close_gallery()
    assert gallery_in_use().size == 3
    assert "built again" in caplog.text


def test_what_is_rolled_back_is_not_there_next_time() -> None:
    (person,) = people_of(1)

    class Regret(Exception):
        pass

    with pytest.raises(Regret), transaction.atomic():
        take_prints(person, {2: 7})
        assert identify(fingers={2: a_template(7, 2)})
        raise Regret
    assert identify(fingers={2: a_template(7, 2)}) == []
    assert gallery_in_use().size == 0
    take_prints(person, {2: 7})
    assert identify(fingers={2: a_template(7, 2)})


@pytest.mark.django_db(transaction=True)
def test_numbers_that_come_late_are_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL the change numbered 2 may be committed before the change numbered 1."""
    people = people_of(2)
    imported(people)
    assert gallery_in_use().size == 2
    state = state_of_gallery()
    stood = state.stands_at
    GalleryChange.objects.create(id=stood + 3, person=people[0].id)
    gallery_in_use()
    assert state.stands_at == stood + 3 and {stood + 1, stood + 2} <= set(state.gaps)
    state.gallery.remove(people[1].id)
    GalleryChange.objects.create(id=stood + 1, person=people[1].id)
    assert gallery_in_use().size == 2 and stood + 2 in state.gaps and stood + 1 not in state.gaps
    monkeypatch.setattr(in_use.time, "monotonic", lambda: time.perf_counter() + 1e9)
    gallery_in_use()
    assert not state.gaps


def test_only_one_process_writes(tmp_path: Path) -> None:
    imported(people_of(2))
    rebuild_gallery()
    lock = vault.data_directory() / "gallery" / "writing.lock"
    lock.touch()
    try:
        assert not in_use.save_gallery(state_of_gallery())
    finally:
        lock.unlink()
    assert in_use.save_gallery(state_of_gallery())


def test_entries_alone_rebuild_templates() -> None:
    person = registered()
    take_prints(person, {2: 7, 7: 8})
    imported(people_of(2))
    assert not [each for each in compare_state().differences if each.model.startswith("biometrics")]
    Template.objects.filter(person=person, position=2).update(quality=1)
    named = [(each.kind, each.model, each.fields) for each in compare_state().differences]
    assert named == [("edited", "biometrics.Template", ("quality",))]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_reads_the_committed_past_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_use, "MANY", 2)
    *known, newcomer = people_of(5)
    imported(known)
    with transaction.atomic():
        assert gallery_in_use().size == 4
        state = state_of_gallery()
        assert state.stands_at == GalleryChange.objects.latest("id").id and not state.uncertain
        take_prints(newcomer, {2: 7})
        found = identify(fingers={2: a_template(7, 2)})
        assert found[0].subject == newcomer.id and state.uncertain == {newcomer.id}


@pytest.mark.django_db(transaction=True)
def test_past_its_room_in_memory_people_are_searched_on_disk(settings, monkeypatch) -> None:
    settings.GALLERY_IN_MEMORY = 3
    monkeypatch.setattr(in_use, "SAVE_AFTER", 2)
    people = people_of(8)
    imported(people)
    built = rebuild_gallery().gallery
    assert (built.size, built.size - len(built.beyond) <= 3) == (8, True)
    for number, person in enumerate(people):
        assert identify(fingers={2: a_template(100 + 2 * number, 2)}, limit=1)[0].subject == person.id
    close_gallery()
    again = gallery_in_use()
    assert (again.size, len(again.beyond) >= 5, again.digest()) == (8, True, built.digest())
