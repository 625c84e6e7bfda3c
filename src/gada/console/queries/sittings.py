"""Which finger a file in the drop folder is of: its name says the registration, the person and the finger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.engine.refusal import Invalid, NotFound
from gada.people.models import Draft

NAME = re.compile(r"([0-9a-f]{8})-([1-9]\d?)-(10|[1-9])(?:[ _(.-].*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A finger of a member of an open registration."""

    draft_id: UUID
    index: int
    position: int


def file_name_of(draft_id: UUID, index: int) -> str:
    """How names of files of this person begin; the number of the finger follows."""
    return f"{draft_id.hex[-8:]}-{index + 1}-"


def sitting_of(operator: Operator, name: str) -> Sitting:
    """The finger a file is of, by its name: `3fa9c1e2-1-2.png`. What follows the finger’s number is for the clerk.

    Raises Invalid `sitting-name`, NotFound `sitting-unknown`: registrations are looked for among this operator's own.
    """
    said = NAME.fullmatch(PurePath(name.replace("\\", "/")).stem)
    if said is None:
        raise Invalid(
            "sitting-name", _("The name of the file does not say whose finger it is: the page of prints shows how.")
        )
    code, member, finger = said[1].lower(), int(said[2]), int(said[3])
    ids = Draft.objects.filter(operator=operator).values_list("id", flat=True)
    found = [id_ for id_ in ids if id_.hex.endswith(code)]
    if len(found) != 1:
        raise NotFound(
            "sitting-unknown", _("No open registration of yours goes by this name. It was finished, perhaps.")
        )
    return Sitting(found[0], member - 1, finger)
