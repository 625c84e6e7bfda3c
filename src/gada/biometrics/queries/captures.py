"""What was taken from a person, and the pictures of it, for those who may see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from gada import vault
from gada.agencies.models import Operator
from gada.biometrics.gallery import fingers_held
from gada.biometrics.models import Capture, Template
from gada.biometrics.queries.permission import asked_about
from gada.biometrics.rules import REFUSALS, why_not
from gada.engine import fingerprint
from gada.engine.refusal import NotFound
from gada.people.queries import seen_by


def captures_of(viewer: Operator, person_id: UUID) -> QuerySet[Capture]:
    """Everything asked of this person's fingers, newest first; nothing outside the viewer's sites."""
    return Capture.objects.filter(seen_by(viewer, "person__"), person_id=person_id).order_by("-taken_at", "-id")


def may_take_prints(person_id: UUID, *, at: datetime) -> tuple[str, str] | None:
    """Why this person is not asked for prints, as (code, sentence); None when they may be asked."""
    asked = asked_about([person_id], at=at).get(person_id)
    code = why_not(asked) if asked else "person-not-active"
    return (code, str(REFUSALS[code])) if code else None


def usable_fingers_of(people: Iterable[UUID]) -> dict[UUID, dict[int, fingerprint.Template]]:
    """Templates by person and finger, only of those whose prints may be used (for comparison, never for show)."""
    ids = list(people)
    found: dict[UUID, dict[int, fingerprint.Template]] = {}
    for start in range(0, len(ids), 500):
        found |= fingers_held(ids[start : start + 500])
    return found


def sample_of_finger(person_id: UUID, position: int) -> UUID | None:
    """The picture behind the print that is compared for this finger; None when it came without one."""
    rows = Template.objects.filter(person_id=person_id, position=position).order_by("-quality", "-id")
    return rows.values_list("capture__sample", flat=True).first()


def samples_of_fingers(people: Iterable[UUID]) -> dict[tuple[UUID, int], UUID | None]:
    """The same for every finger of these people, by person and position."""
    rows = Template.objects.filter(person_id__in=list(people)).order_by("quality", "id")
    return {(person, at): sample for person, at, sample in rows.values_list("person_id", "position", "capture__sample")}


def sample_for(viewer: Operator, person_id: UUID, sample: UUID) -> bytes:
    """A picture of a finger as PNG. Raises NotFound outside the viewer's sites."""
    held = Capture.objects.filter(person_id=person_id, sample=sample)
    if not held.filter(seen_by(viewer, "person__", action="print.see")).exists():
        raise NotFound("print-unknown", "There is no such fingerprint here.")
    return vault.get_blob(person_id, sample)
