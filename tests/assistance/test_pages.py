"""Lists, desk, receipt and slip, asked as a browser asks."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gada.agencies.services import register_device
from gada.assistance.models import (
    Cycle,
    DistributionList,
    Entitlement,
    Intervention,
    Redemption,
    RefusalSlip,
    Verification,
)
from gada.assistance.queries import preview_of, recipients_of
from gada.assistance.services import make_list, redeem_entitlement, take_step
from gada.journal.models import LogEntry, Mention
from gada.people.models import Household
from tests.assistance.builders import RATION, a_cycle, an_open_list
from tests.assistance.desk_world import a_desk, a_family, a_finger, at_the_page, photo_of
from tests.assistance.test_handing_over import judged, two_registrations
from tests.world import Role, a_browser, a_node, a_programme, a_site, an_agency, an_operator

pytestmark = pytest.mark.django_db
FORMS = ("distributions", "new-intervention", "new-cycle", "new-list")


def seen(answer) -> str:
    return answer.content.decode()


def recognised(
    browser: Client, made: DistributionList, entitlement: Entitlement, finger: int = 7, touch: int = 2
):
    return browser.post(at_the_page("verify", made, entitlement), {"finger": a_finger(finger, touch)})


def handed(browser: Client, made: DistributionList, entitlement: Entitlement):
    page = seen(browser.get(at_the_page("family", made, entitlement)))
    press = re.search(r'name="redemption_id" value="([0-9a-f-]+)"', page)
    return browser.post(at_the_page("hand-over", made, entitlement), {"redemption_id": press[1]}), press[1]


# Who may


@pytest.mark.parametrize("name", FORMS)
def test_a_clerk_and_an_adjudicator_have_no_business_here(name: str) -> None:
    for role in (Role.CLERK, Role.ADJUDICATOR):
        assert a_browser(an_operator(role)).get(reverse(f"assistance:{name}")).status_code == 403


def test_a_distributor_sees_lists_and_makes_none() -> None:
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    assert browser.get(reverse("assistance:distributions")).status_code == 200
    assert [browser.get(reverse(f"assistance:{name}")).status_code for name in FORMS[1:]] == [403] * 3


def test_chen_of_another_agency_sees_nothing_of_ours() -> None:
    made, entitlement = a_desk()
    chen = a_browser(
        an_operator(Role.DISTRIBUTOR, Role.SUPERVISOR, Role.ADMIN, name="Chen", agency=an_agency())
    )
    redemption = _collected(entitlement)
    assert entitlement.household.number not in seen(chen.get(reverse("assistance:distributions")))
    for name in ("list", "desk"):
        assert chen.get(reverse(f"assistance:{name}", args=[made.pk])).status_code == 404
    assert chen.get(at_the_page("family", made, entitlement)).status_code == 404
    assert chen.get(reverse("assistance:receipt", args=[redemption.pk])).status_code == 404
    assert (
        chen.post(reverse("assistance:find", args=[made.pk]), {"q": entitlement.household.number}).status_code
        == 404
    )
    for name in ("verify", "step", "hand-over", "refuse"):
        assert chen.post(at_the_page(name, made, entitlement)).status_code == 404
    for name in ("check-list", "open-list", "close-list"):
        assert chen.post(reverse(f"assistance:{name}", args=[made.pk])).status_code == 404


def test_a_distributor_of_another_site_sees_nothing() -> None:
    made, entitlement = a_desk()
    elsewhere = a_browser(an_operator(Role.DISTRIBUTOR, site=a_site()))
    assert elsewhere.get(at_the_page("family", made, entitlement)).status_code == 404


def test_a_family_of_one_list_is_not_shown_under_another() -> None:
    made, entitlement = a_desk()
    other = an_open_list(cycle=a_cycle("Avril"))
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    assert browser.get(at_the_page("family", other, entitlement)).status_code == 404
    assert browser.get(at_the_page("family", made, entitlement)).status_code == 200


# Lists


def test_from_the_intervention_to_the_open_list() -> None:
    a_family()
    bakr, browser = an_operator(Role.SUPERVISOR, name="Bakr"), a_browser(an_operator(Role.SUPERVISOR))
    maker = a_browser(bakr)
    programme = a_programme()
    maker.post(
        reverse("assistance:new-intervention"),
        {"programme": programme.pk, "name": "Vivres", "item": "ration"},
    )
    said = {
        "intervention": Intervention.objects.get().pk,
        "name": "Mars",
        "starts_on": "2026-03-01",
        "ends_on": "2026-03-31",
    }
    maker.post(reverse("assistance:new-cycle"), said)
    lines = {
        "lines-TOTAL_FORMS": "4",
        "lines-INITIAL_FORMS": "0",
        "lines-0-item": "Mil",
        "lines-0-quantity": "12,5",
        "lines-0-unit": "kg",
        "lines-0-per": "member",
        "lines-1-item": "Sel",
        "lines-1-quantity": "0,5",
        "lines-1-unit": "kg",
        "lines-1-per": "household",
    }
    answer = maker.post(
        reverse("assistance:new-list"), {"cycle": Cycle.objects.get().pk, "site": a_node().site.pk, **lines}
    )
    made = DistributionList.objects.get()
    assert answer["Location"] == reverse("assistance:list", args=[made.pk])
    assert [(line["item"], line["quantity"], line["per"]) for line in made.contents] == [
        ("Mil", 12_500, "member"),
        ("Sel", 500, "household"),
    ]
    page = seen(maker.get(answer["Location"]))
    assert reverse("assistance:check-list", args=[made.pk]) not in page  # Bakr made it
    assert maker.post(reverse("assistance:check-list", args=[made.pk])).status_code == 409
    browser.post(reverse("assistance:check-list", args=[made.pk]))
    browser.post(reverse("assistance:open-list", args=[made.pk]))
    assert Entitlement.objects.get().list == made
    browser.post(reverse("assistance:close-list", args=[made.pk]))
    made.refresh_from_db()
    assert made.status == "closed"


def test_a_ration_without_lines_and_half_a_line_come_back() -> None:
    browser = a_browser(an_operator(Role.SUPERVISOR))
    said = {
        "cycle": a_cycle().pk,
        "site": a_node().site.pk,
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
    }
    assert browser.post(reverse("assistance:new-list"), said).status_code == 422
    half = browser.post(reverse("assistance:new-list"), {**said, "lines-0-item": "Mil"})
    assert half.status_code == 422 and "a besoin d’un nom, d’une quantité et d’une unité" in seen(half)
    assert not DistributionList.objects.exists()


def test_the_preview_counts_and_names_nobody(django_assert_max_num_queries) -> None:
    for size in (1, 3, 3):
        a_family(of=size)
    made = make_list(
        operator=an_operator(Role.SUPERVISOR),
        cycle=a_cycle(),
        site=a_node().site,
        contents=RATION,
        at=timezone.now(),
    )
    browser = a_browser(an_operator(Role.SUPERVISOR))
    before = LogEntry.objects.filter(action="person.read").count()
    with django_assert_max_num_queries(30):
        page = seen(browser.get(reverse("assistance:list", args=[made.pk])))
    assert LogEntry.objects.filter(action="person.read").count() == before
    figures = [int(figure) for figure in re.findall(r'<p class="tile-value">\s*(\d+)', page)] or page
    assert figures[:2] == [3, 7]
    assert not any(household.number in page for household in Household.objects.all())


def test_the_list_of_lists_asks_a_fixed_number_of_questions(django_assert_max_num_queries) -> None:
    for month in ("Mars", "Avril", "Mai"):
        an_open_list(cycle=a_cycle(month))
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    with django_assert_max_num_queries(18):
        assert seen(browser.get(reverse("assistance:distributions"))).count("Vivres") >= 3


# Finding


def test_found_by_number_the_family_opens_and_the_reading_is_in_the_journal() -> None:
    made, entitlement = a_desk()
    agent = an_operator(Role.DISTRIBUTOR)
    browser = a_browser(agent)
    answer = browser.post(reverse("assistance:find", args=[made.pk]), {"q": entitlement.household.number})
    assert answer["Location"].startswith(at_the_page("family", made, entitlement))
    assert entitlement.household.number not in answer["Location"]
    browser.get(answer["Location"])
    browser.get(answer["Location"])
    readings = LogEntry.objects.filter(action="person.read", by_id=agent.pk)
    assert [row.purpose for row in readings] == ["assistance"] * 2  # the search, and the page once
    head = entitlement.household.memberships.get(relationship="head").person_id
    assert Mention.objects.filter(entry_id__in=readings.values("id"), person_id=head).count() == 2


def test_found_by_name_when_several_bear_it_the_agent_chooses() -> None:
    for given in ("Fati", "Fatimata"):
        a_family(given=given, surname="Oumarou")
    made = an_open_list()
    page = seen(
        a_browser(an_operator(Role.DISTRIBUTOR)).post(
            reverse("assistance:find", args=[made.pk]), {"q": "Oumarou"}
        )
    )
    assert page.count("?who=") == 2


def test_found_by_finger_whoever_came_is_already_recognised() -> None:
    for finger in (8, 9):
        a_family(finger=finger)
    made, entitlement = a_desk(finger=7)
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    answer = browser.post(reverse("assistance:find", args=[made.pk]), {"q": "", "finger": a_finger(7, 2)})
    assert answer["Location"].startswith(at_the_page("family", made, entitlement))
    assert Verification.objects.get().recognised
    assert handed(browser, made, entitlement)[0].status_code == 302
    assert Redemption.objects.get().entitlement == entitlement


def test_a_finger_of_nobody_on_the_list_and_a_photograph_are_told_apart() -> None:
    made, _ = a_desk()
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    address = reverse("assistance:find", args=[made.pk])
    stranger = browser.post(address, {"q": "", "finger": a_finger(99)})
    assert stranger.status_code == 200 and "n’est pas un refus" in seen(stranger)
    broken = browser.post(address, {"q": "", "finger": SimpleUploadedFile("x.png", b"\x89PNG broken")})
    assert broken.status_code == 422
    assert not Verification.objects.exists()


def test_a_family_of_the_site_that_is_not_on_the_list_is_named_as_such() -> None:
    made, _ = a_desk()
    late = a_family()
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    address = reverse("assistance:find", args=[made.pk])
    assert "pas sur cette liste" in seen(browser.post(address, {"q": late.number}))
    assert "Personne sur cette liste" in seen(browser.post(address, {"q": "Zzyzx"}))


def test_a_family_judged_one_is_counted_once_and_found_by_either_card() -> None:
    one, other = two_registrations()
    judged(one, other, same=True)
    preview = preview_of(
        make_list(
            operator=an_operator(Role.SUPERVISOR),
            cycle=a_cycle("Mai"),
            site=a_node().site,
            contents=RATION,
            at=timezone.now(),
        )
    )
    assert (preview.families, preview.people, preview.joined) == (1, 1, 1)
    made = an_open_list()
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    for card in (one, other):
        answer = browser.post(reverse("assistance:find", args=[made.pk]), {"q": card.number})
        assert answer["Location"].startswith(at_the_page("family", made, Entitlement.objects.get(list=made)))
    recipients = recipients_of(Entitlement.objects.get(list=made))
    assert {row.household_id for row in recipients} == {one.pk, other.pk}


# Recognising and handing over


def test_the_good_case_by_number_finger_and_enter() -> None:
    made, entitlement = a_desk()
    browser = a_browser(an_operator(Role.DISTRIBUTOR, name="Amina"))
    assert recognised(browser, made, entitlement).status_code == 302
    page = seen(browser.get(at_the_page("family", made, entitlement)))
    assert "Empreinte reconnue" in page and "moins d’une fois sur" in page
    answer, press = handed(browser, made, entitlement)
    again = browser.post(at_the_page("hand-over", made, entitlement), {"redemption_id": press})
    assert (answer.status_code, again.status_code) == (302, 302)
    assert str(Redemption.objects.get().pk) == press
    assert "Aide remise" in seen(browser.get(at_the_page("family", made, entitlement)))


def test_an_impostor_is_not_recognised_and_only_the_supervisor_says_no() -> None:
    made, entitlement = a_desk()
    agent, bakr = (
        a_browser(an_operator(Role.DISTRIBUTOR)),
        a_browser(an_operator(Role.SUPERVISOR, name="Bakr")),
    )
    recognised(agent, made, entitlement, finger=55)
    page = seen(agent.get(at_the_page("family", made, entitlement)))
    assert "jamais un refus" in page and "redemption_id" not in page
    assert agent.post(at_the_page("hand-over", made, entitlement)).status_code == 409
    said = {
        "reason": "L’empreinte n’est pas la sienne",
        "way_forward": "Revenir avec la carte",
        "claimed_by": "Ali",
    }
    assert agent.post(at_the_page("refuse", made, entitlement), said).status_code == 403
    assert bakr.post(at_the_page("refuse", made, entitlement), {**said, "way_forward": ""}).status_code == 422
    answer = bakr.post(at_the_page("refuse", made, entitlement), said)
    slip = RefusalSlip.objects.get()
    paper = seen(bakr.get(answer["Location"]))
    assert slip.number in paper and "Revenir avec la carte" in paper and "recours" in paper.lower()
    assert entitlement.household.number not in paper  # an impostor learns nothing of the family
    entitlement.refresh_from_db()
    assert entitlement.status == "open"


def test_whoever_was_recognised_before_is_no_proof_for_whoever_fails_now() -> None:
    made, entitlement = a_desk()
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    recognised(browser, made, entitlement)
    recognised(browser, made, entitlement, finger=55)
    assert browser.post(at_the_page("hand-over", made, entitlement)).status_code == 409
    recognised(browser, made, entitlement)
    assert handed(browser, made, entitlement)[0].status_code == 302


def test_a_refusal_ends_the_recognition_before_it() -> None:
    made, entitlement = a_desk()
    bakr = a_browser(an_operator(Role.SUPERVISOR, Role.DISTRIBUTOR))
    recognised(bakr, made, entitlement)
    bakr.post(at_the_page("refuse", made, entitlement), {"reason": "x", "way_forward": "y"})
    assert bakr.post(at_the_page("hand-over", made, entitlement)).status_code == 409


def test_the_ladder_photo_then_alternate_then_supervisor() -> None:
    made, entitlement = a_desk(photo=True, alternate=True)
    agent, bakr = a_browser(an_operator(Role.DISTRIBUTOR)), a_browser(an_operator(Role.SUPERVISOR))
    page = seen(agent.get(at_the_page("family", made, entitlement)))
    assert [
        step
        for step in ("other-finger", "photo", "card-and-alternate", "supervisor")
        if f"step={step}" in page
    ] == ["other-finger", "photo", "card-and-alternate", "supervisor"]
    head = entitlement.household.memberships.get(relationship="head").person_id
    alternate = entitlement.household.memberships.get(recipient="alternate").person_id
    address = at_the_page("step", made, entitlement)
    photo = {"method": "photo", "person": head, "recognised": "yes"}
    assert agent.post(address, {**photo, "reason": ""}).status_code == 422
    assert agent.post(address, {**photo, "recognised": "no", "reason": "doigts usés"}).status_code == 302
    assert agent.post(address, {**photo, "method": "supervisor", "reason": "x"}).status_code == 409
    card = {"method": "card-and-alternate", "person": alternate, "recognised": "yes", "reason": "mère malade"}
    assert agent.post(address, card).status_code == 302
    assert handed(agent, made, entitlement)[0].status_code == 302
    assert Redemption.objects.get().collected_by == alternate
    assert bakr.get(f"{at_the_page('family', made, entitlement)}?step=supervisor").status_code == 200
    assert agent.get(at_the_page("photo", made, entitlement, head)).content == photo_of()
    assert agent.get(at_the_page("photo", made, entitlement, alternate)).status_code == 404


def test_a_family_without_prints_is_led_to_the_ladder_and_served() -> None:
    made, entitlement = a_desk(finger=None, photo=True)
    agent = a_browser(an_operator(Role.DISTRIBUTOR))
    page = seen(agent.get(at_the_page("family", made, entitlement)))
    assert (
        "Pas d’empreintes à comparer" in page
        and 'action="' + at_the_page("verify", made, entitlement) not in page
    )
    head = entitlement.household.memberships.get(relationship="head").person_id
    said = {"method": "photo", "person": head, "recognised": "yes", "reason": "aucune empreinte prise"}
    agent.post(at_the_page("step", made, entitlement), said)
    assert handed(agent, made, entitlement)[0].status_code == 302


def test_already_collected_is_told_with_who_and_when() -> None:
    made, entitlement = a_desk()
    redemption = _collected(entitlement, device="Guichet 2")
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    page = seen(browser.get(at_the_page("family", made, entitlement)))
    assert (
        "Déjà retiré" in page
        and "Guichet 2" in page
        and reverse("assistance:receipt", args=[redemption.pk]) in page
    )
    assert browser.post(at_the_page("hand-over", made, entitlement)).status_code == 302
    assert Redemption.objects.count() == 1


def test_a_press_made_for_one_family_serves_no_other() -> None:
    made, entitlement = a_desk()
    a_family(finger=8)
    other_list = an_open_list(cycle=a_cycle("Avril"))
    other = Entitlement.objects.filter(list=other_list, household=entitlement.household).get()
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    recognised(browser, made, entitlement)
    press = handed(browser, made, entitlement)[1]
    recognised(browser, other_list, other)
    answer = browser.post(at_the_page("hand-over", other_list, other), {"redemption_id": press})
    assert answer.status_code == 422
    other.refresh_from_db()
    assert other.status == "open"


def test_the_receipt_says_what_and_who_and_the_reading_is_noted() -> None:
    _made, entitlement = a_desk()
    redemption = _collected(entitlement, device="Guichet 2")
    agent = an_operator(Role.DISTRIBUTOR)
    page = seen(a_browser(agent).get(reverse("assistance:receipt", args=[redemption.pk])))
    assert "Mil" in page and "Guichet 2" in page and entitlement.household.number in page
    assert LogEntry.objects.filter(action="person.read", by_id=agent.pk, purpose="assistance").count() == 1


def test_the_desk_bears_its_name_and_shows_what_is_set_aside_for_it() -> None:
    made, entitlement = a_desk()
    device = register_device(
        name="Guichet 2", kind="laptop", site=made.site, by=a_node().admin, at=timezone.now()
    )
    Entitlement.objects.filter(pk=entitlement.pk).update(
        leased_to=device, lease_until=timezone.now() + timedelta(days=1)
    )
    browser, other = (a_browser(an_operator(Role.DISTRIBUTOR)) for _ in range(2))
    browser.post(reverse("assistance:desk-name", args=[made.pk]), {"name": "guichet 2"})
    assert "détient 1 droit" in seen(browser.get(reverse("assistance:desk", args=[made.pk])))
    assert "Un autre guichet détient ce droit" in seen(other.get(at_the_page("family", made, entitlement)))
    recognised(browser, made, entitlement)
    assert handed(browser, made, entitlement)[0].status_code == 302
    assert Redemption.objects.get().device == "guichet 2"


def test_on_a_list_that_is_not_open_nothing_can_be_found_or_handed_over() -> None:
    from gada.assistance.services import close_list

    made, entitlement = a_desk()
    close_list(operator=an_operator(Role.SUPERVISOR), list_id=made.pk, at=timezone.now())
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    assert "find-q" not in seen(browser.get(reverse("assistance:desk", args=[made.pk])))
    assert "pas ouverte" in seen(browser.get(at_the_page("family", made, entitlement)))


def test_what_is_only_pressed_is_not_visited() -> None:
    made, entitlement = a_desk()
    browser = a_browser(an_operator(Role.SUPERVISOR))
    for name in ("verify", "step", "hand-over", "refuse"):
        assert browser.get(at_the_page(name, made, entitlement)).status_code == 405


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_desk_speaks_the_agents_language(language: str) -> None:
    made, entitlement = a_desk()
    browser = a_browser(an_operator(Role.DISTRIBUTOR, language=language), language=language)
    page = seen(browser.get(at_the_page("family", made, entitlement)))
    assert ("Doigt sur le lecteur" in page, "Finger on the reader" in page) == (
        language == "fr",
        language == "en",
    )


def _collected(entitlement: Entitlement, *, device: str = "") -> Redemption:
    """Handed over at another desk, by somebody else."""
    agent, now = an_operator(Role.DISTRIBUTOR), timezone.now()
    head = entitlement.household.memberships.get(relationship="head").person_id
    take_step(
        operator=agent,
        entitlement_id=entitlement.pk,
        person_id=head,
        method="photo",
        recognised=True,
        reason="lecteur en panne",
        at=now,
    )
    return redeem_entitlement(operator=agent, entitlement_id=entitlement.pk, at=now, device=device)
