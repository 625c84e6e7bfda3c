"""Rows of this room come from entries alone, and an edited row is named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gada.agencies import services
from gada.agencies.models import Assignment, Operator
from gada.agencies.rules import Role
from gada.journal.comparing import compare_state
from tests.world import AT, a_code_secret, a_node, a_programme, a_site, an_agency, an_operator

pytestmark = pytest.mark.django_db


def test_entries_rebuild_every_row_of_this_room_and_name_the_one_somebody_edited() -> None:
    node = a_node()
    a_site(agency=an_agency())
    a_programme()
    services.register_device(name="PC 7", site=node.site, by=node.admin, at=AT, lease_until=AT + timedelta(days=30))
    amina = an_operator(Role.CLERK, name="Amina", valid_for=timedelta(days=1))
    a_code_secret(amina)
    services.choose_language(operator=amina, language="en", at=AT)
    services.end_assignment(assignment=amina.assignments.get(), by=node.admin, at=AT)
    services.deactivate_operator(operator=amina, by=node.admin, at=AT)
    services.reopen_operator(operator=amina, by=node.admin, at=AT)
    services.set_password(operator=amina, password="trois lunes sur la dune", by=node.admin, at=AT)
    assert compare_state().differences == ()
    Assignment.objects.filter(operator=amina).update(role=Role.ADMIN, valid_until=None)
    Operator.objects.filter(pk=amina.pk).update(name="Quelqu'un d'autre")
    found = {(row.kind, row.key): row.fields for row in compare_state().differences}
    assert found[("edited", str(amina.pk))] == ("name",)
    assert set(found[("edited", str(amina.assignments.get().pk))]) == {"role", "valid_until"}
