"""Entries alone rebuild cases, judgements and who is one with whom."""

from __future__ import annotations

import pytest

from gada.journal.comparing import compare_state
from gada.matching.models import CanonicalPerson, Case
from gada.matching.services import judge_case, undo_judgement
from gada.people.services import erase_person
from tests.matching.builders import moussa_twice, the_case
from tests.world import AT, Role, an_operator

pytestmark = pytest.mark.django_db


def differences() -> list[tuple[str, str]]:
    return [(each.kind, each.model) for each in compare_state().differences if each.model.startswith("matching.")]


def test_entries_alone_rebuild_what_was_decided() -> None:
    moussa_twice()
    judge = an_operator(Role.ADJUDICATOR)
    judgement = judge_case(operator=judge, case_id=the_case().id, verdict="same", reason="vu", at=AT)
    undo_judgement(operator=judge, judgement_id=judgement.id, reason="erreur", at=AT)
    for reader in (judge, an_operator(Role.ADJUDICATOR)):
        judge_case(operator=reader, case_id=the_case().id, verdict="same", reason="revu", at=AT)
    assert differences() == []
    Case.objects.update(status="open")
    CanonicalPerson.objects.all().delete()
    assert sorted(differences()) == [
        ("edited", "matching.Case"), ("missing", "matching.CanonicalPerson"), ("missing", "matching.CanonicalPerson"),
    ]


def test_an_erased_person_does_not_stop_the_comparison() -> None:
    first, _second, _result = moussa_twice()
    judge = an_operator(Role.ADJUDICATOR)
    judge_case(operator=judge, case_id=the_case().id, verdict="same", reason="vu", at=AT)
    erase_person(operator=an_operator(Role.DPO), person_id=first.id, ground="demande", at=AT)
    assert differences() == []
