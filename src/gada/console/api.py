"""JSON: pictures of fingers from a folder of the clerk's machine (`gada scanner watch`)."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, File, Router, Schema, Status
from ninja.files import UploadedFile

from gada.biometrics.models import Finger
from gada.console import services
from gada.console.queries.sittings import sitting_of

router = Router(tags=["registration"])
Name = Annotated[str, Field(max_length=120, description="name of the file: registration, person, finger")]


class TryOut(Schema):
    """One try that was kept."""

    position: int
    finger: str
    quality: int
    advice: str


@router.post("/registrations/prints", response={201: TryOut}, summary="Keep a picture of a finger of a registration")
def keep_dropped(request: HttpRequest, name: Name, picture: File[UploadedFile]) -> Status[TryOut]:
    """The same file again changes nothing and answers the same."""
    sitting = sitting_of(request.user, name)
    made = services.keep_print(
        operator=request.user, draft_id=sitting.draft_id, index=sitting.index, position=sitting.position,
        picture=picture.read(), at=timezone.now(), again=False,
    )
    finger = str(Finger(made.position).label)
    return Status(201, TryOut(position=made.position, finger=finger, quality=made.quality, advice=made.advice))
