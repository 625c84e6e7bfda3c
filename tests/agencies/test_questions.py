"""Questions a programme asks of its own: who may choose them, what they need, how a new form leaves the old one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from gada.agencies.models import Programme, QuestionSet
from gada.agencies.queries import answers_shown, newest_questions, questions_of
from gada.agencies.questions import Question, is_asked, ready_groups
from gada.agencies.rules import Role
from gada.agencies.services import choose_questions
from tests.world import AT, a_browser, a_node, a_programme, an_admin, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
WATER = Question("water", "D’où vient l’eau ?", "Where is water from?", "one", choices=(
    ("well", "Puits", "Well"), ("river", "Fleuve", "River"),
))
PREGNANT = next(question for group in ready_groups() for question in group.questions if question.code == "pregnant")


def chosen(programme: Programme, *questions: Question) -> QuestionSet:
    return choose_questions(operator=a_node().admin, programme_id=programme.id, questions=questions, at=AT)


def test_a_new_form_leaves_the_answers_of_the_old_one_as_they_were_asked() -> None:
    programme = a_programme()
    first = chosen(programme, WATER)
    chosen(programme, replace(WATER, fr="Quelle eau ?"), replace(WATER, code="fuel", fr="Bois ?", en="Wood?"))
    assert newest_questions(programme).questions[0]["fr"] == "Quelle eau ?"
    assert [question.code for question in questions_of(programme)] == ["water", "fuel"]
    custom = {"answers": {"water": "well", "gone": 3}, "form": str(first.id)}
    assert answers_shown(custom, "fr") == [("D’où vient l’eau ?", "Puits"), ("gone", "3")]
    assert answers_shown({}, "fr") == answers_shown({"answers": {}}, "en") == []


def test_only_who_runs_programmes_of_this_agency_may_choose() -> None:
    programme = a_programme()
    clerk, stranger = an_operator(Role.CLERK), an_admin(an_agency())
    for operator in (clerk, stranger):
        with refused("not-permitted"):
            choose_questions(operator=operator, programme_id=programme.id, questions=[WATER], at=AT)
        assert a_browser(operator).get(reverse("agencies:questions", args=[programme.id])).status_code in (403, 404)
    assert QuestionSet.objects.count() == 0


def test_nothing_sensitive_is_asked_without_the_passage_that_allows_it() -> None:
    programme = a_programme()
    with refused("question-not-assessed"):
        chosen(programme, PREGNANT)
    chosen(programme, replace(PREGNANT, allowed_by="§ 4.2"))
    assert [question.code for question in questions_of(programme)] == ["pregnant"]
    Programme.objects.filter(id=programme.id).update(impact_assessment="", biometrics_allowed=False)
    programme.refresh_from_db()
    assert questions_of(programme) == ()
    with refused("question-not-assessed"):
        chosen(programme, replace(PREGNANT, allowed_by="§ 4.2"))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (replace(WATER, code="Eau !"), "question-code"),
        (replace(WATER, en=" "), "question-words"),
        (replace(WATER, fr="x" * 200), "question-words"),
        (replace(WATER, kind="magic"), "question-unknown"),
        (replace(WATER, when="never"), "question-unknown"),
        (replace(WATER, choices=WATER.choices[:1]), "question-choices"),
        (replace(WATER, kind="text"), "question-choices"),
        (replace(WATER, choices=WATER.choices[:1] * 2), "question-choices"),
    ],
)
def test_a_question_that_cannot_be_is_refused(wrong: Question, code: str) -> None:
    programme = a_programme()
    with refused(code):
        chosen(programme, wrong)
    with refused("question-twice"):
        chosen(programme, WATER, WATER)
    with refused("question-too-many"):
        chosen(programme, *(replace(WATER, code=f"q{number}") for number in range(61)))


def test_the_kind_of_a_question_never_changes_even_when_it_was_taken_off_meanwhile() -> None:
    programme = a_programme()
    chosen(programme, WATER)
    chosen(programme)
    with refused("question-kind-fixed"):
        chosen(programme, replace(WATER, kind="text", choices=()))


def test_who_is_asked_what() -> None:
    def asked(when: str, *, sex: str = "", age: int | None = None, is_head: bool = False) -> bool | None:
        return is_asked(replace(WATER, when=when), is_head=is_head, sex=sex, age=age)

    assert asked("always") is True and asked("head", is_head=True) is True and asked("head") is False
    assert asked("women", sex="M") is False and asked("women", sex="F", age=60) is False
    assert (
        asked("women", sex="F", age=30) is True
        and asked("women", age=30) is None
        and asked("women", sex="F") is None
    )
    assert asked("five", age=4) is False and asked("children", age=18) is False and asked("adults", age=18) is True


def test_the_form_is_designed_on_its_page() -> None:
    programme, browser = a_programme(), a_browser(a_node().admin)
    page = reverse("agencies:questions", args=[programme.id])
    assert "Aucune question propre" in browser.get(page).content.decode()
    water = {
        "do": "keep", "fr": "D’où vient l’eau ?", "en": "Where is water from?", "kind": "one", "of": "household",
        "when": "always", "required": "on", "choices": "Puits | Well\r\nFleuve | River",
    }
    assert browser.post(page, water).status_code == 302
    (made,) = questions_of(programme)
    assert made == Question(
        "where_is_water_from", water["fr"], water["en"], "one", "household", choices=WATER.choices, required=True
    )
    shown = browser.get(f"{page}?question={made.code}").content.decode()
    assert "Puits | Well" in shown and "Telle qu’elle est posée" in shown
    assert browser.post(f"{page}?question={made.code}", water | {"fr": "Quelle eau ?"}).status_code == 302
    assert browser.post(page, water | {"choices": "Puits"}).status_code == 422
    assert browser.post(page, {"do": "ready", "group": "washington-group"}).status_code == 422
    assert browser.post(page, {"do": "ready", "group": "washington-group", "allowed_by": "§ 4"}).status_code == 302
    assert len(questions_of(programme)) == 7 and questions_of(programme)[0].fr == "Quelle eau ?"
    browser.post(page, {"do": "up", "code": "wg_seeing"})
    browser.post(page, {"do": "off", "code": "wg_hearing"})
    assert [question.code for question in questions_of(programme)][:3] == [
        "wg_seeing", "where_is_water_from", "wg_walking",
    ]
    assert "Questions" in browser.get(reverse("agencies:sites")).content.decode()
