"""What each viewer may see: Amina her site, Bakr the agency, Chen nothing of ours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gada.agencies import queries
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.rules import Role
from tests.world import AT, a_node, a_programme, a_site, an_agency, an_operator

pytestmark = pytest.mark.django_db


def names(rows) -> set[str]:
    return {row.name for row in rows}


def test_chen_of_another_agency_sees_no_site_programme_or_colleague_of_ours() -> None:
    a_node()
    a_programme("Vivres")
    chen = an_operator(Role.ADMIN, Role.CLERK, name="Chen", agency=an_agency())
    assert not names(queries.sites_of(chen, at=AT))
    assert not names(queries.programmes_of(chen, at=AT))
    assert {row.agency_id for row in queries.operators_for(chen, at=AT)} == {chen.agency_id}


def test_a_role_at_one_site_shows_one_site() -> None:
    node = a_node()
    a_site("Maradi")
    amina = an_operator(name="Amina", site=node.site)
    bakr = an_operator(Role.SUPERVISOR, name="Bakr")
    assert names(queries.sites_of(amina, at=AT)) == {"Diffa"}
    assert names(queries.sites_of(bakr, at=AT)) == {"Diffa", "Maradi"}
    assert queries.site_now(amina, chosen=Site.objects.get(name="Maradi").pk, at=AT) == node.site


def test_a_role_for_one_programme_shows_one_programme() -> None:
    vivres, _ = a_programme("Vivres"), a_programme("École")
    amina = an_operator(name="Amina", programme=vivres)
    assert names(queries.programmes_of(amina, at=AT)) == {"Vivres"}


def test_only_the_role_that_opens_an_action_counts_for_it() -> None:
    node = a_node()
    maradi = a_site("Maradi")
    amina = an_operator(Role.CLERK, name="Amina", site=node.site)
    from gada.agencies.services import assign_role

    assign_role(operator=amina, role=Role.ADMIN, site=maradi, by=node.admin, at=AT)
    assert names(queries.sites_of(amina, at=AT)) == {"Diffa", "Maradi"}
    assert names(queries.sites_of(amina, action="device.register", at=AT)) == {"Maradi"}
    assert "device.register" in queries.permissions_of(amina, at=AT)
    assert "site.create" not in queries.permissions_of(amina, at=AT)  # that asks for the whole agency


def test_what_ran_out_shows_nothing() -> None:
    amina = an_operator(name="Amina", valid_for=timedelta(hours=1))
    later = AT + timedelta(hours=2)
    assert not queries.sites_of(amina, at=later).exists()
    assert not queries.permissions_of(amina, at=later)
    assert queries.sites_of(amina, at=AT).exists()


def test_a_clerk_reads_no_list_of_colleagues() -> None:
    assert not queries.operators_for(an_operator(name="Amina"), at=AT).exists()


def test_an_auditor_at_one_site_sees_who_works_there() -> None:
    node, maradi = a_node(), a_site("Maradi")
    here = an_operator(name="Ici", site=node.site)
    an_operator(name="Là-bas", site=maradi)
    auditor = an_operator(Role.AUDITOR, name="Auditrice", site=node.site)
    assert names(queries.operators_for(auditor, at=AT)) == {here.name, auditor.name}


def test_a_page_reads_once_what_somebody_holds_and_scopes_are_subqueries(django_assert_num_queries) -> None:
    amina = an_operator(name="Amina", programme=a_programme())
    with django_assert_num_queries(3):
        list(Site.objects.filter(pk__in=queries.sites_of(amina, at=AT)))
        list(Programme.objects.filter(pk__in=queries.programmes_of(amina, at=AT)))
        queries.permissions_of(amina, at=AT)


def test_who_to_ask_at_a_site() -> None:
    node = a_node()
    bakr = an_operator(Role.SUPERVISOR, name="Bakr", site=node.site)
    an_operator(Role.SUPERVISOR, name="Ailleurs", site=a_site("Maradi"))
    assert list(queries.holders_of([Role.SUPERVISOR], site=node.site, at=AT)) == [Operator.objects.get(pk=bakr.pk)]
