"""Impact assessments: attached to a programme, and only then may it take fingerprints (P5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator, Programme
from gada.agencies.services.authorizing import authorize
from gada.engine.proof.digests import sha256
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.journal import Scope

LARGEST_DOCUMENT_BYTES = 10 * 1024 * 1024
PURPOSE = "administration"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was assessed: where it is kept and what it decided, when it was signed and by whom."""

    reference: str
    signed_on: date | None
    signed_by: str


@transaction.atomic
def attach_assessment(
    *, programme: Programme | UUID, assessment: Assessment, by: Operator, at: datetime,
    document: tuple[str, bytes] | None = None,
) -> Programme:
    """Attach an impact assessment to a programme, replacing the one before (which stays in the journal).

    `document`: its file as (name, content), kept encrypted on this node; its digest travels with the entry.
    """
    found = programme_here(programme, by)
    authorize(by, "programme.assess", programme=found, at=at)
    facts = assessment_facts(assessment, at=at)
    if document is not None:
        name, content = document
        if len(content) > LARGEST_DOCUMENT_BYTES:
            raise Invalid("assessment-too-large", _("This file is larger than 10 MB. Give a smaller one."))
        facts |= {
            "file": str(vault.put_blob(found.id, content)),
            "file_name": name[-120:],
            "file_digest": sha256(content).hex(),
        }
    return record_assessment(found.id, found.agency_id, facts, by=by, at=at)


@transaction.atomic
def decide_prints(*, programme: Programme | UUID, allowed: bool, by: Operator, at: datetime) -> Programme:
    """Switch fingerprints of a programme on (never without an assessment) or off."""
    found = programme_here(programme, by)
    authorize(by, "programme.decide_prints", programme=found, at=at)
    if allowed and not found.is_assessed:
        raise missing()
    made: Programme = journal.record(
        "programme.prints_decided", by=by, about=("programme", found.id), purpose=PURPOSE, at=at,
        facts={"programme_id": str(found.id), "biometrics_allowed": allowed},
        scope=Scope(agency=found.agency_id, programme=found.id),
    )
    return made


def record_assessment(
    programme_id: UUID, agency_id: UUID, facts: dict[str, Any], *, by: Any, at: datetime
) -> Programme:
    """The entry of an assessment; who may is decided by the caller."""
    made: Programme = journal.record(
        "programme.assessed", by=by, about=("programme", programme_id), purpose=PURPOSE, at=at,
        facts={"programme_id": str(programme_id), **facts}, scope=Scope(agency=agency_id, programme=programme_id),
    )
    return made


def assessment_facts(assessment: Assessment, *, at: datetime) -> dict[str, Any]:
    """An assessment as the entry keeps it. Raises Refusal `impact-assessment-…` for one that decides nothing."""
    if not assessment.reference.strip():
        raise missing()
    if assessment.signed_on is None or not assessment.signed_by.strip():
        raise Refusal(
            "impact-assessment-unsigned",
            _("An impact assessment counts once it is signed: give the date and the name of whoever signed it."),
        )
    if assessment.signed_on > at.date():
        raise Invalid("impact-assessment-future", _("This assessment would be signed in the future. Check the date."))
    return {
        "reference": assessment.reference.strip(), "signed_on": assessment.signed_on.isoformat(),
        "signed_by": " ".join(assessment.signed_by.split()), "file": None, "file_name": "", "file_digest": "",
    }


def programme_here(programme: Programme | UUID, viewer: Operator) -> Programme:
    """A programme of the viewer’s agency. Raises NotFound for every other."""
    key = programme.pk if isinstance(programme, Programme) else programme
    found = Programme.objects.filter(pk=key, agency=viewer.agency_id).first()
    if found is None:
        raise NotFound("programme-unknown", _("There is no such programme in your agency."))
    return found


def missing() -> Refusal:
    """Why a programme without an assessment takes no prints."""
    return Refusal(
        "impact-assessment-missing",
        _(
            "Fingerprints can be switched on only with an impact assessment. "
            "Write down where it is kept and what it decided."
        ),
    )
