"""A sitting at the desk: who may take prints, of whom, and what is kept."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from gada import vault
from gada.biometrics.models import Capture, Template
from gada.biometrics.queries import captures_of, identify, may_take_prints, sample_for, verify
from gada.biometrics.rules import CaptureDraft
from gada.biometrics.services import read_fingers, take_captures
from gada.biometrics.services.reading import read_print
from gada.engine.formats.fmr import read_fmr
from gada.engine.formats.fmr_2011 import write_fmr_2011
from gada.engine.formats.incits_378 import write_incits_378
from gada.people.drafts import AnswerDraft
from gada.people.rules import birth_of
from gada.people.services import answer_purpose, erase_person
from tests.biometrics.builders import a_print, a_record, a_template, registered, take_prints
from tests.world import AT, Role, a_site, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
DECLINED = CaptureDraft(position=0, outcome="declined", reason="ne veut pas")


def test_chen_of_another_agency_takes_no_prints() -> None:
    person = registered()
    chen = an_operator(Role.CLERK, name="Chen", agency=an_agency())
    with refused("not-permitted"):
        take_captures(operator=chen, person=person, captures=[DECLINED], at=AT)
    assert not Capture.objects.exists()


def test_chen_sees_neither_tries_nor_pictures() -> None:
    person = registered()
    amina = an_operator(Role.CLERK, name="Amina")
    chen = an_operator(Role.CLERK, Role.ADJUDICATOR, Role.SUPERVISOR, name="Chen", agency=an_agency())
    take_captures(operator=amina, person=person, captures=[CaptureDraft(2, image=a_print(7))], at=AT)
    capture = captures_of(amina, person.id).get()
    assert not captures_of(chen, person.id).exists()
    with refused("print-unknown"):
        sample_for(chen, person.id, capture.sample)
    with refused("print-unknown"):  # a clerk takes prints; looking at them is for those who decide
        sample_for(amina, person.id, capture.sample)
    bakr = an_operator(Role.SUPERVISOR, name="Bakr")
    assert sample_for(bakr, person.id, capture.sample)[:4] == b"\x89PNG"


def test_of_three_tries_the_best_is_kept_and_all_are_recorded() -> None:
    person = registered()
    tries = [a_print(7, touch) for touch in (1, 2, 3)]
    made = take_captures(
        operator=an_operator(Role.CLERK), person=person, at=AT,
        captures=[CaptureDraft(2, image=image, device="lecteur 4") for image in tries],
    )
    assert [capture.outcome for capture in made] == ["taken"] * 3
    assert Capture.objects.filter(person=person).count() == 3
    template = Template.objects.get(person=person)
    best = max(made, key=lambda capture: capture.quality)
    assert template.capture_id == best.id and template.quality == best.quality
    assert [bool(capture.sample) for capture in made] == [capture.id == best.id for capture in made]
    kept = Image.open(BytesIO(vault.get_blob(person.id, best.sample)))
    record = read_fmr(vault.open_for(person.id, template.record))[0]
    assert kept.size == (record.template.width, record.template.height)
    found = verify(person_id=person.id, fingers=read_fingers({2: a_print(7, 4)}))
    assert found is not None and found.score >= 40 and found.shown == found.held == 2 and found.pairs


def test_a_refusal_of_prints_is_kept_and_nobody_looks_for_them() -> None:
    person = registered(answers=(AnswerDraft("prints", "no"),))
    assert may_take_prints(person.id, at=AT)[0] == "prints-refused"
    with refused("prints-refused"):
        take_prints(person, {2: 7})
    take_captures(operator=an_operator(Role.CLERK), person=person, captures=[DECLINED], at=AT)
    kept = Capture.objects.get(person=person)
    assert (kept.outcome, kept.reason, kept.quality) == ("declined", "ne veut pas", None)
    assert identify(fingers={2: a_template(7)}) == []


def test_every_answer_is_a_full_answer() -> None:
    person = registered(allowed=False)  # not even the programme matters when nothing is taken
    drafts = [CaptureDraft(3, outcome="exception"), CaptureDraft(4, outcome="unable"), DECLINED]
    made = take_captures(operator=an_operator(Role.CLERK), person=person, captures=drafts, at=AT)
    assert [capture.outcome for capture in made] == ["exception", "unable", "declined"]
    assert may_take_prints(person.id, at=AT)[0] == "prints-not-for-programme"


def test_no_prints_without_a_programme_that_allows_them() -> None:
    with refused("prints-not-for-programme"):
        take_prints(registered(allowed=False), {2: 7})


def test_no_prints_of_small_children() -> None:
    with refused("prints-too-young"):
        take_prints(registered(birth=birth_of(year=AT.year - 3, estimated=True)), {2: 7})


def test_what_is_no_finger_is_refused_and_nothing_is_kept() -> None:
    person, amina = registered(), an_operator(Role.CLERK)
    photograph = BytesIO()
    Image.linear_gradient("L").resize((300, 400)).save(photograph, format="PNG")
    for image, code in (
        (b"", "image-empty"), (a_print(7)[:2000], "image-unreadable"), (photograph.getvalue(), "image-not-a-finger"),
    ):
        with refused(code):
            drafts = [CaptureDraft(2, image=a_print(7)), CaptureDraft(3, image=image)]
            take_captures(operator=amina, person=person, captures=drafts, at=AT)
    for record, code in ((b"FMR\0 20\0", "fmr-truncated"), (a_record({2: 7})[:-9], "fmr-truncated")):
        with refused(code):
            take_captures(operator=amina, person=person, captures=[CaptureDraft(2, record=record)], at=AT)
    with refused("record-other-finger"):
        take_captures(operator=amina, person=person, captures=[CaptureDraft(3, record=a_record({2: 7}))], at=AT)
    with refused("finger-unknown"):
        take_captures(operator=amina, person=person, captures=[CaptureDraft(11, record=a_record({2: 7}))], at=AT)
    with refused("capture-without-print"):
        take_captures(operator=amina, person=person, captures=[CaptureDraft(2)], at=AT)
    with refused("capture-empty"):
        take_captures(operator=amina, person=person, captures=[], at=AT)
    assert not Capture.objects.exists() and not Template.objects.exists()


def test_whatever_edition_comes_in_what_is_kept_is_that_of_2005() -> None:
    given = a_record({2: 7})
    same = write_fmr_2011(read_fmr(given))
    assert read_print(position=2, record=same).record == given
    american = write_incits_378(read_fmr(given), edition=2009)
    assert len(read_fmr(read_print(position=2, record=american).record)[0].template) == len(read_fmr(given)[0].template)


def test_an_erased_person_leaves_no_print(django_capture_on_commit_callbacks) -> None:
    person = registered()
    take_captures(
        operator=an_operator(Role.CLERK), person=person, captures=[CaptureDraft(2, image=a_print(7))], at=AT
    )
    sample = Capture.objects.get().sample
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(operator=an_operator(Role.DPO), person_id=person.id, ground="demande", at=AT)
    assert not Capture.objects.exists() and not Template.objects.exists()
    assert verify(person_id=person.id, fingers={2: a_template(7)}) is None
    with refused("blob-missing"):
        vault.get_blob(person.id, sample)


def test_a_withdrawal_takes_effect_before_the_next_search() -> None:
    person, bakr = registered(), an_operator(Role.SUPERVISOR)
    take_prints(person, {2: 7, 7: 8})
    probe = {2: a_template(7, 2)}
    assert [found.subject for found in identify(fingers=probe)] == [person.id]
    answer_purpose(operator=bakr, person_id=person.id, answer=AnswerDraft("prints", "withdrawn"), at=AT)
    assert identify(fingers=probe) == [] and verify(person_id=person.id, fingers=probe) is None
    answer_purpose(operator=bakr, person_id=person.id, answer=AnswerDraft("prints", "yes"), at=AT)
    assert [found.subject for found in identify(fingers=probe)] == [person.id]
    answer_purpose(operator=bakr, person_id=person.id, answer=AnswerDraft("sharing", "no"), at=AT)
    assert [found.subject for found in identify(fingers=probe)] == [person.id]


def test_a_clerk_of_one_site_takes_no_prints_at_another() -> None:
    person = registered()
    with refused("not-permitted"):
        take_prints(person, {2: 7}, operator=an_operator(Role.CLERK, site=a_site()))
