"""Families with prints, photo and alternates on an open list: `made, entitlement = a_desk(finger=7)`."""

from __future__ import annotations

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from gada import vault
from gada.agencies.models import Programme
from gada.assistance.models import DistributionList, Entitlement
from gada.engine.proof.ids import new_id
from gada.people.drafts import HouseholdDraft
from gada.people.models import Household
from gada.people.services import enrol_household
from tests.assistance.builders import an_open_list
from tests.biometrics.builders import a_record, take_prints
from tests.people.builders import a_member
from tests.world import AT, Role, a_node, a_programme, an_operator

FIRST = 2  # right index


def a_family(
    *,
    finger: int | None = None,
    photo: bool = False,
    alternate: bool = False,
    of: int = 1,
    given: str = "",
    surname: str = "",
) -> Household:
    """A household whose principal recipient has this finger, if any, and a photo, if asked."""
    site, head_id = a_node().site, new_id()
    names = {name: value for name, value in (("given", given), ("surname", surname)) if value}
    members = [a_member(head=True, id=head_id, **names), *(a_member() for _ in range(of - 1))]
    if alternate:
        members.append(a_member(relationship="sibling", recipient="alternate"))
    photos = {0: vault.put_blob(head_id, photo_of())} if photo else {}
    made = enrol_household(
        operator=an_operator(Role.CLERK),
        site=site,
        programme=_programme(),
        at=AT,
        household=HouseholdDraft(members=tuple(members), place="NE003", origin="NE001", photos=photos),
    )
    if finger is not None:
        take_prints(made.memberships.get(relationship="head").person, {FIRST: finger})
    return made


def a_desk(finger: int | None = 7, **family: object) -> tuple[DistributionList, Entitlement]:
    """An open list with this family on it (and whoever was registered before)."""
    household = a_family(finger=finger, **family)  # type: ignore[arg-type]
    made = an_open_list()
    return made, Entitlement.objects.get(list=made, household=household)


def a_finger(finger: int, touch: int = 1) -> SimpleUploadedFile:
    """A finger on the reader, as an ISO record."""
    return SimpleUploadedFile("finger.fmr", a_record({FIRST: finger}, touch))


def photo_of() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (104, 128), "#8FA9A5").save(buffer, format="PNG")
    return buffer.getvalue()


def at_the_page(name: str, made: DistributionList, entitlement: Entitlement, *more: object) -> str:
    return reverse(f"assistance:{name}", args=[made.pk, entitlement.pk, *more])


def _programme() -> Programme:
    return Programme.objects.filter(name="Vivres").first() or a_programme("Vivres")
