"""The queue and the case, asked as a browser asks."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.urls import reverse

from gada import vault
from gada.biometrics.rules import CaptureDraft
from gada.biometrics.services import take_captures
from gada.journal.models import LogEntry, Mention
from gada.matching.models import Case, Judgement
from gada.matching.services import check_person, judge_case
from gada.people.models import Person
from gada.people.rules import birth_of
from tests.biometrics.builders import a_print, household, take_prints
from tests.matching.builders import MOUSSA, MOUSSA_AGAIN, first_moussa, moussa_twice, second_moussa, the_case
from tests.people.builders import a_member
from tests.world import AT, Role, a_browser, a_site, an_agency, an_operator

pytestmark = pytest.mark.django_db
VALUES = [v for v in (*MOUSSA.values(), *MOUSSA_AGAIN.values()) if isinstance(v, str) and len(v) > 2]


def page_of(case: Case) -> str:
    return reverse("matching:case", args=[case.id])


def pictures_of(case: Case) -> list[str]:
    return [
        reverse("matching:print", args=[case.id, "left", 2]), reverse("matching:photo", args=[case.id, "left"]),
        reverse("matching:print", args=[case.id, "right", 2]), reverse("matching:photo", args=[case.id, "right"]),
    ]


def test_outsiders_see_nothing_and_decide_nothing() -> None:
    moussa_twice()
    case = the_case()
    judgement = judge_case(
        operator=an_operator(Role.ADJUDICATOR), case_id=case.id, verdict="same", reason="vu ensemble", at=AT
    )
    chen = a_browser(an_operator(Role.ADJUDICATOR, Role.SUPERVISOR, name="Chen", agency=an_agency()))
    for address in (reverse("matching:cases"), reverse("matching:cases") + "?decided"):
        page = chen.get(address).content.decode()
        assert str(case.id) not in page and not any(value in page for value in VALUES)
    amina = a_browser(an_operator(Role.CLERK, name="Amina"))
    for browser in (chen, amina):
        for address in (page_of(case), *pictures_of(case)):
            answer = browser.get(address)
            assert answer.status_code == 404 and not any(value in answer.content.decode() for value in VALUES)
        undo = reverse("matching:undo", args=[case.id, judgement.id])
        assert browser.post(reverse("matching:judge", args=[case.id]), {"verdict": "same"}).status_code == 404
        assert browser.post(undo).status_code == 404
    assert amina.get(reverse("matching:cases")).status_code == 403
    assert a_browser().get(page_of(case)).status_code == 302
    assert Judgement.objects.get().undone_at is None


def test_the_case_shows_both_and_leaves_a_line() -> None:
    first, second, _result = moussa_twice()
    case, operator = the_case(), an_operator(Role.ADJUDICATOR)
    page = a_browser(operator).get(page_of(case)).content.decode()
    words = re.sub(r"</?mark>", "", page)
    assert all(value in words for value in VALUES if not value.startswith("+"))
    assert "90112233" not in page and "·· 2233" in page  # enough to compare, too little to call
    assert "print-joins" in page and "par hasard" in page and "personnes connues" in page
    assert not re.search(r'style="|<script>', page)
    for word in ("probe", "gallery", "template", "canonical"):
        assert word not in page
    read = LogEntry.objects.filter(action="person.read").latest("lamport")
    assert read.purpose == "adjudication"
    shown = set(Mention.objects.filter(entry=read).values_list("person_id", flat=True))
    assert {first.id, second.id} <= shown and len(shown) == 4  # both, and the household of the first


def test_the_queue_names_nobody_and_leaves_no_line() -> None:
    moussa_twice()
    page = a_browser(an_operator(Role.ADJUDICATOR)).get(reverse("matching:cases")).content.decode()
    assert page_of(the_case()) in page and not any(value in page for value in VALUES)
    assert not LogEntry.objects.filter(action="person.read").exists()


def test_somebody_elses_side_shows_agreement_and_no_value() -> None:
    """Two sites; the adjudicator works at the second only."""
    first, second = first_moussa(site=a_site()), second_moussa(site=a_site())
    check_person(person=second, at=AT)
    case = the_case()
    browser = a_browser(an_operator(Role.ADJUDICATOR, site=second.site))
    page = browser.get(page_of(case)).content.decode()
    assert MOUSSA_AGAIN["mother"] in page
    assert not any(v in page for v in MOUSSA.values() if isinstance(v, str) and len(v) > 2)
    members = Person.objects.filter(memberships__household__memberships__person=first)
    assert not any(member.given in page for member in members)
    assert "print-joins" not in page
    for address in pictures_of(case)[:2]:
        assert browser.get(address).status_code == 404
    assert browser.post(reverse("matching:judge", args=[case.id]), {"verdict": "same"}).status_code == 302


def test_judged_with_one_key_and_undone() -> None:
    moussa_twice()
    case, browser = the_case(), a_browser(an_operator(Role.ADJUDICATOR, name="Bakr"))
    page = browser.get(page_of(case)).content.decode()
    assert re.findall(r'name="verdict" value="(\w+)" required data-key="(\w)"', page) == [
        ("same", "m"), ("different", "d"), ("unsure", "p"),
    ]
    answer = browser.post(reverse("matching:judge", args=[case.id]), {
        "verdict": "same", "reason": "même cicatrice", "why": ["0", "7"],
    })
    assert answer["Location"] == reverse("matching:cases")  # it was the last one
    page = browser.get(page_of(case)).content.decode()
    assert "Doigts. même cicatrice" in page and "Bakr" in page and 'name="verdict"' not in page
    assert "deuxième lecture" in page and "une deuxième personne" in page  # and nobody else may read it yet
    assert browser.post(reverse("matching:judge", args=[case.id]), {"verdict": "same"}).status_code == 409
    second = a_browser(an_operator(Role.ADJUDICATOR, name="Coumba"))
    assert "une deuxième personne" not in browser.get(page_of(case)).content.decode()
    page = second.get(page_of(case)).content.decode()
    assert "même cicatrice" not in page and "Bakr" not in page and 'name="verdict"' in page  # blind
    queue = second.get(reverse("matching:cases")).content.decode()
    assert page_of(case) in queue and "deuxième" not in queue
    second.post(reverse("matching:judge", args=[case.id]), {"verdict": "same", "reason": "même mère"})
    page = browser.get(page_of(case)).content.decode()
    assert "même mère" in page and "Coumba" in page
    judgement = Judgement.objects.get(second_of=None)
    assert "même" not in str(bytes(judgement.reason))
    answer = browser.post(reverse("matching:undo", args=[case.id, judgement.id]), {"reason": "erreur"})
    assert answer["Location"] == page_of(case)
    page = browser.get(page_of(case)).content.decode()
    assert 'name="verdict"' in page and "erreur" in page
    assert browser.post(reverse("matching:judge", args=[case.id]), {"verdict": "?"}).status_code == 422
    assert browser.post(reverse("matching:undo", args=[case.id, UUID(int=1)])).status_code == 404


def test_letters_that_differ_are_marked_and_members_stand_side_by_side() -> None:
    wife = {"given": "Zeinabou", "surname": "Walet Bilal", "sex": "F", "birth": birth_of(year=1980)}
    home = household(members=(a_member(head=True, **MOUSSA), a_member(**wife), a_member(given="Amina", sex="F")))
    again = MOUSSA_AGAIN | {"given": "Mahamadu", "surname": "Ag Alhousseini"}
    there = household(members=(a_member(given="Oumarou", sex="M"), a_member(head=True, **again), a_member(**wife)))
    second = there.memberships.get(relationship="head").person
    for person, touch in ((home.memberships.get(relationship="head").person, 1), (second, 2)):
        take_prints(person, {2: 7, 7: 8}, touch=touch)
    check_person(person=second, at=AT)
    page = a_browser(an_operator(Role.ADJUDICATOR)).get(page_of(the_case())).content.decode()
    assert "doigts qui correspondent : 2 sur 2" in page
    assert "Mahamad<mark>o</mark>u" in page and "<td>Mahamadu" in page and "<mark>Z" not in page
    table = page[page.index("aligned"):]
    assert table.count("personne de semblable") == 2  # one of each
    assert table.index("Mahamadu") < table.index("Zeinabou") < table.index("Oumarou")
    assert "1 autre membre se ressemble" in table
    assert "Ce qui s’est passé avant" in page and page.count("La prise de ses empreintes") == 2


def test_a_name_is_never_markup() -> None:
    first_moussa(given="Mahamadou <b>x</b>")
    second = second_moussa(given="Mahamadu <b>y</b>", surname="Ag Alhousseini")
    check_person(person=second, at=AT)
    page = a_browser(an_operator(Role.ADJUDICATOR)).get(page_of(the_case())).content.decode()
    assert "<b>" not in page and "&lt;b&gt;" in page


def test_a_supervisor_sees_and_does_not_decide() -> None:
    moussa_twice()
    browser = a_browser(an_operator(Role.SUPERVISOR))
    assert 'name="verdict"' not in browser.get(page_of(the_case())).content.decode()
    assert browser.post(reverse("matching:judge", args=[the_case().id]), {"verdict": "same"}).status_code == 403


def test_one_case_leads_to_the_next() -> None:
    moussa_twice()
    third = second_moussa(given="Mamadou")
    check_person(person=third, at=AT)
    browser = a_browser(an_operator(Role.ADJUDICATOR))
    first = browser.get(reverse("matching:next"))["Location"]
    following = browser.post(f"{first}judge/", {"verdict": "unsure"})["Location"]
    assert following != first and following.startswith("/cases/")


def test_pictures_are_those_of_the_print_and_the_person() -> None:
    first, second = first_moussa(prints=False), second_moussa(prints=False)
    clerk = an_operator(Role.CLERK)
    for person, touch in ((first, 1), (second, 2)):
        draft = CaptureDraft(2, image=a_print(7, touch))
        take_captures(operator=clerk, person=person, captures=[draft], at=AT)
    Person.objects.filter(id=first.id).update(photo=vault.put_blob(first.id, b"\x89PNG" + bytes(9)))
    check_person(person=second, at=AT)
    browser = a_browser(an_operator(Role.ADJUDICATOR))
    left_print, left_photo, right_print, right_photo = pictures_of(the_case())
    page = browser.get(page_of(the_case())).content.decode()
    assert left_print in page and right_print in page and left_photo in page and right_photo not in page
    for address in (left_print, right_print, left_photo):
        answer = browser.get(address)
        assert answer["Content-Type"] == "image/png" and answer["Cache-Control"] == "no-store"
    assert browser.get(right_photo).status_code == 404
    assert browser.get(left_print.replace("left", "canonical")).status_code == 404


def test_the_queue_stays_quick(django_assert_max_num_queries) -> None:
    for name in ("Mohamed", "Mamadou", "Mahamane"):
        check_person(person=second_moussa(given=name), at=AT)
    browser = a_browser(an_operator(Role.ADJUDICATOR))
    with django_assert_max_num_queries(19):
        browser.get(reverse("matching:cases"))
    with django_assert_max_num_queries(50):
        browser.get(page_of(Case.objects.first()))
