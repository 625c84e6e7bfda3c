"""The API: closed to strangers, one shape of error, a repeated write done once."""

from __future__ import annotations

import pytest

from gada.people.models import Household
from gada.project.api import make_token
from tests.people.builders import a_household
from tests.world import Role, a_node, an_agency, an_operator

pytestmark = pytest.mark.django_db


def family(site) -> dict:
    return {"site": str(site.id), "members": [{"given": "Amina", "relationship": "head", "birth": {"year": 1984}}]}


@pytest.fixture
def ask(client):
    def send(operator, method, path, **more):
        headers = {"Authorization": f"Bearer {make_token(operator, days=1)}", **more.pop("headers", {})}
        return client.generic(method, f"/api/{path}", headers=headers, **more)

    return send


def send_json(ask, operator, path, body, **headers):
    import json

    return ask(operator, "POST", path, data=json.dumps(body), content_type="application/json", headers=headers)


def test_a_stranger_gets_a_problem_document(client):
    a_node()
    answer = client.get("/api/people?q=amina")
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (
        401,
        "application/problem+json",
        "not-signed-in",
    )


def test_a_forged_or_outdated_token_opens_nothing(client):
    a_node()
    clerk = an_operator(Role.CLERK)
    token = make_token(clerk, days=1)
    clerk.set_password("another password altogether")
    clerk.save()
    for bad in (token, token[:-2] + "xx", "", "x" * 5000):
        assert client.get("/api/people?q=a", headers={"Authorization": f"Bearer {bad}"}).status_code == 401


def test_a_clerk_registers_and_reads_back(ask):
    site = a_node().site
    clerk = an_operator(Role.CLERK)
    made = send_json(ask, clerk, "households", family(site))
    assert made.status_code == 201
    read = ask(clerk, "GET", f"households/{made.json()['id']}")
    assert read.json()["members"][0]["given"] == "Amina"


def test_another_agency_sees_nothing(ask):
    household = a_household()
    chen = an_operator(Role.CLERK, name="Chen", agency=an_agency())
    member = household.memberships.first().person
    assert ask(chen, "GET", f"households/{household.id}").status_code == 404
    assert ask(chen, "GET", f"people/{member.id}").status_code == 404
    assert ask(chen, "GET", f"people?q={member.number}").json() == []
    assert send_json(ask, chen, "households", family(household.site)).status_code == 404


def test_the_same_write_with_the_same_key_happens_once(ask):
    site = a_node().site
    clerk = an_operator(Role.CLERK)
    first = send_json(ask, clerk, "households", family(site), **{"Idempotency-Key": "k1"})
    again = send_json(ask, clerk, "households", family(site), **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert Household.objects.count() == 1


def test_a_key_is_for_one_request(ask):
    site = a_node().site
    clerk = an_operator(Role.CLERK)
    send_json(ask, clerk, "households", family(site), **{"Idempotency-Key": "k1"})
    other = send_json(ask, clerk, "households", family(site) | {"place": "Tillia"}, **{"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")


@pytest.mark.parametrize("body", [
    {}, {"members": []}, {"site": "not-an-id", "members": [{"given": "A", "relationship": "head"}]},
    {"members": [{"given": "", "relationship": "head"}]},
])
def test_what_cannot_be_understood_says_where(ask, body):
    a_node()
    answer = send_json(ask, an_operator(Role.CLERK), "households", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")
    assert answer["Content-Type"] == "application/problem+json"


def test_two_heads_are_refused_and_nothing_is_written(ask):
    site = a_node().site
    two = family(site) | {"members": family(site)["members"] * 2}
    answer = send_json(ask, an_operator(Role.CLERK), "households", two)
    assert (answer.status_code, answer.json()["code"]) == (422, "household-head")
    assert not Household.objects.exists()
