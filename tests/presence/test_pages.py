"""The pages of presence, asked as a browser asks: found, ticked, confirmed; listed, told, decided, heard."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gada.journal.models import LogEntry, Mention
from gada.people.models import Household, Person
from gada.presence.models import Campaign, Closing, RollCall, Sighting, Step
from tests.assistance.builders import a_cycle, an_open_list
from tests.assistance.desk_world import a_family, a_finger
from tests.people.builders import a_household
from tests.presence.builders import DAY, a_roll_call, bakr, head_of, noticed, suspended
from tests.world import Role, a_browser, a_node, a_site, an_agency, an_operator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _each_its_own_gallery(fresh_gallery: None) -> None:
    """Fingers are searched here."""


def seen(answer) -> str:
    return answer.content.decode()


def at(name: str, roll_call: RollCall, *more) -> str:
    return reverse(f"presence:{name}", args=[roll_call.pk, *(each.pk for each in more)])


def browser(*roles: Role, **more) -> Client:
    return a_browser(an_operator(*(roles or (Role.SUPERVISOR,)), **more))


def text_of(pdf: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def an_opened_campaign(client: Client, **more) -> object:
    today = timezone.localdate()
    said = {
        "name": "Avril", "sites": [str(a_node().site.pk)], "starts_on": today.isoformat(),
        "ends_on": (today + 7 * DAY).isoformat(), "not_seen": "on", "misses": "3", "grace_days": "14",
        "appeal_at": "Bureau du site, le mardi",
    }
    return client.post(reverse("presence:new"), said | more)


def test_a_campaign_is_opened_on_a_page_and_a_bad_form_says_why() -> None:
    client = browser()
    assert "Ouvrir une campagne" in seen(client.get(reverse("presence:campaigns")))
    for wrong, words in (
        ({"ends_on": "2020-01-01"}, "avant le premier"),
        ({"sites": []}, "au moins un site"),
        ({"not_seen": "", "misses": ""}, "au moins un signe"),
        ({"grace_days": "2"}, "7"),
        ({"starts_on": "demain"}, "date"),
    ):
        answer = an_opened_campaign(client, **wrong)
        assert answer.status_code == 422, wrong
        assert words in seen(answer), wrong
    a_household()
    opened = an_opened_campaign(client)
    assert opened.status_code == 302
    page = seen(client.get(opened["Location"]))
    assert "Bureau du site, le mardi" in page
    assert "Avril" in seen(client.get(reverse("presence:campaigns")))
    roll_call = RollCall.objects.get()
    assert client.get(at("close", roll_call)).status_code == 405
    assert client.post(at("close", roll_call)).status_code == 302
    assert Closing.objects.count() == 1
    assert "fermée" in seen(client.get(opened["Location"]))


def test_outsiders_find_nothing_and_other_roles_may_not() -> None:
    household, roll_call = a_household(), a_roll_call()
    noticed(household, roll_call)
    gets = [
        reverse("presence:campaign", args=[roll_call.campaign_id]), at("desk", roll_call),
        at("family", roll_call, household), at("absent", roll_call), at("absence", roll_call, household),
        at("notices-pdf", roll_call), at("notices-csv", roll_call), reverse("presence:history", args=[household.pk]),
    ]
    posts = [at(name, roll_call) for name in ("close", "find", "warn", "notice")]
    posts += [at(name, roll_call, household) for name in ("confirm", "decide", "appeal", "answer")]
    for outsider in (
        an_operator(*Role, name="Chen", agency=an_agency()), an_operator(*Role, name="Bala", site=a_site("Maradi"))
    ):
        client = a_browser(outsider)
        assert {client.get(address).status_code for address in gets} == {404}
        assert {client.post(address, {"q": household.number}).status_code for address in posts} == {404}
        assert "Mars" not in seen(client.get(reverse("presence:campaigns")))
    clerk, auditor = browser(Role.CLERK), browser(Role.AUDITOR)
    assert [clerk.get(address).status_code for address in gets] == [200, 200, 200, 403, 200, 403, 403, 200]
    assert {auditor.get(address).status_code for address in gets} == {403}
    assert not Sighting.objects.exists()


def test_the_desk_finds_confirms_and_says_who_was_seen_already() -> None:
    household, roll_call = a_family(finger=None, of=3, given="Zeinabou", surname="Issoufou"), a_roll_call()
    client = browser(Role.CLERK)
    found = client.post(at("find", roll_call), {"q": household.number})
    assert found.status_code == 302
    page = seen(client.get(found["Location"]))
    assert "Zeinabou" in page
    everybody = [str(row.person_id) for row in household.memberships.all()]
    said = {"who": str(head_of(household)), "people": everybody[:2], "means": "known", "first_witness": "Issa"}
    wrong = client.post(at("confirm", roll_call, household), said)
    assert (wrong.status_code, Sighting.objects.count()) == (422, 0)
    assert "deux membres" in seen(wrong)
    done = client.post(at("confirm", roll_call, household), said | {"second_witness": "Hadiza"})
    assert done.status_code == 302
    assert Sighting.objects.count() == 2
    again = client.post(at("confirm", roll_call, household), said | {"second_witness": "Hadiza"})
    assert again.status_code == 409
    assert "déjà" in seen(again)
    client.post(at("confirm", roll_call, household), {"who": str(head_of(household)), "people": everybody})
    assert "Toute la famille a été vue" in seen(client.get(at("family", roll_call, household)))
    assert client.post(at("confirm", roll_call, household), {"people": ["nobody"]}).status_code == 422
    nothing = seen(client.post(at("find", roll_call), {"q": "Personne Inconnue"}))
    assert "Personne trouvé" in nothing
    assert client.post(at("find", roll_call), {"q": "HC1:" + "A" * 100}).status_code == 422
    assert "Deux membres" in seen(client.get(reverse("presence:history", args=[household.pk])))
    line = LogEntry.objects.filter(action="person.read").latest("lamport")
    assert Mention.objects.filter(entry=line).count() == 3


def test_a_finger_finds_and_confirms_and_the_others_need_one_key() -> None:
    household, roll_call = a_family(finger=7, of=3), a_roll_call()
    client = browser(Role.CLERK)
    found = client.post(at("find", roll_call), {"finger": a_finger(7, 2)})
    assert found.status_code == 302
    assert [(each.means, each.person) for each in Sighting.objects.all()] == [("finger", head_of(household))]
    page = seen(client.get(found["Location"]))
    assert "Reconnue déjà" in page or "Déjà reconnu" in page
    assert "personne" in seen(client.post(at("find", roll_call), {"finger": a_finger(9)}))
    other = client.post(at("confirm", roll_call, household), {"finger": a_finger(9)})
    assert other.status_code == 409
    broken = client.post(at("find", roll_call), {"finger": SimpleUploadedFile("f.png", b"nothing")})
    assert broken.status_code == 422


def test_the_list_goes_from_proposal_to_decision_and_appeal() -> None:
    household = a_household(of=1)
    Person.objects.filter(id=head_of(household)).update(given="=cmd()", surname="Ali")
    hidden = a_household(of=1)
    Person.objects.filter(id=head_of(hidden)).update(needs_protection=True)
    roll_call, client = a_roll_call(), browser(name="Bakr A")
    page = seen(client.get(at("absent", roll_call)))
    assert household.number in page
    assert client.post(at("warn", roll_call), {}).status_code == 422
    both = {"households": [str(household.pk), str(hidden.pk)]}
    assert client.post(at("warn", roll_call), both).status_code == 302
    assert client.post(at("notice", roll_call), both).status_code == 422  # nobody said how
    pdf = client.get(at("notices-pdf", roll_call))
    text = text_of(pdf.content)
    assert household.number in text
    assert hidden.number not in text
    assert "Bureau du site" in text
    assert "Ali" not in text
    assert client.post(at("notice", roll_call), both | {"channel": "radio"}).status_code == 302
    table = list(csv.reader(io.StringIO(client.get(at("notices-csv", roll_call)).content.decode("utf-8-sig"))))
    assert {row[0] for row in table[1:]} == {household.number, hidden.number}
    assert not any(cell.startswith("=") for row in table for cell in row)
    one = at("absence", roll_call, household)
    assert "Délai" in seen(client.get(one))
    early = client.post(at("decide", roll_call, household), {"reason": "absente", "decision": "suspend"})
    assert early.status_code == 409
    Step.objects.update(at=timezone.now() - timedelta(days=40), not_before=None)
    other = browser(name="Dina A")
    assert other.post(at("decide", roll_call, household), {"decision": "suspend"}).status_code == 422
    assert other.post(at("decide", roll_call, household), {"reason": "x", "decision": "suspend"}).status_code == 302
    assert "Recevoir un recours" in seen(other.get(one))
    clerk = browser(Role.CLERK)
    said = {"reason": "elle était malade", "hears": "Chaïbou"}
    assert clerk.post(at("appeal", roll_call, household), {}).status_code == 422
    assert clerk.post(at("appeal", roll_call, household), said).status_code == 302
    answer = {"reason": "certificat vu", "decision": "grant"}
    assert clerk.post(at("answer", roll_call, household), answer).status_code == 403
    assert other.post(at("answer", roll_call, household), answer).status_code == 409
    assert browser(name="Chaïbou A").post(at("answer", roll_call, household), answer).status_code == 302
    assert "Rien n’est retenu" in seen(other.get(one))


def test_the_aid_desk_says_why_a_family_is_not_on_the_list() -> None:
    household, roll_call = a_household(of=1), a_roll_call()
    suspended(household, roll_call)
    made = an_open_list(cycle=a_cycle())
    page = seen(browser(Role.DISTRIBUTOR).post(reverse("assistance:find", args=[made.pk]), {"q": household.number}))
    assert "personne depuis mars" in page
    assert reverse("presence:history", args=[household.pk]) in page
    assert reverse("presence:history", args=[household.pk]) in seen(
        browser().get(reverse("console:household", args=[household.pk]) + "?why=registration")
    )


def test_nobody_absent_teaches_and_a_family_elsewhere_says_how_to_move() -> None:
    maradi = a_site("Maradi")
    roll_call = a_roll_call()
    assert "Personne n’est absent" in seen(a_browser(bakr()).get(at("absent", roll_call)))
    theirs = a_household(of=1, site=maradi)
    assert "Maradi" in seen(a_browser(bakr()).get(at("family", roll_call, theirs)))
    assert Household.objects.get(id=theirs.id).site_id == maradi.id
    assert Campaign.objects.count() == 1
