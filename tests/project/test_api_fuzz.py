"""Whatever is sent to the API: an answer, never a failure; and every no is a problem document (RFC 9457).

Schemathesis reads our OpenAPI and makes requests that fit it and requests that do not; every second one that names
something gets the id of something that exists, of each kind that an address can name. `GADA_FUZZ_EXAMPLES=50` looks
longer.
"""

from __future__ import annotations

import json
import os
import random
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from gada.engine.proof import psi
from gada.exchange import services
from gada.exchange.models import Proposal
from gada.matching.services import begin_check
from gada.people.models import Household
from gada.project.api import api, make_token
from gada.project.middleware import use_secret_key
from gada.project.wsgi import application
from tests.assistance.builders import an_open_list, the_entitlement
from tests.exchange.cast import a_cast
from tests.exchange.foreign import Partner, a_link, an_agreement
from tests.exchange.test_bad_packages import statement
from tests.matching.builders import moussa_twice, the_case
from tests.people.builders import a_household
from tests.world import Role, a_node, a_programme, an_operator

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = int(os.environ.get("GADA_FUZZ_EXAMPLES", "3"))  # of each operation in each mode
QUIET = settings(
    max_examples=EXAMPLES, deadline=None, phases=[Phase.explicit, Phase.generate], database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def inside() -> Iterator[None]:
    """A request through WSGI would close the connection that holds this test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(tmp_path: Path) -> dict[str, str]:
    """A token that may do everything, and ids of things that are there, by the names that requests give them."""
    node, programme, household = a_node(), a_programme(), a_household(of=3)
    first, second, _ = moussa_twice(prints=False)
    listed = an_open_list()
    everybody = an_operator(*Role, name="Toutes fonctions")
    use_secret_key()
    known = {
        **an_exchange(tmp_path),
        "household": household.id, "site": node.site.id, "person": household.memberships.first().person_id,
        "programme": programme.id, "other": second.id, "left": first.id, "case": the_case().id, "list": listed.id,
        "cycle": listed.cycle_id, "intervention": listed.cycle.intervention_id,
        "entitlement": the_entitlement(household).id,
    }
    named = {name: str(id_) for name, id_ in known.items()}
    check = begin_check(operator=everybody, site=node.site, people=[first.id, second.id], at=timezone.now())
    ids = {f"{name}_id": id_ for name, id_ in named.items()} | {"run_id": str(check.id)}
    return named | ids | {"token": make_token(everybody, days=1)}


def an_exchange(folder: Path) -> dict[str, Any]:
    """An agreement in force, a person in common, a package each way, a difference that waits, a comparison begun."""
    now, partner, cast = timezone.now(), Partner.of_kind(), a_cast()
    today = now.date()
    agreement = an_agreement(
        cast.officer, cast.guardian, partner, at=now, valid_from=today.isoformat(),
        valid_until=(today + timedelta(days=300)).isoformat(),
    )
    with transaction.atomic():
        link = a_link(agreement, cast.enrol().id)
    came = folder / "came.gada"
    came.write_bytes(partner.package(agreement, [statement(link, mother="Une autre")], folder=folder, made_at=now))
    services.receive_file(came, at=now, operator=cast.officer)
    key = agreement.agreement_id
    made = services.make_package(operator=cast.officer, agreement_id=key, at=now)
    known = {"agreement": key, "package": made.id, "proposal": Proposal.objects.get(state="open").id}
    if psi.available():
        known["run"] = services.start_overlap(operator=cast.officer, agreement_id=key, at=now).id
    return known


def fill_in(value: Any, known: dict[str, str]) -> Any:
    """The same request, about things that are there."""
    if isinstance(value, dict):
        return {name: known.get(name) or fill_in(part, known) for name, part in value.items()}
    return [fill_in(part, known) for part in value] if isinstance(value, list) else value


def learn(known: dict[str, str], answer: Any) -> None:
    """What was just made may be named next: POST …/judgements answers {"id": …}."""
    kind = [part for part in answer.request.path_url.partition("?")[0].split("/") if part.isalpha()][-1]
    if answer.status_code == 201 and isinstance(made := json.loads(answer.content), dict) and "id" in made:
        known[kind.removesuffix("s")] = known[f"{kind.removesuffix('s')}_id"] = str(made["id"])


def fault_of(answer: Any) -> str:
    """What is wrong with an answer, if anything."""
    if answer.status_code >= 500:
        return f"failed with {answer.status_code}"
    if answer.status_code < 400:
        return ""
    kind = answer.headers.get("content-type", "")
    kind = kind[0] if isinstance(kind, list) else kind
    if not kind.startswith("application/problem+json"):
        return f"said no ({answer.status_code}) as {kind}"
    problem = json.loads(answer.content)
    missing = {"type", "title", "status", "code", "instance"} - set(problem)
    return f"left out {missing}" if missing or problem["status"] != answer.status_code or not problem["title"] else ""


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_makes_it_fail(inside: None, world: dict[str, str], mode: GenerationMode):
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
    schema.app = application
    faults: dict[str, str] = {}
    asked: dict[str, set[int]] = {}
    there: dict[str, bool] = {}  # operations that name something: was one ever asked about what is there?
    times: Counter[str] = Counter()
    headers = {"Authorization": f"Bearer {world['token']}"}
    for number, found in enumerate(schema.get_all_operations()):
        operation = found.ok()

        @seed(number)
        @QUIET
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            label = case.operation.label
            times[label] += 1
            if about_what_is_there := times[label] % 2 == 1:
                case.path_parameters = fill_in(dict(case.path_parameters or {}), world)
                case.body = fill_in(case.body, world)
            answer = case.call(headers=headers)
            asked.setdefault(label, set()).add(answer.status_code)
            learn(world, answer)
            if case.path_parameters:
                found_it = about_what_is_there and answer.status_code != 404
                there[label] = found_it or there.get(label, False)
            if fault := fault_of(answer):
                faults[f"{label}: {fault}"] = case.as_curl_command()[:600]

        try:
            ask()
        except Unsatisfiable:
            continue  # nothing can be wrong with a request that takes nothing
    assert not faults, json.dumps(faults, indent=1)
    assert len(asked) > 10, "the API was asked"
    never = [label for label, found_it in there.items() if not found_it and (psi.available() or "{run}" not in label)]
    assert there and not never, "always asked about what is not there"


def test_a_program_writes_with_its_token_where_a_browser_needs_the_guard(world: dict[str, str]):
    """Django's test client leaves the guard against forged requests out unless told otherwise."""
    client = Client(enforce_csrf_checks=True)
    body = {"site": world["site"], "members": [{"given": "Amina", "relationship": "head"}]}
    headers = {"Authorization": f"Bearer {world['token']}"}
    before = Household.objects.count()
    made = client.post("/api/households", json.dumps(body), content_type="application/json", headers=headers)
    assert made.status_code == 201, made.content
    without = client.post("/api/households", json.dumps(body), content_type="application/json")
    assert (without.status_code in (401, 403), Household.objects.count()) == (True, before + 1)


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"site": NaN}', b"[" * 100_000, b'{"a":' * 50_000, b'"\\ud800"',
    b'{"site": "a\\u0000", "members": []}',
    b'{"site": 1e999, "members": []}', b"{}" + b" " * 100_000,
])
def test_what_is_no_json_is_a_clear_no(world: dict[str, str], body: bytes):
    headers = {"Authorization": f"Bearer {world['token']}"}
    answer = Client().post("/api/households", body, content_type="application/json", headers=headers)
    assert not fault_of(answer) and 400 <= answer.status_code < 500, answer.content


@pytest.mark.parametrize("path", [
    "/api/nothing", "/api/households/not-an-id", "/api/people/%00", "/api/people?q=%00",
    "/api/people?q=" + "x" * 5000, "/api/people?q=%ED%A0%80", "/api/people?q=%25%5F",
    "/api/people?q=" + "%F0%9F%91%B5" * 40,
])
def test_odd_addresses_are_answered(world: dict[str, str], path: str):
    answer = Client().get(path, headers={"Authorization": f"Bearer {world['token']}"})
    assert not fault_of(answer), answer.content


def test_random_words_in_a_name_are_kept_as_they_are(world: dict[str, str]):
    chance, headers = random.Random(1), {"Authorization": f"Bearer {world['token']}"}
    for name in ("O'Brien; DROP TABLE", "أمينة", "𐎀𐎁", "a\u0301", "<b>x</b>", "{{ 1 }}", "%s %(x)s", "x\u202ey"):
        head = {"given": name, "relationship": "head", "father": str(chance.random())}
        body = {"site": world["site"], "members": [head]}
        made = Client().post("/api/households", json.dumps(body), content_type="application/json", headers=headers)
        assert made.status_code == 201, made.content
        assert made.json()["members"][0]["given"] == unicodedata.normalize("NFC", name)
