"""JSON: quality of a print, a sitting, an import of ISO records, who a finger belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, File, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Base64Bytes

from gada import journal
from gada.agencies.queries import sites_of
from gada.agencies.services import authorize
from gada.biometrics import queries, services
from gada.biometrics.models import Capture, CaptureOutcome
from gada.biometrics.rules import CaptureDraft
from gada.engine.fingerprint import ADVICE, measure_quality, read_image
from gada.engine.refusal import NotFound
from gada.people.queries import people_in, person_for
from gada.people.services import scope_of

router = Router(tags=["fingerprints"])
Position = Annotated[int, Field(ge=0, le=10, description="ISO/IEC 19794-2 finger position; 0: not said which")]
Dpi = Annotated[int, Field(ge=300, le=1200)]


class QualityOut(Schema):
    value: int
    advice: str
    sentence: str


class CaptureIn(Schema):
    """A finger: its image or ISO record (base64), or why there is neither."""

    position: Position
    outcome: CaptureOutcome = CaptureOutcome.TAKEN
    image: Base64Bytes | None = None
    record: Base64Bytes | None = None
    dpi: Dpi | None = None
    device: Annotated[str, Field(max_length=80)] = ""
    reason: Annotated[str, Field(max_length=200)] = ""


class SittingIn(Schema):
    captures: Annotated[list[CaptureIn], Field(min_length=1, max_length=40)]


class CaptureOut(Schema):
    id: UUID
    position: int
    outcome: str
    quality: int | None
    advice: str
    taken_at: datetime


class RecordIn(Schema):
    person: UUID
    record: Base64Bytes


class RecordsIn(Schema):
    site: UUID
    items: Annotated[list[RecordIn], Field(max_length=5000)]


class RecordsOut(Schema):
    people: int
    fingers: int
    left_out: dict[str, str]  # person → why


class FingerIn(Schema):
    position: Position
    data: Annotated[Base64Bytes, Field(description="image or ISO record, base64")]


class FingersIn(Schema):
    fingers: Annotated[list[FingerIn], Field(min_length=1, max_length=10)]
    dpi: Dpi | None = None


class CandidateOut(Schema):
    person: UUID
    score: int
    by_finger: dict[int, int]


class VerificationOut(Schema):
    person: UUID
    compared: bool
    score: int
    points: int


@router.post("/prints/quality", response=QualityOut, summary="How good is this print, and what to do about it")
def quality(request: HttpRequest, image: File[UploadedFile], dpi: Dpi | None = None) -> QualityOut:
    authorize(request.user, "capture.take")
    measured = measure_quality(read_image(image.read(), dpi=dpi))
    return QualityOut(value=measured.value, advice=measured.advice, sentence=_(ADVICE[measured.advice]))


@router.post("/people/{person_id}/captures", response={201: list[CaptureOut]}, summary="Record a sitting")
def take(request: HttpRequest, person_id: UUID, payload: SittingIn) -> Status[list[Capture]]:
    person = person_for(request.user, person_id)
    drafts = [
        CaptureDraft(  # attribute by attribute: as a dictionary, bytes would be base64 again
            position=c.position, image=c.image, record=c.record, outcome=c.outcome, reason=c.reason, device=c.device,
            dpi=c.dpi,
        )
        for c in payload.captures
    ]
    return Status(201, services.take_captures(
        operator=request.user, person=person, captures=drafts, at=timezone.now()
    ))


@router.get("/people/{person_id}/captures", response=list[CaptureOut], summary="What was asked of a person’s fingers")
def captures(request: HttpRequest, person_id: UUID) -> list[Capture]:
    person = person_for(request.user, person_id)
    authorize(request.user, "person.see", site=person.site)
    found = list(queries.captures_of(request.user, person_id))
    journal.record_read(
        by=request.user, people=[person_id], purpose="registration", page="api:captures", at=timezone.now(),
        scope=scope_of(person.site),
    )
    return found


@router.post("/prints/import", response=RecordsOut, summary="Import ISO/IEC 19794-2 records of many people")
def import_records(request: HttpRequest, payload: RecordsIn) -> RecordsOut:
    site = sites_of(request.user).filter(id=payload.site).first()
    if site is None:
        raise NotFound("place-unknown", "This site or programme is not on this node.")
    items = [(item.person, item.record) for item in payload.items]
    done = services.import_templates(operator=request.user, site=site, items=items, at=timezone.now())
    left_out = {str(person): code for person, code in done.left_out.items()}
    return RecordsOut(people=done.people, fingers=done.fingers, left_out=left_out)


@router.post("/prints/identify", response=list[CandidateOut], summary="Whose fingers are these, at your sites")
def identify(request: HttpRequest, payload: FingersIn) -> list[CandidateOut]:
    authorize(request.user, "print.identify")
    found = queries.identify(fingers=_templates(payload))
    mine = set(people_in(request.user).filter(id__in=[c.subject for c in found]).values_list("id", flat=True))
    journal.record_read(
        by=request.user, people=[c.subject for c in found if c.subject in mine], purpose="registration",
        page="api:identify", at=timezone.now(),
    )
    return [
        CandidateOut(person=c.subject, score=c.score, by_finger=dict(c.by_finger)) for c in found if c.subject in mine
    ]


@router.post("/people/{person_id}/verify", response=VerificationOut, summary="Are these fingers this person’s")
def verify(request: HttpRequest, person_id: UUID, payload: FingersIn) -> VerificationOut:
    person = person_for(request.user, person_id)
    authorize(request.user, "print.identify", site=person.site)
    found = queries.verify(person_id=person_id, fingers=_templates(payload))
    journal.record_read(
        by=request.user, people=[person_id], purpose="registration", page="api:verify", at=timezone.now(),
        scope=scope_of(person.site),
    )
    return VerificationOut(
        person=person_id, compared=found is not None, score=found.score if found else 0,
        points=len(found.pairs) if found else 0,
    )


def _templates(payload: FingersIn):  # type: ignore[no-untyped-def]
    return services.read_fingers({finger.position: finger.data for finger in payload.fingers}, dpi=payload.dpi)
