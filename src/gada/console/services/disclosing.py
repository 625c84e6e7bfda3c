"""Opening what is held on a person for that person: recognised by a finger now, or a supervisor vouches."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.assistance.rules import RECOGNISED_SCORE
from gada.biometrics.queries import verify
from gada.biometrics.services import read_fingers
from gada.engine.proof.canonical import normalise_text
from gada.engine.refusal import Invalid, Refusal
from gada.people.queries import person_for
from gada.people.services import scope_of


def open_disclosure(
    *,
    operator: Operator,
    person_id: UUID,
    at: datetime,
    picture: bytes | None = None,
    position: int = 0,
    reason: str = "",
) -> None:
    """Open a person's own report to this operator for a quarter of an hour.

    Raises NotFound, NotPermitted, Invalid `image-…`, `reason-missing`, Refusal `print-not-theirs`, `prints-none`.
    """
    person = person_for(operator, person_id)
    score = None
    if picture is not None:
        authorize(operator, "disclosure.open", site=person.site)
        recognised = verify(person_id=person.id, fingers=read_fingers({position: picture}))
        if recognised is None:
            raise Refusal(
                "prints-none", _("No fingerprint of this person can be compared. A supervisor can vouch for them.")
            )
        if recognised.score < RECOGNISED_SCORE:
            raise Refusal(
                "print-not-theirs",
                _("This fingerprint was not recognised. Try another finger, or ask a supervisor to vouch for them."),
            )
        score = recognised.score
    else:
        authorize(operator, "disclosure.vouch", site=person.site)
        if not reason.strip():
            raise Invalid("reason-missing", _("Say how you know that it is them."))
    scope = scope_of(person.site)
    with transaction.atomic():
        journal.record(
            "disclosure.opened", by=operator, about=("person", person.id), subject=person.id, purpose="request", at=at,
            scope=scope, facts={
                "reader": operator.standing_at(scope, at=at),
                "method": "finger" if score is not None else "supervisor", "score": score,
                "reason": normalise_text(reason)[:300],
            },
        )
