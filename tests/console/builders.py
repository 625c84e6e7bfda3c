"""A family at the desk: what a clerk types, as the pages and as one request ask for it."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gada.agencies.models import Operator, Programme
from gada.agencies.rules import Role
from gada.people.models import Household
from tests.biometrics.builders import a_print, a_record
from tests.world import a_browser, a_node, a_programme, an_operator

HEAD = {
    "given": "Zeinabou", "surname": "Issoufou", "relationship": "head", "recipient": "principal", "sex": "F",
    "year": "1985", "about": "on", "father": "Issoufou Garba", "mother": "Hadiza", "phone": "+227 90 11 22 33",
}
SPOUSE = {
    "given": "Oumarou",
    "surname": "Garba",
    "relationship": "spouse",
    "sex": "M",
    "day": "2",
    "month": "5",
    "year": "1980",
}
CHILD = {"given": "Fati", "surname": "Oumarou", "relationship": "child", "sex": "F", "age": "2"}
AGREED = {"notice": "on", "answer_prints": "yes", "answer_photo": "no", "answer_sharing": "yes"}


def amina(**given: Any) -> Operator:
    a_node()
    return an_operator(Role.CLERK, name="Amina", **given)


def the_programme(**given: Any) -> Programme:
    a_node()
    return Programme.objects.first() or a_programme("Vivres", **given)


def household_fields(**changes: str) -> dict[str, str]:
    return {"place": "Intikane", "origin": "Ménaka", "language": "fr", "programme": str(the_programme().id), **changes}


def a_file(finger: int = 7, touch: int = 1, name: str = "finger.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, a_print(finger, touch), "image/png")


def a_scan(position: int, finger: int, touch: int = 1) -> SimpleUploadedFile:
    """What a scanner with its own extractor hands over: an ISO record, nothing to extract."""
    return SimpleUploadedFile("finger.fmr", a_record({position: finger}, touch), "application/octet-stream")


def family_fields(*members: dict[str, str], **changes: Any) -> dict[str, Any]:
    """A whole family for `console:register-family`."""
    return {
        **household_fields(), **AGREED, **changes,
        **{f"members-{index}-{name}": value for index, member in enumerate(members) for name, value in member.items()},
    }


def begun(browser: Client, *members: dict[str, str]) -> str:
    """A draft with its household and these members, typed on the pages; returns its id."""
    answer = browser.post(reverse("console:register"), household_fields())
    draft_id = answer["Location"].split("/")[2]
    if members:
        answer = browser.post(reverse("console:register-members", args=[draft_id]), sheet(*members))
        assert answer.status_code == 302, answer.content.decode()
    return draft_id


def sheet(*members: dict[str, str], go: str = "add") -> dict[str, str]:
    """The sheet of a family as the page sends it."""
    return {"go": go} | {
        f"members-{index}-{name}": value for index, member in enumerate(members) for name, value in member.items()
    }


def registered_by(operator: Operator, *members: dict[str, str], **changes: Any) -> Household:
    answer = a_browser(operator).post(reverse("console:register-family"), family_fields(*members, **changes))
    assert answer.status_code == 302, answer.content.decode()
    return Household.objects.get(id=answer["Location"].split("/")[2])
