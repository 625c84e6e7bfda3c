"""Every page and every address of the API, walked by people who must find nothing of our families there (P4).

Chen holds every role at another agency of this node; Bala holds every role at another site of ours; Dogo holds every
role at our site, but for another programme only. Each address is
asked with what exists at our site, as a page would and as somebody who tampers would. Whoever works at our site walks
the same way first: a walk that meets nobody proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from gada.agencies.models import Operator
from gada.agencies.rules import Role
from gada.agencies.services import assign_role
from gada.assistance.queries import lists_for
from gada.biometrics.models import Capture
from gada.console.queries import day_of, figures, newest_families
from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound
from gada.journal.models import LogEntry
from gada.matching.queries import case_for, cases_for, how_many_wait_for
from gada.matching.queries.showing import case_shown
from gada.matching.services import judge_case
from gada.people.models import Consent, Document, Household, Membership, Person
from gada.people.queries import households_in, people_in
from gada.project.api import make_token
from tests.assistance.builders import an_open_list, the_entitlement
from tests.matching.builders import MOUSSA, MOUSSA_AGAIN, moussa_twice, the_case
from tests.people.builders import a_household
from tests.presence.builders import a_roll_call, noticed
from tests.world import AT, a_browser, a_node, a_programme, a_site, an_admin, an_agency, an_operator

pytestmark = pytest.mark.django_db
NOT_WALKED = ("sign-in/", "sign-out/", "unlock/", "language/", "styleguide/", "exchange/v1/", "api/docs")
SEARCHES = (
    "/search/?q={}", "/api/people?q={}", "{list}desk/?q={}", "{list}desk/find/?q={}", "{roll}desk/find/?q={}",
    "/cases/?q={}",
)


@pytest.fixture
def ours() -> dict[str, Any]:
    """A case of two registrations with prints, a list with their families, a draft: ids by the names addresses use."""
    first, second, _ = moussa_twice()
    household = Household.objects.get(memberships__person=second)
    Document.objects.create(id=new_id(), person=second, kind="passport", number="P7741902")
    listed = an_open_list()
    roll_call = a_roll_call()
    noticed(household, roll_call)
    clerk = an_operator(Role.CLERK, name="Amina Kollo", site=a_node().site)
    browser = a_browser(clerk)
    answer = browser.post("/register/", {"place": "Diffa", "origin": "Bosso", "language": "fr", "household_number": ""})
    draft = answer["Location"].split("/")[2] if answer.status_code == 302 else str(new_id())
    return {
        "person_id": second.id, "household_id": household.id, "case_id": the_case().id, "list_id": listed.id,
        "entitlement_id": the_entitlement(household).id, "operator_id": clerk.id, "draft_id": draft,
        "assignment_id": clerk.assignments.get().id, "programme_id": household.programme_id,
        "membership_id": Membership.objects.get(person=second).id,
        "sample": Capture.objects.filter(person=second).values_list("sample", flat=True).first() or new_id(),
        "roll_call_id": roll_call.id, "campaign_id": roll_call.campaign_id,
        "side": "left", "position": 2, "index": 0, "step": "members", "clerk": clerk, "first": first, "second": second,
    }


def secrets_of(ours: dict[str, Any]) -> list[str]:
    """What nobody elsewhere may read."""
    numbers = [ours[name].number for name in ("first", "second")]
    families = list(Household.objects.values_list("number", flat=True))
    told = ("surname", "father", "mother", "phone")
    names = [str(values[name]) for values in (MOUSSA, MOUSSA_AGAIN) for name in told]
    return [*numbers, *families, *names, "P7741902", "Amina Kollo"]


def addresses(ours: dict[str, Any]) -> Iterator[str]:
    """Every address that this node answers, filled in with what exists; unknown names get an id of nobody."""
    for pattern, names in _patterns(get_resolver()):
        if pattern.startswith(NOT_WALKED) or "<path:" in pattern:
            continue
        address = pattern
        for name, part in names:
            address = address.replace(part, str(ours.get(name, ours.get(f"{name}_id", new_id()))))
        yield f"/{address}"


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for each in resolver.url_patterns:
        whole = before + str(each.pattern)
        if isinstance(each, URLPattern):
            parts = [part.split(">")[0] for part in whole.split("<")[1:]]
            yield whole, [(part.split(":")[-1], f"<{part}>") for part in parts]
        else:
            yield from _patterns(each, whole)


def met(client: Client, address: str, secrets: list[str], *, how: str = "get", **more: Any) -> list[str]:
    """The secrets that an answer shows, but for what the address itself said."""
    answer = getattr(client, how)(address, **more)
    if not hasattr(answer, "content"):
        shown = b"".join(answer.streaming_content).decode(errors="replace")
    else:
        shown = answer.content.decode(errors="replace")
    return [f"{how} {address} {answer.status_code}: {secret}" for secret in secrets
            if secret in shown and secret not in address.replace("+", " ")]


def clients(operator: Operator) -> list[Client]:
    token = make_token(operator, days=1)
    return [a_browser(operator), Client(headers={"authorization": f"Bearer {token}"})]


def test_nobody_of_another_agency_or_site_meets_our_people(ours: dict[str, Any]) -> None:
    secrets, listed = secrets_of(ours), f"/distributions/lists/{ours['list_id']}/"
    asked = [*addresses(ours), "/api/people?q=Alhusseini", "/api/cases", "/api/lists"]
    looked = [
        shape.format(secret.replace("+", "%2B"), list=listed, roll=f"/presence/{ours['roll_call_id']}/")
        for shape, secret in product(SEARCHES, (secrets[0], "Alhusseini", "+227 90 11 22 33"))
    ]
    supervisor = an_operator(Role.SUPERVISOR, Role.ADJUDICATOR, Role.DISTRIBUTOR, Role.DPO, name="Chef")
    here = {finding.split()[1] for client in clients(supervisor) for address in asked
            for finding in met(client, address, secrets)}
    assert len(here) >= 12, sorted(here)
    outsiders = [
        an_operator(*Role, name="Chen", agency=an_agency()), an_operator(*Role, name="Bala", site=a_site("Maradi")),
        an_operator(*Role, name="Dogo", programme=a_programme("Abris")),
    ]
    kept = (Person, Household, Membership, Consent, Capture)
    before = [model.objects.count() for model in kept]
    shown = []
    for outsider in outsiders:
        pages, api = clients(outsider)
        hidden = secrets if outsider is not outsiders[2] else secrets[:-1]  # who works here is no secret to a colleague
        for address in [*asked, *looked]:
            client = api if address.startswith("/api/") else pages
            shown += met(client, address, hidden)
            if address not in looked:
                sent = {"data": "{}", "content_type": "application/json"} if client is api else {}
                shown += met(client, address, hidden, how="post", **sent)
    assert shown == []
    assert before == [model.objects.count() for model in kept]
    site = ours["second"].site_id
    touched = LogEntry.objects.filter(by_id__in=[each.id for each in outsiders])
    elsewhere = touched.exclude(by_id=outsiders[2].id)  # the third works at this site, for another programme
    assert not elsewhere.filter(site=site).exists()
    assert not touched.filter(mentions__person_id__in=[ours["first"].id, ours["second"].id]).exists()
    about = {value for key, value in ours.items() if key.endswith("_id")}
    assert not elsewhere.filter(about_id__in=about).exists()
    colleagues = {ours["operator_id"], ours["assignment_id"]}
    assert list(touched.filter(about_id__in=about - colleagues).values_list("action", flat=True)) == []


def test_a_role_for_one_programme_shows_its_people_only() -> None:
    food, shelter = a_programme("Vivres"), a_programme("Abris")
    fed, housed, neither = a_household(programme=food), a_household(programme=shelter), a_household()
    cook = an_operator(Role.CLERK, programme=food)
    assert set(households_in(cook)) == {fed} == {line.household for line in newest_families(cook)}
    chief = an_operator(Role.SUPERVISOR, name="Chef", programme=food)
    for home, page in ((day_of(cook, at=AT), figures(chief, at=AT)), (day_of(chief, at=AT), figures(chief, at=AT))):
        assert (home.families, page.today.families, page.month.families) == (1, 1, 1)
        assert home.people == page.today.people == people_in(cook).count()
    assert set(people_in(cook)) == set(Person.objects.filter(memberships__household=fed))
    head = housed.memberships.get(relationship="head").person
    for address in (f"/people/{head.id}/?why=registration", f"/households/{housed.id}/?why=registration"):
        assert a_browser(cook).get(address).status_code == 404
    both = an_operator(Role.CLERK, programme=food)
    assign_role(operator=both, role=Role.SUPERVISOR, by=an_admin(), at=AT, programme=shelter)
    assert set(households_in(both)) == {fed, housed}
    assert set(households_in(an_operator(Role.CLERK))) == {fed, housed, neither}


def test_cases_and_lists_go_by_programme_and_a_side_of_another_programme_stays_hidden() -> None:
    _first, second, _ = moussa_twice()
    food, shelter = a_programme("Vivres"), a_programme("Abris")
    Household.objects.filter(memberships__person=second).update(programme=food)
    roles = (Role.ADJUDICATOR, Role.SUPERVISOR, Role.DISTRIBUTOR)
    cook, builder = (an_operator(*roles, name=str(each), programme=each) for each in (food, shelter))
    listed = an_open_list()
    theirs = listed.cycle.intervention.programme
    keeper = an_operator(*roles, name="Moussa Garde", programme=theirs)
    case = the_case()
    assert [list(cases_for(each)) for each in (cook, builder)] == [[case], []]
    assert [how_many_wait_for(each) for each in (cook, builder)] == [1, 0]
    shown = case_shown(cook, case)
    assert (shown.left.visible, shown.right.visible) == (False, True)
    with pytest.raises(NotFound):
        case_for(builder, case.id)
    with pytest.raises(NotFound):
        judge_case(operator=builder, case_id=case.id, verdict="different", reason="Deux personnes.", at=AT)
    assert [listed in lists_for(each) for each in (keeper, builder)] == [True, False]
