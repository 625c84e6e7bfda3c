"""A sweep by its pages: planned, printed, walked, opened, spent at the desk, judged, exported; and what they refuse."""

from __future__ import annotations

import csv
import io
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gada.fixing import queries, services
from gada.fixing.models import Printing, Spending, Sweep, Tokenless, Visit
from gada.fixing.papers import draw_bands
from gada.fixing.rules.numbers import code_of, signs_of
from gada.journal.models import LogEntry
from gada.people.models import Draft, Household
from tests.console.builders import AGREED, HEAD, begun, family_fields, household_fields, sheet, the_programme
from tests.fixing.builders import a_sweep, a_token, presented
from tests.world import Role, a_browser, a_node, a_site, an_agency, an_operator

pytestmark = pytest.mark.django_db


def seen(answer: Any) -> str:
    return str(answer.content.decode())


def boss(**how: Any) -> Any:
    return an_operator(Role.SUPERVISOR, site=a_node().site, **how)


def page_of(name: str, *ids: Any) -> str:
    return reverse(f"fixing:{name}", args=ids)


def test_from_the_plan_to_the_lists_of_the_teams() -> None:
    browser = a_browser(boss())
    assert "Aucun fixing" in seen(browser.get(page_of("sweeps")))
    said = {"name": "Aube", "day": "2026-03-14", "prefix": "oil"}
    assert browser.post(page_of("plan"), said).status_code == 422
    answer = browser.post(page_of("plan"), said | {"prefix": "ntk"})
    sweep = Sweep.objects.get()
    assert answer.url == page_of("print", sweep.id)
    assert browser.post(answer.url, {"first": 1, "last": 30, "paper": "sheet"}).status_code == 302
    assert "NTK\u201100001" in seen(browser.get(answer.url))
    assert browser.post(answer.url, {"first": 30, "last": 31, "paper": "sheet"}).status_code == 422
    keep = page_of("keep", sweep.id, "visit")
    line = {"team": "3", "block": "B", "shelters": "12-37", "first": "1", "last": "26", "empty": "15, 22", "round": "1"}
    assert browser.post(keep, line | {"first": "x"}).status_code == 422
    assert browser.post(keep, line).status_code == 302
    assert browser.post(keep, line).status_code == 422  # handed out already
    file = SimpleUploadedFile("l.csv", b"team;block;first;last\n4;C;27;29\n", "text/csv")
    assert "1 ligne a été" in seen(browser.post(page_of("keep", sweep.id, "list"), {"file": file}, follow=True))
    wrong = SimpleUploadedFile("l.csv", b"team;block;first;last\n4;C;29;30\n", "text/csv")
    assert browser.post(page_of("keep", sweep.id, "list"), {"file": wrong}).status_code == 422
    void = {"first": 30, "last": 30, "why": "spoilt"}
    assert browser.post(page_of("keep", sweep.id, "void"), void).status_code == 302
    assert browser.post(page_of("keep", sweep.id, "load"), {"first": 1, "last": 30, "team": "3"}).status_code == 302
    assert browser.get(page_of("keep", sweep.id, "load")).status_code == 405
    page = seen(browser.get(page_of("record", sweep.id)))
    assert "12–37" in page and "15, 22" in page
    taken = Visit.objects.get(team="4")
    browser.post(page_of("take-back", sweep.id), {"line": taken.id})
    assert str(taken.id) not in seen(browser.get(page_of("record", sweep.id)))
    assert browser.get(page_of("empty-list")).content.decode("utf-8-sig").startswith("équipe;bloc;")
    browser.post(page_of("phase", sweep.id))
    assert "demande un jeton" in seen(browser.get(page_of("sweep", sweep.id)))


def test_tokens_on_paper_are_read_by_another_reader() -> None:
    sweep = a_sweep()
    printing = Printing.objects.get()
    browser = a_browser(boss())
    answer = browser.get(page_of("sheets", printing.id))
    assert answer.content == browser.get(page_of("sheets", printing.id)).content
    signs = {number: signs_of(queries.key_of(sweep), sweep.id, number) for number in range(1, 21)}
    codes = {code_of("NTK", number, found) for number, found in signs.items()}
    assert _codes_on(answer.content) == codes
    bands = draw_bands([("NTK-00001-X-ABC", min(codes))] * 2, title="x", sweep="Aube · Intikané", words="Une famille")
    assert _codes_on(bands) == {min(codes)}
    clerk = an_operator(Role.CLERK, site=sweep.site)
    assert services.check_token(operator=clerk, site=sweep.site, text=min(codes))[0].id == sweep.id


def _codes_on(body: bytes) -> set[str]:
    document = pypdfium2.PdfDocument(body)
    try:
        picture = document[0].render(scale=200 / 72).to_pil()
    finally:
        document.close()
    return {each.text for each in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)}


