"""Printed cards: their QR codes are read off a raster at 300 dpi by readers that others wrote."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import claim169
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from gada import vault
from gada.credentials import queries
from gada.credentials.papers.lettering import NOWHERE, fitted, runs_of, width_of
from gada.credentials.papers.sheets import draw_sheets, pages_of
from gada.engine.paper import install_fonts
from gada.people.rules import birth_of
from gada.vault.working_keys import working_key
from tests.credentials.builders import a_card, printed
from tests.people.builders import a_person
from tests.world import Role, a_node, an_operator

DPI = 300
NAMES = ("Aïcha Moussa Abdoulkarim", "عائشة موسى", "ߊߦߌߛߊ߫ ߞߎߦߊߕߋ", "Ƙwari Ɗanladi ƴan Ŋo")
MILLIMETRES = {"card": (210, 297), "slip": (210, 297), "printer": (85.6, 53.98)}


def a_photo() -> bytes:
    picture = Image.effect_noise((480, 600), 30).convert("RGB")
    ImageDraw.Draw(picture).ellipse((130, 120, 350, 430), fill=(110, 70, 50))
    body = io.BytesIO()
    picture.save(body, format="JPEG")
    return body.getvalue()


def pictures_of(body: bytes) -> list[Any]:
    document = pypdfium2.PdfDocument(body)
    try:
        return [page.render(scale=DPI / 72).to_pil() for page in document]
    finally:
        document.close()


def codes_of(picture: Any) -> list[str]:
    # Among all that it knows the reader now and then finds a Codabar of four digits in the modules of a QR code.
    return [each.text for each in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)]


def people() -> list[Any]:
    """Somebody of each script; the first with a photo, the second born about 1985."""
    found = [a_person(given=name, surname="") for name in NAMES]
    first = found[0]
    type(first).objects.filter(id=first.id).update(photo=vault.put_blob(first.id, a_photo()))
    born = birth_of(year=1985, estimated=True)
    type(first).objects.filter(id=found[1].id).update(
        birth_from=born.earliest, birth_to=born.latest, birth_precision=born.precision
    )
    return found


@pytest.mark.django_db
def test_readers_of_others_read_the_printed_cards(node_client: Callable[[str, str], str]) -> None:
    cards = [a_card(person) for person in people()]
    clerk = an_operator(Role.CLERK, site=a_node().site)
    public, texts = bytes.fromhex(working_key("signing").public), list[str]()
    for paper in ("card", "slip", "printer"):
        copies = [queries.copies_of_batch(clerk, printed(card, paper=paper).batch)[0] for card in cards]
        body = draw_sheets(queries.faces_of(copies), paper=paper, title="x")
        assert body == draw_sheets(queries.faces_of(copies), paper=paper, title="x")
        pictures = pictures_of(body)
        assert len(pictures) == pages_of(len(cards), paper=paper)
        wide, high = (round(each / 25.4 * DPI) for each in MILLIMETRES[paper])
        assert abs(pictures[0].width - wide) <= 2
        assert abs(pictures[0].height - high) <= 2
        found = [text for picture in pictures for text in codes_of(picture)]
        assert len(found) == len(cards)
        texts += found
    for text in texts:
        read = claim169.decode(text, verify_with_ed25519=public)
        assert read.verification_status == "verified"
        card = next(card for card in cards if card.number == read.claim169.id)
        person = next(each for each in NAMES if each == read.claim169.full_name)
        assert card.person.given == person
        assert bool(read.claim169.photo) == (person == NAMES[0])
        assert bool(read.claim169.date_of_birth) == (person != NAMES[1])
    lines = node_client("pixelpass.cjs", "\n".join(texts)).splitlines()
    assert [json.loads(line)["tag"] for line in lines] == [18] * len(texts)


@pytest.mark.django_db
def test_a_card_says_nothing_of_status_origin_camp_or_vulnerability() -> None:
    person = a_person(residence_status="refugee", nationality="NGA", father="Père Caché", phone="96121314")
    person.site.name = "Camp Caché"
    card = a_card(person)
    copies = [printed(card)]
    face = queries.faces_of(copies)[0]
    shown = repr(face) + "".join(str(queries.check_code(an_operator(Role.CLERK), code).token) for code in face.codes)
    for secret in ("refugee", "NGA", "Caché", "96121314", "NE001", "NE003", "Diffa", str(person.number)):
        assert secret not in shown


@pytest.mark.django_db
def test_who_said_no_to_photos_has_none_on_the_card() -> None:
    from tests.people.builders import AnswerDraft

    person = a_person(answers=(AnswerDraft("registration", "yes"), AnswerDraft("photo", "no")))
    type(person).objects.filter(id=person.id).update(photo=vault.put_blob(person.id, a_photo()))
    assert queries.faces_of([printed(a_card(person))])[0].photo == b""


def test_no_name_becomes_boxes() -> None:
    install_fonts()
    for name in NAMES:
        for bold in (False, True):
            runs = runs_of(name, bold=bold)
            assert NOWHERE not in "".join(run.text for run in runs)
            assert width_of(name, 10, bold=bold) > 10
    assert [run.font for run in runs_of("موسى Issa", bold=False)] == ["Gada", "arabic"]  # read from the right
    assert runs_of("Nkẹchi")[0].text == "Nkechi"
    assert runs_of("ⵉ")[0].text == NOWHERE


def test_a_long_name_is_made_small_before_it_is_cut() -> None:
    install_fonts()
    size, lines = fitted("Abdoulrahamane Souleymane", largest=12, smallest=8, width=90, most_lines=2)
    assert (len(lines), "…" in "".join(lines)) == (2, False)
    size, lines = fitted("Abdoul" * 20, largest=12, smallest=8, width=90, most_lines=2)
    assert size <= 8
    assert lines[0].endswith("…")
