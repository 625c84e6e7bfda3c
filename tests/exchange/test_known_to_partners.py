"""What partners delivered stands on the person's page and on their own report, as far as it may be looked at."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gada.agencies.models import Operator
from gada.exchange import services
from gada.exchange.models import Agreement, Link, Proposal
from gada.exchange.queries import known_to
from gada.journal.comparing import compare_state
from gada.people.models import Person
from tests.exchange.cast import Cast
from tests.exchange.foreign import Partner
from tests.exchange.lent import agreed, delivered, linked, next_version
from tests.world import Role, a_browser, an_agency, an_operator

THEIR_MOTHER = "Nyibol Ajakdit"


@pytest.fixture
def ours(cast: Cast, partner: Partner) -> Agreement:
    return agreed(cast, partner)


@pytest.fixture
def known(cast: Cast, partner: Partner, ours: Agreement, tmp_path: Path) -> Link:
    """Linked; the partner says the same given name, another mother, another place, and gave a print."""
    link = linked(ours, cast.enrol())
    delivered(cast, partner, link, tmp_path, finger=7, given="Achol", mother=THEIR_MOTHER, place="SS0909")
    return link


def page_of(browser: Client, person: Person) -> str:
    answer = browser.get(reverse("console:person", args=[person.id]) + "?why=complaint")
    return answer.content.decode() if answer.status_code == 200 else f"status {answer.status_code}"


def section(page: str) -> str:
    """The part about partners; what stands below (who read it, to whom it went) is another part."""
    return (
        page.split("Connu de partenaires")[-1].split("Qui a lu ces données")[0]
        if "Connu de partenaires" in page
        else ""
    )


def report_of(person: Person) -> str:
    browser = a_browser(an_operator(Role.SUPERVISOR))
    browser.post(reverse("console:verify", args=[person.id]), {"reason": "connue de tous"})
    return browser.get(reverse("console:disclosure", args=[person.id])).content.decode()


def test_the_page_says_who_knows_them_and_what_they_delivered(cast: Cast, ours: Agreement, known: Link) -> None:
    page = section(page_of(a_browser(cast.officer), known.person))
    assert "Vivres" in page and "version 1" in page and "en vigueur" in page and ours.terms.purpose in page
    assert THEIR_MOTHER in page and "Nyandeng Ajak" in page and "SS0909" in page and "SS0101" in page
    assert page.count("diffère") == 2 and "pareil" in page and "gardées pour reconnaître cette personne" in page
    waits = f"{reverse('exchange:proposals')}?of={Proposal.objects.get(state='open').id}"
    assert waits in page and reverse("exchange:agreement", args=[ours.digest]) in page


def test_the_link_leads_to_that_very_difference(
    cast: Cast, partner: Partner, ours: Agreement, known: Link, tmp_path: Path
) -> None:
    other = linked(ours, cast.enrol("Abuk"))
    delivered(cast, partner, other, tmp_path, mother="Nyanut Bol")
    officer, address = a_browser(cast.officer), reverse("exchange:proposals")
    second = Proposal.objects.get(link=other, state="open").id
    assert THEIR_MOTHER in officer.get(address).content.decode()
    asked = officer.get(f"{address}?of={second}").content.decode()
    assert "Nyanut Bol" in asked and THEIR_MOTHER not in asked
    assert officer.get(f"{address}?of=nonsense").status_code == 200


def test_a_clerk_is_not_led_where_they_may_not_go(cast: Cast, ours: Agreement, known: Link) -> None:
    page = section(page_of(a_browser(cast.clerk), known.person))
    assert THEIR_MOTHER in page and "écart à régler" in page
    assert reverse("exchange:proposals") not in page and ours.digest not in page


def test_another_agency_sees_nothing_of_it(known: Link) -> None:
    chen: Operator = an_operator(Role.CLERK, Role.SUPERVISOR, Role.EXCHANGE, name="Chen", agency=an_agency())
    assert page_of(a_browser(chen), known.person) == "status 404"
    assert known_to(chen, known.person_id, at=timezone.now()) == []


def test_the_report_for_the_person_holds_it_too(cast: Cast, known: Link) -> None:
    report = report_of(known.person)
    assert "Vivres" in report and THEIR_MOTHER in report and "Empreintes" in section(report)
    assert "Reçu de Vivres · Prénoms, Mère, Lieu, Empreintes" in report
    assert "?of=" not in report  # nothing to press on paper
    assert "D’aucun partenaire" in report_of(cast.enrol("Abuk"))


def test_under_suspension_it_is_said_what_is_held_and_nothing_of_it_is_shown(
    cast: Cast, ours: Agreement, known: Link
) -> None:
    at = timezone.now()
    services.suspend_agreement(operator=cast.guardian, agreement_id=ours.agreement_id, reason="x", at=at)
    for page in (page_of(a_browser(cast.officer), known.person), report_of(known.person)):
        assert THEIR_MOTHER not in page and "SS0909" not in page
        assert (
            "suspendu" in section(page)
            and "Nom de la mère" in section(page)
            and section(page).count("non montré") == 4
        )


def test_what_a_newer_version_leaves_out_is_closed(cast: Cast, partner: Partner, ours: Agreement, known: Link) -> None:
    fields = [{"name": "given", "direction": "both", "authority": "ours"}]
    next_version(cast, partner, ours, fields=fields)
    (found,) = known_to(cast.officer, known.person_id, at=timezone.now())
    assert found.agreement.version == 2
    shut = {each.field: each.shut.code if each.shut else "" for each in found.delivered}
    assert shut == {"given": "", "mother": "field-not-agreed", "place": "field-not-agreed", "prints": ""}


def test_past_its_time_a_value_is_closed(cast: Cast, partner: Partner, tmp_path: Path) -> None:
    link = linked(agreed(cast, partner, retention_days=3), cast.enrol())
    delivered(cast, partner, link, tmp_path, mother=THEIR_MOTHER)
    at = timezone.now()
    (before,) = known_to(cast.officer, link.person_id, at=at + timedelta(days=2))[0].delivered
    (after,) = known_to(cast.officer, link.person_id, at=at + timedelta(days=4))[0].delivered
    assert before.theirs == THEIR_MOTHER and before.kept_until == after.kept_until
    assert after.theirs == after.ours == "" and after.shut and after.shut.code == "retention-over"


def test_the_term_runs_from_our_clock_and_not_from_what_the_partner_claims(known: Link) -> None:
    said = known.statements.first()
    assert said.happened_at.date().isoformat() == "2026-03-13"  # as they claim
    assert timezone.now() - said.received_at < timedelta(minutes=5)
    assert compare_state().differences == ()


def test_a_link_undone_leaves_nothing(cast: Cast, known: Link) -> None:
    services.withdraw_link(operator=cast.guardian, link_id=known.id, reason="x", at=timezone.now())
    page = page_of(a_browser(cast.officer), known.person)
    assert section(page) == "" and THEIR_MOTHER not in page


def test_how_it_was_decided_is_said(cast: Cast, known: Link) -> None:
    (found,) = known_to(cast.officer, known.person_id, at=timezone.now())
    assert (found.ground.by_people, found.ground.total, found.ground.fingers) == (False, 0, 0)
    page = section(page_of(a_browser(cast.officer), known.person))
    assert "par la comparaison convenue" in page


def test_the_page_costs_the_same_for_one_field_and_for_many(
    cast: Cast, partner: Partner, ours: Agreement, tmp_path: Path
) -> None:
    few, many = linked(ours, cast.enrol()), linked(ours, cast.enrol("Abuk"))
    delivered(cast, partner, few, tmp_path, place="SS0909")
    everything = {"father": "A B", "mother": "C D", "surname": "E", "given": "F", "place": "SS0909", "sex": "M"}
    delivered(cast, partner, many, tmp_path, finger=7, **everything)
    browser = a_browser(cast.officer)
    counts = []
    for link in (few, many):
        page_of(browser, link.person)
        with CaptureQueriesContext(connection) as asked:
            assert "Vivres" in section(page_of(browser, link.person))
        counts.append(len(asked))
    assert counts[1] <= counts[0] <= 56, counts  # of somebody whom nobody else knows: tests/console/test_person.py
