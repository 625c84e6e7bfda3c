"""Questions a programme asks beyond the common ones: data, versioned, each answer checked by what it is.

A question is a dictionary in an entry and a `Question` here. Those about health or weakness (`sensitive`) name the
passage of the impact assessment that allows them (`allowed_by`); without it they are never asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid, Refusal

READY = Path(__file__).resolve().parent.parent / "config" / "questions.json"
CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
LONGEST_LABEL = 160
LONGEST_ANSWER = 200
MOST_QUESTIONS = 60
MOST_CHOICES = 60


class Kind(TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Whole number")
    ONE = "one", _("One of a list")
    SEVERAL = "several", _("Several of a list")
    DATE = "date", _("Date")
    YES_NO = "yes-no", _("Yes or no")


class Of(TextChoices):
    PERSON = "person", _("Each person")
    HOUSEHOLD = "household", _("The household")


class When(TextChoices):
    ALWAYS = "always", _("Always")
    HEAD = "head", _("Head of the household only")
    ADULTS = "adults", _("From 18 years on")
    CHILDREN = "children", _("Under 18 years")
    FIVE = "five", _("From 5 years on")
    WOMEN = "women", _("Women and girls of 10 to 55 years")


AGES = {When.ADULTS: (18, 200), When.CHILDREN: (0, 17), When.FIVE: (5, 200), When.WOMEN: (10, 55)}


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `choices` are (code, French, English)."""

    code: str
    fr: str
    en: str
    kind: str
    of: str = Of.PERSON
    when: str = When.ALWAYS
    choices: tuple[tuple[str, str, str], ...] = ()
    required: bool = False
    sensitive: bool = False
    allowed_by: str = ""

    def label(self, language: str) -> str:
        return self.en if language.startswith("en") else self.fr

    def choice_labels(self, language: str) -> list[tuple[str, str]]:
        return [(code, en if language.startswith("en") else fr) for code, fr, en in self.choices]


@dataclass(frozen=True, slots=True)
class ReadyGroup:
    """Questions that belong together and come with the program."""

    code: str
    fr: str
    en: str
    source: str
    questions: tuple[Question, ...]

    def label(self, language: str) -> str:
        return self.en if language.startswith("en") else self.fr

    @property
    def sensitive(self) -> bool:
        return any(question.sensitive for question in self.questions)


@lru_cache
def ready_groups() -> tuple[ReadyGroup, ...]:
    """The Washington Group short set, pregnancy, vulnerabilities, arrival and shelter: config/questions.json."""
    data = json.loads(READY.read_text(encoding="utf-8"))
    return tuple(
        ReadyGroup(each["code"], each["fr"], each["en"], each["source"], read_questions(each["questions"]))
        for each in data["groups"]
    )


def read_questions(raw: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions from the dictionaries of an entry or a file; fields of a later release are left aside."""
    names = Question.__dataclass_fields__
    return tuple(
        Question(**{
            name: tuple(tuple(choice) for choice in value) if name == "choices" else value
            for name, value in each.items() if name in names
        })
        for each in raw
    )


def written(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """As an entry holds them."""
    return [asdict(question) | {"choices": [list(choice) for choice in question.choices]} for question in questions]


def check_questions(
    questions: Sequence[Question], *, before: Sequence[Question], impact_assessment: str
) -> None:
    """A form as a whole. Raises Invalid `question-…`, Refusal `question-not-assessed`, `question-kind-fixed`."""
    if len(questions) > MOST_QUESTIONS:
        raise Invalid("question-too-many", _("A programme asks at most %(most)s questions."), most=MOST_QUESTIONS)
    if len({question.code for question in questions}) != len(questions):
        raise Invalid("question-twice", _("Two questions have the same code. Give one of them another name."))
    held = {question.code: question.kind for question in before}
    for question in questions:
        _check(question)
        if held.get(question.code, question.kind) != question.kind:
            raise Refusal(
                "question-kind-fixed",
                _("The kind of a question never changes: answers were given to it. Add a new question instead."),
            )
        if question.sensitive and not (question.allowed_by.strip() and impact_assessment.strip()):
            raise Refusal("question-not-assessed", _(
                "Questions about health or weakness need the impact assessment of the programme. "
                "Write which passage of it allows this question."
            ))


def is_asked(question: Question, *, is_head: bool, sex: str, age: int | None) -> bool | None:
    """Whether a question is for this person; None where too little is known of them to say no."""
    if question.when == When.HEAD:
        return is_head
    if question.when == When.WOMEN and sex == "M":
        return False
    if question.when in AGES:
        if age is None:
            return None
        first, last = AGES[When(question.when)]
        return first <= age <= last and (question.when != When.WOMEN or sex == "F" or None)
    return True


def words_of_answer(question: Question, value: Any, language: str) -> str:
    """An answer as people read it."""
    named = dict(question.choice_labels(language))
    if question.kind == Kind.YES_NO:
        return str({"yes": _("yes"), "no": _("no")}.get(value, value))
    if isinstance(value, list):
        return ", ".join(named.get(each, str(each)) for each in value)
    return named.get(value, str(value))


def _check(question: Question) -> None:
    if not CODE.fullmatch(question.code):
        raise Invalid("question-code", _("A code is made of small letters, digits and _, and begins with a letter."))
    labels = [question.fr, question.en, *(label for choice in question.choices for label in choice)]
    if any(not label.strip() or len(label) > LONGEST_LABEL for label in labels):
        raise Invalid(
            "question-words", _("Every question and every answer has its words in French and in English, not too long.")
        )
    if question.kind not in Kind.values or question.of not in Of.values or question.when not in When.values:
        raise Invalid("question-unknown", _("This kind of question is not known here."))
    listed = question.kind in (Kind.ONE, Kind.SEVERAL)
    codes = [choice[0] for choice in question.choices]
    if listed != bool(codes) or len(set(codes)) != len(codes) or len(codes) > MOST_CHOICES or len(codes) == 1:
        raise Invalid("question-choices", _("A list needs at least two different answers; other kinds need none."))
