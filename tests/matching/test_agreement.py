"""How readers decide and agree: counted from the judgements, shown to those it concerns, with an alarm."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.urls import reverse

from gada.engine.proof.ids import new_id
from gada.matching.models import Judgement
from gada.matching.queries.agreement import Double, fall_of, readers_for
from gada.matching.services import judge_case, open_case
from tests.matching.builders import moussa_twice, the_case
from tests.world import AT, Role, a_browser, an_agency, an_operator

pytestmark = pytest.mark.django_db
LONG_AGO = AT - timedelta(days=400)


def doubles(count: int, agreed: int) -> list[Double]:
    return [
        Double(new_id(), new_id(), ("same", "same" if n < agreed else "different"), AT, drawn=True)
        for n in range(count)
    ]


def test_a_fall_that_cannot_be_chance_raises_the_alarm() -> None:
    found = fall_of([*doubles(100, 95), *doubles(50, 38)])
    assert found is not None and found.before == 0.95 and found.now == 0.76
    assert fall_of([*doubles(100, 95), *doubles(50, 46)]) is None  # chance does that
    assert fall_of([*doubles(40, 40), *doubles(50, 10)]) is None  # too few before to say
    assert fall_of(doubles(49, 0)) is None


def test_readers_are_counted(settings: LazySettings) -> None:
    settings.SECOND_READING_PERCENT = 100
    moussa_twice()
    bakr, coumba = an_operator(Role.ADJUDICATOR, name="Bakr"), an_operator(Role.ADJUDICATOR, name="Coumba")
    case = the_case().id
    open_case(operator=bakr, case_id=case, at=AT)
    later = AT + timedelta(seconds=42)
    judge_case(operator=bakr, case_id=case, verdict="different", reason="", at=later)
    judge_case(operator=coumba, case_id=case, verdict="same", reason="", at=later)
    assert Judgement.objects.get(by=bakr.id).seconds == 42
    whole, first, second = readers_for(an_operator(Role.SUPERVISOR), since=LONG_AGO)
    assert (whole.decided, whole.doubles, whole.agreement and whole.agreement.value) == (2, 1, 0.0)
    assert {first.operator, second.operator} == {bakr.id, coumba.id}
    assert [(each.operator == bakr.id, each.same) for each in (first, second)].count((True, 0.0)) == 1
    assert whole.seconds == 42 and whole.months == (("2026-03", 2, 0.0),)
    assert [each.operator for each in readers_for(bakr, since=LONG_AGO)] == [None, bakr.id]  # not one's colleagues
    chen = an_operator(Role.SUPERVISOR, name="Chen", agency=an_agency())
    assert [each.decided for each in readers_for(chen, since=LONG_AGO)] == [0]


def test_a_page_left_alone_is_not_time_spent() -> None:
    moussa_twice()
    bakr, case = an_operator(Role.ADJUDICATOR), the_case().id
    open_case(operator=bakr, case_id=case, at=AT)
    made = judge_case(operator=bakr, case_id=case, verdict="different", reason="", at=AT + timedelta(hours=2))
    assert made.seconds is None


def test_the_page_is_for_supervisors_and_readers() -> None:
    moussa_twice()
    bakr = an_operator(Role.ADJUDICATOR, name="Bakr")
    address = reverse("matching:readers")
    assert a_browser(an_operator(Role.CLERK)).get(address).status_code == 403
    assert "Rien n’est encore décidé" in a_browser(bakr).get(address).content.decode()
    judge_case(operator=bakr, case_id=the_case().id, verdict="different", reason="", at=AT)
    Judgement.objects.update(at=AT)
    page = a_browser(an_operator(Role.SUPERVISOR)).get(address).content.decode()
    assert "Bakr" in page and "<svg" in page
    other = a_browser(an_operator(Role.ADJUDICATOR)).get(address).content.decode()
    assert "Bakr" not in other
