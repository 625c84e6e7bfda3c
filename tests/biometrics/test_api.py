"""The JSON of fingerprints: closed to outsiders, honest about bad input."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from gada.agencies.models import Operator
from gada.biometrics.models import Template
from gada.project.api import make_token
from gada.project.middleware import use_secret_key
from tests.biometrics.builders import a_print, a_record, registered, take_prints
from tests.world import Role, a_browser, a_node, an_agency, an_operator

pytestmark = pytest.mark.django_db


def send(operator: Operator, path: str, body: Any) -> HttpResponse:
    use_secret_key()
    token = make_token(operator, days=1)
    return Client().post(
        f"/api/{path}", json.dumps(body), content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_chen_finds_nobody_of_ours_by_fingers() -> None:
    person = registered()
    take_prints(person, {2: 7})
    fingers = {"fingers": [{"position": 2, "data": b64(a_record({2: 7}, 2))}]}
    amina = an_operator(Role.CLERK, name="Amina")
    (found,) = send(amina, "prints/identify", fingers).json()
    assert found["person"] == str(person.id) and found["score"] > 40
    chen = an_operator(Role.CLERK, Role.SUPERVISOR, name="Chen", agency=an_agency())
    assert send(chen, "prints/identify", fingers).json() == []
    for path, body in (
        (f"people/{person.id}/captures", {"captures": [{"position": 2, "record": b64(a_record({2: 7}))}]}),
        (f"people/{person.id}/verify", fingers),
        ("prints/import", {"site": str(a_node().site.id), "items": []}),
    ):
        assert send(chen, path, body).status_code == 404
    assert Template.objects.count() == 1


def test_a_sitting_and_an_import_and_a_verification() -> None:
    person, other = registered(), registered()
    bakr = an_operator(Role.SUPERVISOR, name="Bakr")
    sitting = {"captures": [
        {"position": 2, "image": b64(a_print(7))}, {"position": 3, "outcome": "exception", "reason": "amputé"},
    ]}
    answer = send(bakr, f"people/{person.id}/captures", sitting)
    assert answer.status_code == 201, answer.content
    assert [each["outcome"] for each in answer.json()] == ["taken", "exception"]
    items = [{"person": str(other.id), "record": b64(a_record({2: 8}))}, {"person": str(other.id), "record": b64(b"x")}]
    answer = send(bakr, "prints/import", {"site": str(person.site_id), "items": items})
    assert answer.json()["people"] == 1 and answer.json()["left_out"] == {str(other.id): "fmr-not-a-record"}
    fingers = {"fingers": [{"position": 0, "data": b64(a_print(7, 2))}]}
    assert send(bakr, f"people/{person.id}/verify", fingers).json()["score"] >= 40
    assert send(bakr, f"people/{other.id}/verify", fingers).json()["score"] < 40


def test_bad_input_is_refused_in_words() -> None:
    person, bakr = registered(), an_operator(Role.SUPERVISOR)
    for capture, status in (
        ({"position": 2, "image": "!!"}, 422), ({"position": 2, "image": b64(b"\x89PNG")}, 422),
        ({"position": 99, "outcome": "declined"}, 422), ({"position": 2}, 422), ({"position": 2, "outcome": "?"}, 422),
    ):
        answer = send(bakr, f"people/{person.id}/captures", {"captures": [capture]})
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_quality_is_told_at_once_with_advice() -> None:
    browser = a_browser(an_operator(Role.CLERK))
    answer = browser.post("/api/prints/quality", {"image": SimpleUploadedFile("a.png", a_print(7))})
    assert answer.json()["value"] > 0 and answer.json()["sentence"]
