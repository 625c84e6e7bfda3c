"""The JSON of duplicates: check, queue, judge, undo."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from gada.agencies.models import Operator
from gada.matching.models import Case, CheckRun
from gada.project.api import make_token
from gada.project.middleware import use_secret_key
from tests.matching.builders import first_moussa, second_moussa, the_case
from tests.world import Role, an_agency, an_operator

pytestmark = pytest.mark.django_db


def ask(operator: Operator, method: str, path: str, body: Any = None) -> HttpResponse:
    use_secret_key()
    token = make_token(operator, days=1)
    return Client().generic(
        method, f"/api/{path}", json.dumps(body) if body is not None else "", content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def test_check_judge_undo() -> None:
    first, second = first_moussa(), second_moussa()
    amina, judge = an_operator(Role.CLERK, name="Amina"), an_operator(Role.ADJUDICATOR)
    chen = an_operator(Role.CLERK, Role.ADJUDICATOR, Role.SUPERVISOR, name="Chen", agency=an_agency())
    assert ask(chen, "POST", f"people/{second.id}/check").status_code == 404
    checked = ask(amina, "POST", f"people/{second.id}/check").json()
    assert checked["outcome"] == "adjudicate" and checked["findings"][0]["other"] == str(first.id)
    assert checked["searched"] == {"people": 4, "sites": 1, "with_prints": 2}
    case = the_case()
    assert ask(amina, "GET", "cases").status_code == 403
    assert ask(chen, "GET", "cases").json() == []
    assert ask(chen, "GET", f"cases/{case.id}").status_code == 404
    assert ask(chen, "POST", f"cases/{case.id}/judgements", {"verdict": "same"}).status_code == 404
    (listed,) = ask(judge, "GET", "cases").json()
    assert (listed["id"], listed["left"], listed["verdict"]) == (str(case.id), str(first.id), "")
    made = ask(judge, "POST", f"cases/{case.id}/judgements", {"verdict": "same", "reason": "vu"})
    assert made.status_code == 201
    second = an_operator(Role.ADJUDICATOR)
    blind = ask(second, "GET", "cases").json()[0]
    assert (blind["status"], blind["reading"], blind["verdict"]) == ("open", "", "")
    assert ask(judge, "GET", f"cases/{case.id}").json()["reading"] == "second"
    assert ask(judge, "POST", f"cases/{case.id}/judgements", {"verdict": "same"}).json()["code"] == "read-already"
    assert ask(second, "POST", f"cases/{case.id}/judgements", {"verdict": "same"}).status_code == 201
    assert ask(judge, "GET", "cases?decided=true").json()[0]["verdict"] == "same"
    path = f"cases/{case.id}/judgements/{made.json()['id']}/undo"
    assert ask(chen, "POST", path, {}).status_code == 404
    assert ask(judge, "POST", path, {"reason": "erreur"}).json()["undone_at"]
    assert ask(judge, "POST", path, {}).json()["code"] == "judgement-undone"
    assert ask(judge, "POST", f"cases/{case.id}/judgements/{UUID(int=3)}/undo", {}).status_code == 404
    assert ask(judge, "POST", f"cases/{case.id}/judgements", {"verdict": "?"}).status_code == 422


def test_a_batch_is_for_the_worker() -> None:
    first, second = first_moussa(), second_moussa()
    bakr = an_operator(Role.SUPERVISOR)
    body = {"site": str(first.site_id), "people": [str(first.id), str(second.id), str(UUID(int=9))]}
    begun = ask(bakr, "POST", "checks", body)
    assert begun.status_code == 201 and begun.json()["total"] == 2
    assert ask(bakr, "GET", f"checks/{begun.json()['id']}").json()["done"] == 0
    assert not Case.objects.exists() and CheckRun.objects.count() == 1
    chen = an_operator(Role.SUPERVISOR, name="Chen", agency=an_agency())
    assert ask(chen, "GET", f"checks/{begun.json()['id']}").status_code == 404
    assert ask(chen, "POST", "checks", body).status_code == 404
