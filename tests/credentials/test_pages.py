"""The queue, the sheets and the checking page, asked as a browser asks."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gada.console.services import find_people
from gada.credentials import queries, services
from gada.credentials.models import Card, Copy
from gada.engine.formats.claim_169 import Holder, Token, to_text, write_token
from gada.engine.proof.cose import sign1
from gada.engine.proof.ids import new_id
from gada.engine.proof.signing import new_signing_key
from gada.journal.models import LogEntry
from gada.journal.reading import entry_of, open_entries
from gada.journal.registry import APPLY
from gada.vault.working_keys import working_key
from tests.credentials.builders import a_card, printed
from tests.credentials.test_papers import pictures_of
from tests.people.builders import a_household
from tests.world import AT, Role, a_browser, a_node, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db


def seen(answer: Any) -> str:
    return str(answer.content.decode())


def code_of(card: Card) -> str:
    return str(queries.faces_of([printed(card)])[0].codes[-1])


def checked(browser: Any, **said: Any) -> str:
    return seen(browser.post(reverse("credentials:check"), said))


def test_a_day_at_the_printer() -> None:
    browser = a_browser(an_operator(Role.SUPERVISOR, site=a_node().site))
    a_household(of=3)
    page = seen(browser.get(reverse("credentials:queue")))
    assert "Émettre les cartes" in page
    person = queries.people_without_card(an_operator(Role.CLERK)).get()
    act = reverse("credentials:act")
    browser.post(act, {"act": "issue", "ids": [person.id]})
    card = Card.objects.get()
    assert card.number in seen(browser.get(reverse("credentials:queue"), {"state": "issued"}))
    answer = browser.post(act, {"act": "print", "paper": "card", "ids": [card.id]})
    copy = Copy.objects.get()
    assert answer.url == reverse("credentials:printed", args=[copy.batch])
    assert copy.serial in seen(browser.get(answer.url))
    sheets = browser.get(reverse("credentials:sheets", args=[copy.batch]))
    assert sheets["Content-Type"] == "application/pdf"
    assert sheets.content.startswith(b"%PDF")
    assert "1 carte confirmée" in seen(browser.post(answer.url, {"ids": [copy.id]}, follow=True))
    for done, state in (("lose", "lost"), ("replace", "issued")):
        browser.post(act, {"act": done, "ids": [card.id]})
        assert person.given in seen(browser.get(reverse("credentials:queue"), {"state": state}))
    browser.post(act, {"act": "cancel", "ids": [Card.objects.latest("lamport").id], "reason": "essai"})
    assert "essai" in seen(browser.get(reverse("credentials:queue"), {"state": "cancelled"}))
    assert LogEntry.objects.filter(action="person.read").exists()


def test_a_family_gets_its_card_at_once() -> None:
    household = a_household(of=3)
    clerk = an_operator(Role.CLERK, site=household.site)
    browser = a_browser(clerk)
    page = seen(browser.get(reverse("console:registered", args=[household.id])))
    ids = re.findall(r'name="ids" value="([0-9a-f-]+)"', page)
    assert len(ids) == 1  # who collects, not everybody
    for _ in range(2):  # pressed again, it is the same card and a new copy
        answer = browser.post(reverse("credentials:act"), {"act": "now", "paper": "slip", "ids": ids})
        assert answer.url.startswith("/cards/printed/")
    assert (Card.objects.count(), Copy.objects.count()) == (1, 2)


def test_two_cards_for_one_person_are_shown() -> None:
    card = a_card()
    browser = a_browser(an_operator(Role.CLERK, site=card.person.site))
    assert "Deux cartes" not in seen(browser.get(reverse("credentials:queue")))
    entry = entry_of(next(open_entries(LogEntry.objects.filter(action="card.issued"))))
    elsewhere = replace(entry, facts={**entry.facts, "id": str(new_id()), "number": "0000-0000-0"})
    APPLY["card.issued"]([elsewhere])  # as another laptop's entry arrives
    assert "Deux cartes pour une personne" in seen(browser.get(reverse("credentials:queue")))


def test_outsiders_see_and_do_nothing() -> None:
    card = a_card()
    copy = printed(card)
    chen = a_browser(an_operator(Role.CLERK, agency=an_agency()))
    assert card.number not in seen(chen.get(reverse("credentials:queue"), {"state": "printed"}))
    assert chen.get(reverse("credentials:sheets", args=[copy.batch])).status_code == 404
    assert chen.post(reverse("credentials:act"), {"act": "lose", "ids": [card.id]}).status_code == 404
    auditor = a_browser(an_operator(Role.AUDITOR))
    for name in ("queue", "check"):
        assert auditor.get(reverse(f"credentials:{name}")).status_code == 403
    page = checked(chen, code=code_of(card))  # the code itself is hers to read, not what our node holds of the person
    assert "La signature est bonne" in page
    assert str(card.person_id) not in page


def test_what_a_code_proves_is_said() -> None:
    card = a_card()
    browser = a_browser(an_operator(Role.CLERK, site=card.person.site))
    old = code_of(card)
    page = checked(browser, code=old + "\n")
    assert "La signature est bonne" in page
    assert "Non prouvé" in page
    assert card.person.given in page
    new = code_of(card)
    assert "Un exemplaire plus récent" in checked(browser, code=old)
    services.lose_cards(operator=an_operator(Role.CLERK), cards=[card.id], at=AT)
    assert "déclarée perdue" in checked(browser, code=new)
    services.replace_cards(operator=an_operator(Role.CLERK), cards=[card.id], at=AT)
    page = checked(browser, code=new)
    assert "Cette carte est annulée" in page
    assert "La signature est bonne" not in page
    assert "Cette carte est annulée" in checked(browser, code=card.number)


def test_what_a_code_does_not_prove_is_said() -> None:
    card = a_card()
    browser = a_browser(an_operator(Role.CLERK, site=card.person.site))
    token = Token("Agence Une", AT.astimezone(UTC), b"", Holder(card.number, "Quelqu’un d’autre"))
    stranger = to_text(sign1(new_signing_key()[0], write_token(token)))
    page = checked(browser, code=stranger)
    assert "ne peut pas être vérifiée" in page
    assert "Prouvé" not in page
    signed = bytearray(sign1(bytes.fromhex(working_key("signing").private), write_token(token)))
    signed[-1] ^= 1
    assert "Ce code a été modifié" in checked(browser, code=to_text(bytes(signed)))
    ours = to_text(sign1(bytes.fromhex(working_key("signing").private), write_token(token)))
    assert "La signature est bonne" in checked(browser, code=ours)
    unknown = Token("Agence Une", AT.astimezone(UTC), b"", Holder("0000-0000-0", "X"))
    ours = to_text(sign1(bytes.fromhex(working_key("signing").private), write_token(unknown)))
    assert "Ce nœud ne garde pas cette carte" in checked(browser, code=ours)
    assert "Un numéro ne prouve rien" in checked(browser, code=card.number)
    for wrong in ("", "7K4M-2QRS-0", "HTTP://EXAMPLE.ORG/SOMETHING"):
        answer = browser.post(reverse("credentials:check"), {"code": wrong})
        assert answer.status_code == 422


def test_a_picture_and_a_frame_are_read() -> None:
    card = a_card()
    clerk = an_operator(Role.CLERK, site=card.person.site)
    browser, copy = a_browser(clerk), printed(card)
    body = browser.get(reverse("credentials:sheets", args=[copy.batch])).content
    picture = io.BytesIO()
    pictures_of(body)[0].resize((1240, 1754)).convert("L").save(picture, format="JPEG", quality=60)
    upload = SimpleUploadedFile("carte.jpg", picture.getvalue(), "image/jpeg")
    assert "La signature est bonne" in checked(browser, picture=upload)
    upload = SimpleUploadedFile("frame.jpg", picture.getvalue(), "image/jpeg")
    code = browser.post(reverse("credentials:frame"), {"picture": upload}).json()["code"]
    assert queries.check_code(clerk, code).copy == copy
    for junk in (b"", b"no picture", b"\xff\xd8\xff"):
        upload = SimpleUploadedFile("frame.jpg", junk or b" ", "image/jpeg")
        assert browser.post(reverse("credentials:frame"), {"picture": upload}).json() == {"code": ""}
    with refused("picture-is-pdf"):
        queries.read_picture(b"%PDF-1.7 not one that is opened")
    with refused("picture-unreadable"):
        queries.read_picture(b"\xff\xd8\xff")
    white = io.BytesIO()
    pictures_of(body)[0].crop((0, 0, 80, 80)).save(white, format="PNG")
    with refused("qr-none"):
        queries.read_picture(white.getvalue())


def test_partners_keys_are_lent() -> None:
    private, public = new_signing_key()
    token = Token("Agence Deux", AT.astimezone(UTC), b"", Holder("7K4M-2QRS-X", "Achol"))
    code, clerk = to_text(sign1(private, write_token(token))), an_operator(Role.CLERK)
    assert queries.check_code(clerk, code).signer is None
    from gada.credentials.queries import checking

    before = list(checking._lenders)
    assert before  # project/reactions.py installs the partners' keys
    queries.lend_signers([lambda: [queries.Signer("Nœud de Juba", public)]])
    try:
        found = queries.check_code(clerk, code)
    finally:
        queries.lend_signers(before)
    assert found.signer
    assert (found.signer.name, found.signer.is_ours, found.is_good) == ("Nœud de Juba", False, True)


def test_whoever_types_the_number_of_a_card_finds_its_holder() -> None:
    card = a_card()
    clerk = an_operator(Role.CLERK, site=card.person.site)
    found = find_people(operator=clerk, text=card.number.lower(), why="registration", site=None, at=AT)
    assert [each.person.id for each in found] == [card.person_id]
    chen = an_operator(Role.CLERK, agency=an_agency())
    assert find_people(operator=chen, text=card.number, why="registration", site=None, at=AT) == []
