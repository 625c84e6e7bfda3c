"""The page of our own nodes, and deciding a conflict there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from gada.agencies.rules import Role
from gada.exchange.models import OwnNode
from gada.exchange.services.own_nodes import admit_device, withdraw_node
from gada.journal.models import HeldEntry, LogEntry
from gada.people.merging import merge_corrections
from gada.people.models import Conflict, Correction, Person
from gada.people.services import correct_person
from gada.vault.cards import certify_card
from gada.vault.working_keys import new_pair
from tests.exchange.own_world import CHEAP, PASSPHRASE
from tests.people.builders import a_household
from tests.world import AT, a_browser, a_node, an_operator


def a_network(folder: Path) -> Person:
    """Headquarters with two laptops, one of them lost, and a field that two nodes changed."""
    first, now = a_node(), timezone.now()
    certify_card(new_pair("root", at=AT), at=AT)
    for name in ("Portable de Diffa", "Portable de Maïné"):
        admit_device(
            operator=first.admin, name=name, sites=[first.site], target=folder / "kit", passphrase=PASSPHRASE,
            life=timedelta(days=10), at=now, cost=CHEAP,
        )
    lost = OwnNode.objects.get(name="Portable de Maïné")
    withdraw_node(operator=first.admin, node_id=lost.id, reason="volé", at=now)
    HeldEntry.objects.create(
        id=lost.id, log_id=lost.id, author=lost.id, position=1, action="person.enrolled", lamport=1, why="withdrawn",
        box=b"", arrived_at=now,
    )
    OwnNode.objects.filter(name="Portable de Diffa").update(last_contact=now - timedelta(hours=3))
    person = Person.objects.filter(memberships__household=a_household()).earliest("id")
    clerk = an_operator(Role.SUPERVISOR)
    correct_person(operator=clerk, person_id=person.id, changes={"given": "Zeynabou"}, saw={}, at=now)
    said = Correction.objects.get(person=person.id)
    Correction.objects.create(  # as it would have arrived from the laptop
        id=person.id, person=person.id, field="given", value="Zainab",
        version=f"{LogEntry.objects.latest('lamport').lamport:020d}:{lost.id.hex}", settles=said.settles,
    )
    merge_corrections([person.id])
    return person


@pytest.mark.django_db
def test_the_page_shows_every_node_and_decides_conflicts(tmp_path: Path) -> None:
    person = a_network(tmp_path)
    browser = a_browser(an_operator(Role.SUPERVISOR))
    page = browser.get("/nodes/").content.decode()
    for words in ("Nœuds du réseau", "Portable de Diffa", "déclaré perdu", "expire bientôt", "Zeynabou", "Zainab"):
        assert words in page, words
    conflict = Conflict.objects.get()
    answer = browser.post(f"/nodes/conflicts/{conflict.id}/", {"version": conflict.versions[0]}, follow=True)
    assert "Tranché" in answer.content.decode()
    assert Person.objects.get(id=person.id).given == "Zeynabou"
    assert not Conflict.objects.exists()
