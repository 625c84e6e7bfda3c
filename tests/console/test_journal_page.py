"""The journal's page: what was done is said in words, never in the program's own names."""

from __future__ import annotations

from django.utils.translation import override

from gada.agencies.rules import Role
from gada.agencies.services.known_actions import all_actions
from gada.console.queries import newest_entries
from gada.console.rules import ENTRIES, PURPOSES
from gada.journal import registry
from tests.world import an_operator


def test_every_kind_of_entry_and_every_purpose_has_words():
    said = {action.entry for action in all_actions()} | set(ENTRIES)
    assert set(registry.APPLY) - said == set()
    assert {action.purpose for action in all_actions()} - set(PURPOSES) == set()


def test_the_newest_entries_are_said_in_the_readers_language(db):
    auditor = an_operator(Role.AUDITOR)
    with override("fr"):
        line = next(each for each in newest_entries(auditor) if each.action == "operator.created")
    assert (line.label, line.purpose) == ("Ajouter un agent", "Administration")
