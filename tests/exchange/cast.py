"""The cast of this room: the officer, the data-protection officer, and Chen, who may do nothing here."""

from __future__ import annotations

from dataclasses import dataclass

from gada.agencies.models import Operator, Programme, Site
from gada.agencies.rules import Role
from gada.people.drafts import AnswerDraft, HouseholdDraft, PersonDraft
from gada.people.models import Person
from gada.people.services import enrol_household
from tests.exchange.foreign import AT
from tests.world import a_node, a_programme, an_operator


@dataclass
class Cast:
    officer: Operator
    guardian: Operator
    clerk: Operator
    judge: Operator
    chen: Operator
    site: Site
    programme: Programme

    def enrol(self, given: str = "Achol", *, sharing: str = "yes", **other: object) -> Person:
        member = PersonDraft(
            given=given,
            surname="Dut",
            father="Deng Dut",
            mother="Nyandeng Ajak",
            sex="F",
            relationship="head",
            phone="+211912345678",
            answers=(AnswerDraft("registration", "yes"), AnswerDraft("sharing", sharing)),
            **other,
        )
        household = enrol_household(
            operator=self.clerk,
            site=self.site,
            programme=self.programme,
            at=AT,
            household=HouseholdDraft(members=(member,), place="SS0101"),
        )
        return Person.objects.get(memberships__household=household)


def a_cast() -> Cast:
    first = a_node()
    return Cast(
        officer=an_operator(Role.EXCHANGE, Role.SUPERVISOR, name="Bakr"),
        guardian=an_operator(Role.DPO, name="Dina"),
        clerk=an_operator(Role.CLERK, name="Amina"),
        judge=an_operator(Role.ADJUDICATOR, name="Juma"),
        chen=an_operator(None, name="Chen"),
        site=first.site,
        programme=a_programme(),
    )
