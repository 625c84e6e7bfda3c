"""What a programme asks beyond the common questions. Each change is a new form; answers keep the one they came by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator, Programme, QuestionSet
from gada.agencies.questions import Question, check_questions, read_questions, written
from gada.agencies.services.authorizing import authorize
from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound
from gada.journal import Scope

PURPOSE = "administration"


@transaction.atomic
def choose_questions(
    *, operator: Operator, programme_id: UUID, questions: Sequence[Question], at: datetime
) -> QuestionSet:
    """Make these the questions of the programme from now on.

    Raises NotFound `programme-unknown`, NotPermitted; Invalid `question-…`, Refusal `question-not-assessed`,
    `question-kind-fixed`.
    """
    programme = Programme.objects.select_for_update().filter(id=programme_id).first()
    if programme is None:
        raise NotFound("programme-unknown", _("There is no such programme."))
    authorize(operator, "programme.ask", programme=programme)
    asked_before = {
        question.code: question
        for held in programme.question_sets.all() for question in read_questions(held.questions)
    }
    check_questions(questions, before=list(asked_before.values()), impact_assessment=programme.impact_assessment)
    set_id = new_id()
    made: QuestionSet = journal.record(
        "programme.asked", by=operator, about=("programme", programme.id), purpose=PURPOSE, at=at,
        facts={"id": str(set_id), "programme_id": str(programme.id), "questions": written(questions)},
        scope=Scope(agency=programme.agency_id, programme=programme.id),
    )
    return made