def test_a_registration_takes_its_token_or_says_why_not() -> None:
    sweep = a_sweep()
    browser = a_browser(an_operator(Role.CLERK, site=sweep.site))
    the_programme()
    page = seen(browser.get(reverse("console:register")))
    assert "Jeton du fixing" in page
    for said in ({}, {"token": "NTK-00002-X-AAA"}, {"without": "other"}):
        answer = browser.post(reverse("console:register"), {**household_fields(), **said})
        assert answer.status_code == 422
    assert not Draft.objects.exists()
    answer = browser.post(reverse("console:register"), {**household_fields(), "token": a_token(sweep, 2)})
    draft = answer["Location"].split("/")[2]
    browser.post(reverse("console:register-members", args=[draft]), sheet(HEAD))
    browser.post(reverse("console:register-answers", args=[draft]), AGREED)
    presented({"token": a_token(sweep, 2)})  # the neighbour's desk was faster
    before = Household.objects.count()
    answer = browser.post(reverse("console:register-finish", args=[draft]))
    assert (answer.status_code, Household.objects.count()) == (422, before)
    assert "NTK-00002" in seen(answer)
    said = {**household_fields(), "token": a_token(sweep, 2), "without": "unlisted"}
    assert browser.post(reverse("console:register-household", args=[draft]), said).status_code == 302
    assert browser.post(reverse("console:register-finish", args=[draft])).status_code == 302
    noted = Tokenless.objects.get()
    assert (noted.why, noted.shown) == ("unlisted", a_token(sweep, 2))
    whole = reverse("console:register-family")
    assert browser.post(whole, family_fields(HEAD)).status_code == 422
    answer = browser.post(whole, family_fields(HEAD, token=a_token(sweep, 3)))
    family = Spending.objects.get(number=3).household
    assert answer.url == reverse("console:registered", args=[family.id])
    assert f'href="{reverse("console:register")}"' in seen(browser.get(answer.url))


def test_nothing_is_asked_without_a_sweep() -> None:
    a_sweep(opened=False)
    browser = a_browser(an_operator(Role.CLERK, site=a_node().site))
    assert "Jeton du fixing" not in seen(browser.get(reverse("console:register")))
    assert begun(browser, HEAD)


def test_the_report_its_list_and_its_file() -> None:
    sweep = a_sweep()
    first = presented({"token": a_token(sweep, 1)})
    second = presented({"token": a_token(sweep, 2)})
    Spending.objects.filter(household=second).update(number=1)
    presented({"without": "other", "without_words": "=1+1"})
    browser = a_browser(boss())
    page = seen(browser.get(page_of("sweep", sweep.id)))
    assert first.number in page and second.number in page
    assert "=1+1" in page
    said = {"number": 1, "keeps": second.id, "words": "Le chef de bloc la connaît"}
    assert browser.post(page_of("judge", sweep.id), said | {"words": ""}).status_code == 422
    assert browser.post(page_of("judge", sweep.id), said | {"keeps": ""}).status_code == 422
    assert "Le chef de bloc" in seen(browser.post(page_of("judge", sweep.id), said, follow=True))
    assert "NTK-00004" in seen(browser.get(page_of("tokens", sweep.id)))
    assert "NTK-00004" not in seen(browser.get(page_of("tokens", sweep.id), {"state": "clash"}))
    body = browser.post(page_of("export", sweep.id)).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert {row["export"][:3] for row in rows} == {"EX-"}
    assert {row["words"] for row in rows if row["kind"] == "family"} == {"'=1+1"}
    assert sum(row["state"] == "unspent" for row in rows) == 7
    assert [row["shelters"] for row in rows if row["kind"] == "shelter"] == ["15"]
    assert LogEntry.objects.filter(action="tokens.exported").count() == 1


def test_pages_keep_to_their_site() -> None:
    sweep = a_sweep()
    printing = Printing.objects.get()
    chen = a_browser(an_operator(Role.SUPERVISOR, agency=an_agency()))
    elsewhere = a_browser(an_operator(Role.SUPERVISOR, site=a_site()))
    pages = [page_of(name, sweep.id) for name in ("sweep", "record", "tokens", "print")]
    for stranger in (chen, elsewhere):
        assert [stranger.get(page).status_code for page in (*pages, page_of("sheets", printing.id))] == [404] * 5
        assert stranger.post(page_of("export", sweep.id)).status_code == 404
        assert sweep.name not in seen(stranger.get(page_of("sweeps")))
    mine = a_browser(boss(language="en"), language="en")
    assert [mine.get(page).status_code for page in pages] == [200] * 4
    distributor = a_browser(an_operator(Role.DISTRIBUTOR, site=sweep.site))
    assert distributor.get(page_of("sweeps")).status_code == 403
