"""Adding agencies, sites, people and roles. First of each: the outsider is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password

from gada.agencies import services
from gada.agencies.models import Agency, Assignment, Operator, Site
from gada.agencies.rules import Role
from gada.engine.refusal import NotFound, NotPermitted, Refusal
from gada.journal.models import LogEntry
from gada.journal.reading import open_entries
from tests.world import AT, PASSWORD, a_node, a_programme, a_site, an_admin, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
NEW = "deux ânes et un puits"
LATER = AT + timedelta(hours=1)


def doings(by: Operator, target: Operator, assignment: Assignment, site: Site) -> dict[str, object]:
    return {
        "create_agency": lambda: services.create_agency(name="Autre", country="NER", by=by, at=AT),
        "create_site": lambda: services.create_site(name="Autre", by=by, at=AT),
        "create_programme": lambda: services.create_programme(
            name="Autre", purpose="p", legal_basis="l", by=by, at=AT
        ),
        "register_device": lambda: services.register_device(name="PC 1", site=site, by=by, at=AT),
        "create_operator": lambda: services.create_operator(
            username="autre", name="Autre", password=PASSWORD, by=by, at=AT
        ),
        "assign_role": lambda: services.assign_role(operator=target, role="clerk", by=by, at=AT),
        "end_assignment": lambda: services.end_assignment(assignment=assignment, by=by, at=AT),
        "deactivate_operator": lambda: services.deactivate_operator(operator=target, by=by, at=AT),
        "set_password": lambda: services.set_password(operator=target, password=PASSWORD, by=by, at=AT),
        "forget_codes": lambda: services.forget_codes(operator=target, by=by, at=AT),
    }


@pytest.mark.parametrize("doing", list(doings(None, None, None, None)))  # type: ignore[arg-type]
def test_amina_the_clerk_is_refused_and_nothing_is_left(doing: str) -> None:
    node = a_node()
    amina = an_operator(Role.CLERK, name="Amina")
    bakr = an_operator(Role.SUPERVISOR, name="Bakr")
    before = LogEntry.objects.count()
    with pytest.raises(NotPermitted) as refused:
        doings(amina, bakr, bakr.assignments.get(), node.site)[doing]()
    assert refused.value.code == "not-permitted"
    assert str(Role.ADMIN.label) in str(refused.value)
    assert LogEntry.objects.count() == before


@pytest.mark.parametrize(
    "doing",
    ["register_device", "assign_role", "end_assignment", "deactivate_operator", "set_password", "forget_codes"],
)
def test_the_administrator_of_another_agency_is_refused(doing: str) -> None:
    node = a_node()
    bakr = an_operator(Role.SUPERVISOR, name="Bakr")
    chen = an_admin(an_agency())
    with pytest.raises((NotPermitted, NotFound)):
        doings(chen, bakr, bakr.assignments.get(), node.site)[doing]()
    bakr.refresh_from_db()
    assert bakr.is_active and bakr.roles_at(node.site, at=AT) == {Role.SUPERVISOR}


def test_an_action_nobody_declared_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        services.authorize(an_operator(), "person.fly")


def test_a_fresh_node_is_begun_once_and_in_its_own_name() -> None:
    node = a_node()
    assert node.admin.roles_at(node.site, at=AT) == {Role.ADMIN}
    assert set(LogEntry.objects.values_list("by_type", flat=True)) == {"node"}
    with refused("node-begun"):
        services.bootstrap_node(
            agency_name="B", country="NER", site_name="S", admin_username="b2", admin_name="B", at=AT,
            admin_password=PASSWORD,
        )
    assert Agency.objects.count() == 1


def test_no_entry_holds_a_password_and_names_are_under_the_operators_own_key() -> None:
    amina = an_operator(name="Amina")
    entry = LogEntry.objects.get(action="operator.created", about_id=amina.pk)
    assert entry.kept_facts.subject == amina.pk
    opened = next(open_entries([entry]))
    assert opened.facts is not None and opened.facts["name"] == "Amina"
    assert "password" not in opened.facts
    assert amina.check_password(PASSWORD)


def test_roles_hold_at_their_site_until_they_end() -> None:
    node = a_node()
    maradi = a_site("Maradi")
    amina = an_operator(Role.CLERK, name="Amina", site=node.site, valid_for=timedelta(days=1))
    assert amina.roles_at(node.site, at=AT) == {Role.CLERK}
    assert amina.roles_at(maradi, at=AT) == frozenset()
    assert amina.roles_at(node.site, at=AT + timedelta(days=2)) == frozenset()
    services.end_assignment(assignment=amina.assignments.get(), by=node.admin, at=AT)
    assert amina.roles_at(node.site, at=AT) == frozenset()
    assert Assignment.objects.filter(operator=amina).count() == 1  # ended, not deleted


def test_the_last_administrator_stays() -> None:
    node = a_node()
    with refused("last-administrator"):
        services.end_assignment(assignment=node.admin.assignments.get(), by=node.admin, at=AT)
    with refused("own-access"):
        services.deactivate_operator(operator=node.admin, by=node.admin, at=AT)


def test_a_closed_access_opens_nothing_even_for_an_instance_in_memory() -> None:
    node = a_node()
    bakr = an_operator(Role.ADMIN, name="Bakr")
    services.authorize(bakr, "site.create", at=AT)
    services.deactivate_operator(operator=bakr, by=node.admin, at=AT)
    assert bakr.is_active  # the old instance does not know
    with pytest.raises(NotPermitted):
        services.authorize(bakr, "site.create", at=AT)


def test_roles_at_another_agencys_site_cannot_be_given() -> None:
    node, theirs = a_node(), a_site(agency=an_agency())
    amina = an_operator(None, name="Amina")
    with pytest.raises(NotPermitted):
        services.assign_role(operator=amina, role=Role.CLERK, by=node.admin, at=AT, site=theirs)


def test_prints_need_an_impact_assessment() -> None:
    with refused("impact-assessment-missing"):
        services.create_programme(
            name="P", purpose="p", legal_basis="l", biometrics_allowed=True, by=a_node().admin, at=AT
        )
    assert a_programme().biometrics_allowed


@pytest.mark.parametrize(("code", "wrong"), [
    ("username-unfit", {"username": "Amína!"}),
    ("username-taken", {"username": "ADMIN"}),
    ("name-missing", {"name": "  "}),
    ("password-weak", {"password": "court"}),
    ("password-weak", {"password": "password123"}),
    ("password-weak", {"username": "aminadiallo", "password": "aminadiallo"}),
])
def test_a_new_operator_is_refused_with_a_reason(code: str, wrong: dict[str, str]) -> None:
    admin = a_node().admin
    good = {"username": "amina", "name": "Amina Diallo", "password": PASSWORD}
    with refused(code):
        services.create_operator(**{**good, **wrong}, by=admin, at=AT)
    assert Operator.objects.count() == 1 and LogEntry.objects.filter(action="operator.created").count() == 1


def test_names_are_taken_once() -> None:
    a_site("Maradi")
    for again in (lambda: a_site(" Maradi "), lambda: a_site("Diffa")):
        with refused("name-taken"):
            again()


def test_an_own_password_needs_the_present_one() -> None:
    amina = an_operator(name="Amina")
    with refused("password-wrong"):
        services.change_own_password(operator=amina, current="non", password=NEW, at=LATER)
    services.change_own_password(operator=amina, current=PASSWORD, password=NEW, at=LATER)
    amina.refresh_from_db()
    assert check_password(NEW, amina.password)


def test_apply_is_idempotent_and_the_newest_change_wins_in_any_order() -> None:
    amina = an_operator(name="Amina")
    for language in ("en", "fr", "en"):
        services.choose_language(operator=amina, language=language, at=LATER)
    rows = LogEntry.objects.filter(action="operator.language_chosen").order_by("lamport")
    from gada.agencies.apply import languages_chosen, operators_created
    from gada.journal.reading import entry_of

    entries = [entry_of(opened) for opened in open_entries(rows)]
    languages_chosen(list(reversed(entries)))
    languages_chosen(entries[:2])
    amina.refresh_from_db()
    assert amina.language == "en"
    born = [entry_of(opened) for opened in open_entries(LogEntry.objects.filter(action="operator.created"))]
    operators_created(born)
    amina.refresh_from_db()
    assert amina.language == "en" and amina.check_password(PASSWORD)


def test_a_refused_service_leaves_no_entry() -> None:
    node = a_node()
    before = LogEntry.objects.count()
    with pytest.raises(Refusal):
        services.create_agency(name="Agence Trois", country="Niger", by=node.admin, at=AT)
    assert LogEntry.objects.count() == before
