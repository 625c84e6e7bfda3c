"""No fingerprints before a signed impact assessment is attached to the programme (P5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gada.agencies import services
from gada.agencies.models import Programme
from gada.agencies.rules import Role
from gada.agencies.services import Assessment, attach_assessment, decide_prints
from gada.biometrics.rules import Asked, ProgrammeRule, why_not
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from tests.world import AT, a_browser, a_node, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
SIGNED = Assessment("AIPD 2026-3, au siège : empreintes permises dès 5 ans", date(2026, 3, 1), "Dina Sow")


def a_bare_programme() -> Programme:
    return services.create_programme(name="Vivres", purpose="p", legal_basis="l", by=a_node().admin, at=AT)


def test_prints_are_switched_on_only_after_a_signed_assessment() -> None:
    programme, admin = a_bare_programme(), a_node().admin
    with refused("impact-assessment-missing"):
        decide_prints(programme=programme, allowed=True, by=admin, at=AT)
    for wrong, code in (
        (Assessment(" ", date(2026, 3, 1), "Dina"), "impact-assessment-missing"),
        (Assessment("AIPD", None, "Dina"), "impact-assessment-unsigned"),
        (Assessment("AIPD", date(2026, 3, 1), " "), "impact-assessment-unsigned"),
        (Assessment("AIPD", (AT + timedelta(days=2)).date(), "Dina"), "impact-assessment-future"),
    ):
        with refused(code):
            attach_assessment(programme=programme, assessment=wrong, by=admin, at=AT)
    dina = an_operator(Role.DPO, name="Dina")
    attach_assessment(programme=programme, assessment=SIGNED, by=dina, at=AT, document=("aipd.pdf", b"%PDF-1.7 ..."))
    with refused("not-permitted"):
        decide_prints(programme=programme, allowed=True, by=dina, at=AT)
    made = decide_prints(programme=programme, allowed=True, by=admin, at=AT)
    assert made.biometrics_allowed and made.assessed_by == "Dina Sow" and len(made.assessment_digest) == 64
    assert not decide_prints(programme=programme, allowed=False, by=admin, at=AT).biometrics_allowed
    assert compare_state().differences == ()


def test_a_new_programme_with_prints_needs_date_and_name() -> None:
    with refused("impact-assessment-unsigned"):
        services.create_programme(
            name="P", purpose="p", legal_basis="l", impact_assessment="Faite", biometrics_allowed=True,
            by=a_node().admin, at=AT,
        )


def test_another_agency_attaches_nothing_here_and_sees_nothing() -> None:
    programme = a_bare_programme()
    chen = an_operator(Role.DPO, Role.ADMIN, name="Chen", agency=an_agency())
    with refused("programme-unknown"):
        attach_assessment(programme=programme, assessment=SIGNED, by=chen, at=AT)
    with refused("programme-unknown"):
        decide_prints(programme=programme.id, allowed=True, by=chen, at=AT)
    assert a_browser(chen).get(reverse("agencies:programme", args=[programme.id])).status_code == 404
    assert a_browser(chen).get(reverse("agencies:assessment", args=[programme.id])).status_code == 404


def test_nobody_is_asked_for_prints_under_programmes_without_one() -> None:
    def asked(*programmes: ProgrammeRule) -> str | None:
        return why_not(Asked("active", "yes", 30, programmes))

    assert asked(ProgrammeRule(True, 5, assessed=False)) == "prints-not-assessed"
    assert asked(ProgrammeRule(False, 5), ProgrammeRule(True, 5, assessed=False)) == "prints-not-assessed"
    assert asked(ProgrammeRule(True, 5, assessed=False), ProgrammeRule(True, 5)) is None


def test_the_page_says_what_is_missing_and_keeps_the_document() -> None:
    programme, browser = a_bare_programme(), a_browser(a_node().admin)
    page = reverse("agencies:programme", args=[programme.id])
    assert "Joignez d’abord l’étude d’impact" in browser.get(page).content.decode()
    no = browser.post(reverse("agencies:decide-prints", args=[programme.id]), {"allowed": "yes"})
    assert no.status_code == 409 and "étude d’impact" in no.content.decode()
    english = a_browser(an_operator(Role.ADMIN, language="en"), language="en")
    no = english.post(reverse("agencies:decide-prints", args=[programme.id]), {"allowed": "yes"})
    assert "only with an impact assessment" in no.content.decode()
    assert browser.post(page, {"reference": "AIPD", "signed_by": "Dina"}).status_code == 422
    given = SimpleUploadedFile("étude.pdf", b"%PDF-1.7 contenu", "application/pdf")
    said = {"reference": "AIPD", "signed_on": "2026-03-01", "signed_by": "Dina Sow", "document": given}
    assert browser.post(page, said).status_code == 302
    assert browser.post(reverse("agencies:decide-prints", args=[programme.id]), {"allowed": "yes"}).status_code == 302
    shown = browser.get(page).content.decode()
    assert "Dina Sow" in shown and "étude.pdf" in shown and "1er mars 2026" in shown
    assert browser.get(reverse("agencies:assessment", args=[programme.id])).content == b"%PDF-1.7 contenu"
    assert list(
        LogEntry.objects.filter(about_id=programme.id).order_by("lamport").values_list("action", flat=True)
    ) == [
        "programme.created",
        "programme.assessed",
        "programme.prints_decided",
    ]
