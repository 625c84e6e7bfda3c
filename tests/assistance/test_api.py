"""The JSON of lists and desk: outsiders first, then the whole way, problem documents, and a repeated press."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from gada.assistance.models import Entitlement, Redemption, RefusalSlip, Verification
from gada.engine.proof.ids import new_id
from gada.journal.models import LogEntry
from gada.project.api import make_token
from tests.assistance.builders import an_open_list
from tests.assistance.desk_world import FIRST, a_desk, a_family
from tests.biometrics.builders import a_record
from tests.world import Role, a_node, a_programme, an_agency, an_operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client: Any) -> Any:
    def send(operator: Any, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        headers = {"Authorization": f"Bearer {make_token(operator, days=1)}", **headers}
        if body is None:
            return client.get(f"/api/{path}", headers=headers)
        return client.post(f"/api/{path}", json.dumps(body), content_type="application/json", headers=headers)

    return send


def finger(number: int, touch: int = 2) -> str:
    return base64.b64encode(a_record({FIRST: number}, touch)).decode()


def test_strangers_and_other_agencies_get_nothing(ask: Any, client: Any) -> None:
    made, entitlement = a_desk()
    chen = an_operator(Role.DISTRIBUTOR, Role.SUPERVISOR, name="Chen", agency=an_agency())
    assert client.get("/api/lists").status_code == 401
    assert ask(chen, "lists").json() == []
    for path in (f"lists/{made.id}", f"entitlements/{entitlement.id}"):
        assert ask(chen, path).status_code == 404
    for path, body in (
        (f"lists/{made.id}/find", {"text": entitlement.household.number}),
        (f"lists/{made.id}/open", {}),
        (f"entitlements/{entitlement.id}/verify", {"finger": finger(7)}),
        (f"entitlements/{entitlement.id}/redeem", {}),
        (f"entitlements/{entitlement.id}/refuse", {"reason": "x", "way_forward": "y"}),
    ):
        answer = ask(chen, path, body)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path
    assert not Verification.objects.exists() and not Redemption.objects.exists()


def test_a_clerk_may_not_work_the_desk(ask: Any) -> None:
    made, entitlement = a_desk()
    clerk = an_operator(Role.CLERK)
    assert ask(clerk, f"lists/{made.id}/find", {"text": "x"}).status_code == 403
    assert ask(clerk, f"entitlements/{entitlement.id}/redeem", {}).json()["code"] == "not-permitted"


def test_the_whole_way_in_json(ask: Any) -> None:
    household = a_family(finger=7)
    bakr, other, amina = (
        an_operator(Role.SUPERVISOR),
        an_operator(Role.SUPERVISOR),
        an_operator(Role.DISTRIBUTOR),
    )
    programme = a_programme()
    intervention = ask(
        bakr, "interventions", {"programme": str(programme.id), "name": "Vivres", "item": "ration"}
    ).json()
    said = {
        "intervention": intervention["id"],
        "name": "Mars",
        "starts_on": "2026-03-01",
        "ends_on": "2026-03-31",
    }
    cycle = ask(bakr, "cycles", said).json()
    ration = [{"item": "Mil", "unit": "kg", "quantity": 12_500, "per": "member"}]
    made = ask(bakr, "lists", {"cycle": cycle["id"], "site": str(a_node().site.id), "contents": ration})
    assert made.status_code == 201
    address = f"lists/{made.json()['id']}"
    assert ask(bakr, address).json()["preview"]["families"] == 1
    assert ask(bakr, f"{address}/check", {}).json()["code"] == "list-own"
    assert ask(other, f"{address}/check", {}).json()["status"] == "verified"
    assert ask(bakr, f"{address}/open", {}).json()["families"] == 1

    by_number = ask(amina, f"{address}/find", {"text": household.number}).json()
    by_finger = ask(amina, f"{address}/find", {"finger": finger(7)}).json()
    assert by_number[0]["entitlement"] == by_finger[0]["entitlement"]
    desk = f"entitlements/{by_finger[0]['entitlement']}"
    assert ask(amina, f"{desk}/redeem", {}).json()["code"] == "not-verified"
    assert ask(amina, f"{desk}/verify", {"finger": finger(55)}).json()["recognised"] is False
    step = ask(amina, f"{desk}/verify", {"finger": finger(7), "other": True}).json()
    assert step["recognised"] and step["chance_one_in"] >= 10_000
    press = {"redemption": str(new_id()), "desk": "Guichet 2"}
    first, again = ask(amina, f"{desk}/redeem", press), ask(amina, f"{desk}/redeem", press)
    assert (first.status_code, first.json()) == (201, again.json())
    assert ask(amina, f"{desk}/redeem", {"redemption": str(new_id())}).json()["code"] == "already-collected"
    family = ask(amina, desk).json()
    assert (
        family["status"] == "redeemed"
        and family["redemption"]["desk"] == "Guichet 2"
        and len(family["steps"]) == 2
    )
    assert ask(bakr, f"{address}/close", {}).json()["served"] == 1
    assert LogEntry.objects.filter(action="person.read", by_id=amina.pk, purpose="assistance").count() == 3


def test_a_repeated_key_repeats_nothing(ask: Any) -> None:
    _made, entitlement = a_desk()
    bakr = an_operator(Role.SUPERVISOR)
    said = {"reason": "pas la famille", "way_forward": "revenir avec la carte"}
    slips = [
        ask(bakr, f"entitlements/{entitlement.id}/refuse", said, **{"Idempotency-Key": "k1"}).json()
        for _ in range(2)
    ]
    assert slips[0] == slips[1] and RefusalSlip.objects.count() == 1


def test_the_ladder_in_json_says_why_and_stops_at_the_supervisor(ask: Any) -> None:
    _made, entitlement = a_desk()
    amina = an_operator(Role.DISTRIBUTOR)
    head = str(entitlement.household.memberships.get(relationship="head").person_id)
    step = {"person": head, "method": "photo", "recognised": True}
    address = f"entitlements/{entitlement.id}/steps"
    assert ask(amina, address, step).json()["code"] == "reason-missing"
    assert (
        ask(amina, address, step | {"method": "supervisor", "reason": "x"}).json()["code"]
        == "supervisor-needed"
    )
    assert ask(amina, address, step | {"reason": "doigts usés"}).json()["recognised"] is True
    assert (
        ask(amina, f"entitlements/{entitlement.id}/refuse", {"reason": "x", "way_forward": "y"}).status_code
        == 403
    )


@pytest.mark.parametrize(
    "body",
    [
        {"finger": "not base64 !"},
        {"finger": base64.b64encode(b"FMR\0broken").decode()},
        {"finger": ""},
        {"finger": base64.b64encode(b"\x89PNG broken").decode()},
        {},
        {"finger": 7},
        {"finger": "é"},
    ],
)
def test_a_broken_finger_is_a_problem_not_a_no(ask: Any, body: dict[str, Any]) -> None:
    _made, entitlement = a_desk()
    answer = ask(an_operator(Role.DISTRIBUTOR), f"entitlements/{entitlement.id}/verify", body)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert not Verification.objects.exists()


@pytest.mark.parametrize(
    "line",
    [
        {"item": "", "quantity": 1},
        {"item": "Mil", "quantity": 0},
        {"item": "Mil", "quantity": 10**15},
        {"item": "Mil", "quantity": 1, "per": "village"},
        {"item": "a\x00b", "quantity": 1},
    ],
)
def test_an_impossible_ration_is_refused(ask: Any, line: dict[str, Any]) -> None:
    said = {"cycle": str(new_id()), "site": str(new_id()), "contents": [line]}
    assert ask(an_operator(Role.SUPERVISOR), "lists", said).status_code == 422


def test_what_is_not_there_is_not_found(ask: Any) -> None:
    a_family()
    an_open_list()
    bakr, nobody = an_operator(Role.SUPERVISOR), str(new_id())
    ration = [{"item": "Mil", "quantity": 1}]
    cycle = {"name": "Mai", "starts_on": "2026-05-01", "ends_on": "2026-05-31"}
    for path, body in (
        ("interventions", {"programme": nobody, "name": "x", "item": "y"}),
        ("cycles", {"intervention": nobody, **cycle}),
        ("lists", {"cycle": nobody, "site": nobody, "contents": ration}),
        (f"entitlements/{nobody}/redeem", {}),
        (f"lists/{nobody}/check", {}),
    ):
        assert ask(bakr, path, body).status_code == 404, path
    assert Entitlement.objects.count() == 1
