"""Extracts for partners without Gada: who is left out and why, the locked file, what comes back, the end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from gada.console.queries import readings_of
from gada.engine.proof.locked_workbook import is_locked, open_workbook
from gada.engine.refusal import NotFound, NotPermitted
from gada.exchange import services
from gada.exchange.models import Extract, ExtractRow
from gada.exchange.queries import (
    extract_for,
    extracts_for,
    how_many_extracts_wait_for,
    served_by_partners,
    whose_code,
)
from gada.exchange.rules.extracts import row_code
from gada.exchange.services.extracts import drop_expired_files
from gada.exchange.services.extracts.files import extract_path, returns_waiting
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.people.drafts import AnswerDraft, HouseholdDraft, PersonDraft
from gada.people.models import Household, Membership
from gada.people.services import answer_purpose, enrol_household
from tests.exchange.cast import Cast
from tests.exchange.foreign import AT
from tests.exchange.locked import opened_by_the_standard
from tests.world import Role, a_browser, an_agency, an_operator, refused

LATER = AT + timedelta(hours=2)
DAY = LATER.date().isoformat()
STRANGE = row_code(bytes(32), UUID(int=1), UUID(int=2))


def a_draft(cast: Cast, **other: object) -> services.ExtractDraft:
    return replace(
        services.ExtractDraft(
            organisation="Association Kaoura",
            kind="humanitarian",
            country="NER",
            asked_by="Rabi Moussa, coordinatrice",
            contact="+227 90 00 00 00",
            purpose="assistance",
            why="Distribuer 200 bâches",
            legal_basis="consent",
            source="site",
            of=cast.site,
            until=date(2026, 4, 30),
            fields={"name": "", "size": "", "place": ""},
        ),
        **other,
    )


def asked(cast: Cast, **other: object) -> Extract:
    return services.request_extract(operator=cast.officer, draft=a_draft(cast, **other), at=AT)


def approved(cast: Cast, **other: object) -> Extract:
    return services.decide_extract(
        operator=cast.guardian, extract_id=asked(cast, **other).id, approve=True, reason="", at=AT
    )


def made(cast: Cast, **other: object) -> services.MadeFile:
    return services.make_extract(operator=cast.officer, extract_id=approved(cast, **other).id, at=LATER)


def rows_of(made: services.MadeFile) -> list[list[object]]:
    """The sheet of families as a reader that is not ours sees it: decrypted by hand, read by openpyxl."""
    book = load_workbook(io.BytesIO(opened_by_the_standard(extract_path(made.extract.id).read_bytes(), made.password)))
    return [list(row) for row in book["Familles - Families"].iter_rows(values_only=True)]


def filled(made: services.MadeFile, answers: dict[str, tuple[object, ...]]) -> bytes:
    """The partner's CSV: code, served, date, quantity, reason."""
    lines = ["Code;Servi oui/non;Date;Quantité;Raison"]
    lines += [";".join([code, *(str(each) for each in said)]) for code, said in answers.items()]
    return "\n".join(lines).encode()


def read(cast: Cast, extract: Extract, content: bytes, **other: object) -> dict[str, int]:
    return services.read_return(
        operator=cast.officer, extract_id=extract.id, content=content, at=LATER, **other
    ).counts


def noted(cast: Cast, extract: Extract, content: bytes) -> int:
    reading = services.read_return(operator=cast.officer, extract_id=extract.id, content=content, at=LATER)
    services.record_return(operator=cast.officer, extract_id=extract.id, digest=reading.digest, at=LATER)
    return reading.to_note


def a_family(cast: Cast, *members: PersonDraft, site: object = None) -> Household:
    return enrol_household(
        operator=cast.clerk, site=site or cast.site, programme=cast.programme, at=AT,
        household=HouseholdDraft(members=members, place="NE001"),
    )


def somebody(given: str, relationship: str = "child", *, sharing: str = "yes", **other: object) -> PersonDraft:
    return PersonDraft(
        given=given, surname="Issoufou", relationship=relationship,
        answers=(AnswerDraft("registration", "yes"), AnswerDraft("sharing", sharing)), **other,
    )


def left_out(made: services.MadeFile) -> dict[str, int]:
    return made.extract.left_out


class TestTheGate:
    def test_who_is_left_out_is_counted_and_who_stays_is_told(self, cast: Cast) -> None:
        stays = cast.enrol("Zeinabou")
        cast.enrol("Hadiza", sharing="no")
        cast.enrol("Rakia", needs_protection=True)
        cast.enrol("Sani", unaccompanied=True)
        a_family(cast, somebody("Mariama", "head"), somebody("Ali", needs_protection=True))
        never = a_family(
            cast,
            PersonDraft(given="Binta", relationship="head", answers=(AnswerDraft("registration", "yes"),)),
        )
        done = made(cast)
        assert left_out(done) == {"child-alone": 1, "consent-missing": 1, "person-protected": 2, "person-refused": 1}
        assert [row[1] for row in rows_of(done)[1:]] == ["Zeinabou Dut"]
        lines = readings_of(cast.officer, stays.id, flows_only=True)
        assert [(each.partner, each.fields) for each in lines] == [
            ("Association Kaoura", ("given", "household", "place", "surname"))
        ]
        hidden = Membership.objects.get(household=never).person_id
        assert readings_of(cast.officer, hidden, flows_only=True) == []

    def test_a_member_who_said_no_is_counted_in_the_family_and_never_named(self, cast: Cast) -> None:
        a_family(cast, somebody("Mariama", "head"), somebody("Ali", sharing="no"), somebody("Idi"))
        (row,) = rows_of(made(cast))[1:]
        assert row[1:3] == ["Mariama Issoufou", 3] and "Ali" not in str(row)

    def test_a_refugee_never_goes_to_the_country_they_fled(self, cast: Cast) -> None:
        cast.enrol("Achol", residence_status="refugee", nationality="NGA")
        cast.enrol("Bol", residence_status="refugee", nationality="MLI")
        a_family(cast, somebody("Abba", "head"), somebody("Yaganа", residence_status="refugee", nationality="NGA"))
        done = made(cast, kind="civil", country="NGA", legal_basis="vital-interest")
        assert left_out(done) == {"wall-origin": 2} and len(rows_of(done)) == 2

    def test_forces_are_refused_before_anybody_decides(self, cast: Cast) -> None:
        for kind in ("border", "security"):
            with refused("wall-forces"):
                asked(cast, kind=kind)
        assert not Extract.objects.exists()

    def test_an_unsafe_phone_stays_here(self, cast: Cast) -> None:
        cast.enrol("Zeinabou")
        cast.enrol("Hadiza", phone_is_safe=False)
        done = made(cast, fields={"name": "", "phone": "Fixer le jour de la visite"})
        assert {row[1]: row[2] for row in rows_of(done)[1:]} == {"Zeinabou Dut": "+211912345678", "Hadiza Dut": None}

    def test_a_field_beyond_the_fewest_needs_its_reason_and_prints_are_none(self, cast: Cast) -> None:
        with refused("extract-field-reason"):
            asked(cast, fields={"name": "", "number": " "})
        for name in ("prints", "documents", "mother"):
            with refused("extract-field-unknown"):
                asked(cast, fields={name: "parce que"})
        with refused("extract-fields"):
            asked(cast, fields={})

    def test_numbers_of_families_and_people_and_nobody_of_elsewhere(self, cast: Cast) -> None:
        one, two = cast.enrol("Zeinabou"), cast.enrol("Hadiza")
        home = Household.objects.get(memberships__person=two)
        done = made(cast, source="numbers", of=None, numbers=f"{one.number}\n{home.number}; {one.number}")
        assert len(rows_of(done)) == 3
        foreign = an_operator(Role.EXCHANGE, agency=an_agency())
        with refused("extract-numbers-unknown"):
            services.request_extract(
                operator=foreign, draft=a_draft(cast, source="numbers", of=None, numbers=one.number), at=AT
            )

    def test_families_joined_withdrawn_or_judged_one_come_once(self, cast: Cast) -> None:
        first, second = (Household.objects.get(memberships__person=cast.enrol(name)) for name in ("Achol", "Abuk"))
        third = Household.objects.get(memberships__person=cast.enrol("Bol"))
        Household.objects.filter(id=second.id).update(status="merged", merged_into=first.id)
        Household.objects.filter(id=third.id).update(status="withdrawn")
        done = made(cast)
        assert left_out(done) == {"family-joined": 1, "family-withdrawn": 1} and len(rows_of(done)) == 2

    def test_nobody_left_is_no_file(self, cast: Cast) -> None:
        cast.enrol("Hadiza", sharing="no")
        with refused("extract-empty"):
            made(cast)
        assert not LogEntry.objects.filter(action="person.disclosed").exists()


class TestTheRequest:
    def test_somebody_else_decides_and_refusing_says_why(self, cast: Cast) -> None:
        request = asked(cast)
        with pytest.raises(NotPermitted):
            services.decide_extract(operator=cast.officer, extract_id=request.id, approve=True, reason="", at=AT)
        both = an_operator(Role.EXCHANGE, Role.DPO)
        own = services.request_extract(operator=both, draft=a_draft(cast), at=AT)
        with refused("extract-own"):
            services.decide_extract(operator=both, extract_id=own.id, approve=True, reason="", at=AT)
        with refused("extract-undecided"):
            services.make_extract(operator=cast.officer, extract_id=request.id, at=AT)
        with refused("reason-missing"):
            services.decide_extract(operator=cast.guardian, extract_id=request.id, approve=False, reason=" ", at=AT)
        services.decide_extract(operator=cast.guardian, extract_id=request.id, approve=False, reason="Trop", at=AT)
        with refused("extract-refused"):
            services.make_extract(operator=cast.officer, extract_id=request.id, at=AT)
        with refused("extract-decided"):
            services.decide_extract(operator=cast.guardian, extract_id=request.id, approve=True, reason="", at=AT)

    def test_outsiders_see_and_do_nothing(self, cast: Cast) -> None:
        cast.enrol()
        done = made(cast).extract
        foreign = an_operator(Role.EXCHANGE, Role.DPO, agency=an_agency())
        here = an_operator(Role.EXCHANGE, site=cast.site)
        assert extracts_for(foreign, at=LATER) == [] and extracts_for(cast.clerk, at=LATER) == []
        for operator in (foreign, cast.clerk, here):
            with pytest.raises((NotFound, NotPermitted)):
                extract_for(operator, done.id, at=LATER)
            with pytest.raises((NotFound, NotPermitted)):
                whose_code(operator, done.rows.get().code)
            with pytest.raises((NotFound, NotPermitted)):
                services.take_file(operator=operator, extract_id=done.id, at=LATER)

    @pytest.mark.parametrize(("until", "code"), [("2026-03-01", "extract-until"), ("2027-01-01", "extract-until-late")])
    def test_the_last_day_is_neither_past_nor_far(self, cast: Cast, until: str, code: str) -> None:
        with refused(code):
            asked(cast, until=date.fromisoformat(until))


class TestTheFile:
    def test_it_opens_by_the_standard_only_with_its_password_and_bears_its_mark(self, cast: Cast) -> None:
        cast.enrol("=HYPERLINK(1)")
        done = made(cast)
        _extract, content = services.take_file(operator=cast.officer, extract_id=done.extract.id, at=LATER)
        assert is_locked(content) and b"Kaoura" not in content and done.password.encode() not in content
        with refused("workbook-password"):
            open_workbook(content, "AAAA-AAAA-AAAA-AAAA", largest_bytes=10**7)
        book = load_workbook(io.BytesIO(opened_by_the_standard(content, done.password)))
        mark = f"{done.extract.number} · Association Kaoura"
        assert book.properties.title == mark and book.properties.creator == "Agence Une"
        for sheet in book:
            assert mark in sheet.oddHeader.center.text and mark in sheet.oddFooter.left.text
            assert "2026-04-30" in sheet.oddHeader.center.text
        said = " ".join(str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row)
        assert "À la fin" in said and "At the end" in said and "Distribuer 200 bâches" in said
        name = book["Familles - Families"]["B2"]
        assert name.value.startswith("=HYPERLINK") and name.data_type != "f"
        assert LogEntry.objects.filter(action="extract.taken").count() == 1

    def test_a_row_leads_to_its_extract_and_two_partners_cannot_join_theirs(self, cast: Cast) -> None:
        cast.enrol()
        one, two = made(cast), made(cast, organisation="Croissant")
        first, second = (each.extract.rows.get().code for each in (one, two))
        assert first != second and cast.officer and str(Household.objects.get().number) not in str(rows_of(one))
        assert whose_code(cast.guardian, first.lower().replace("-", " ")) == one.extract
        assert whose_code(cast.guardian, two.extract.number) == two.extract
        with refused("code-unknown"):
            whose_code(cast.guardian, "XT-0000-0000-0")
        with refused("code-mistyped"):
            whose_code(cast.guardian, first[:-1] + ("A" if first[-1] != "A" else "B"))

    def test_made_anew_it_keeps_its_codes_and_loses_who_said_no_since(self, cast: Cast) -> None:
        stays, leaves = cast.enrol("Zeinabou"), cast.enrol("Hadiza")
        before = made(cast)
        codes = dict(before.extract.rows.values_list("person_id", "code"))
        answer_purpose(
            operator=cast.clerk, person_id=leaves.id, answer=AnswerDraft("sharing", "withdrawn"), at=LATER
        )
        assert extract_for(cast.officer, before.extract.id, at=LATER).changed_mind == (codes[leaves.id],)
        after = services.make_extract(operator=cast.officer, extract_id=before.extract.id, at=LATER)
        assert after.password != before.password
        assert [row[0] for row in rows_of(after)[1:]] == [codes[stays.id]]
        assert compare_state().differences == ()


class TestTheReturn:
    @pytest.fixture
    def done(self, cast: Cast) -> services.MadeFile:
        for name in ("Zeinabou", "Hadiza", "Rakia"):
            cast.enrol(name)
        return made(cast)

    def test_it_is_judged_first_noted_then_and_the_same_file_notes_nothing(
        self, cast: Cast, done: services.MadeFile
    ) -> None:
        one, two, _three = (row[0] for row in rows_of(done)[1:])
        content = filled(done, {one: ("oui", DAY, "2,5", ""), two: ("non", "", "", "Absent")})
        reading = services.read_return(operator=cast.officer, extract_id=done.extract.id, content=content, at=LATER)
        assert (reading.counts, reading.missing) == ({"new": 2}, 1)
        assert not ExtractRow.objects.exclude(served=None).exists()
        assert noted(cast, done.extract, content) == 2
        row = ExtractRow.objects.get(code=one)
        assert (row.served, row.served_on, row.quantity) == (True, LATER.date(), 2500)
        entries = LogEntry.objects.count()
        assert read(cast, done.extract, content) == {"same": 2} and noted(cast, done.extract, content) == 0
        assert LogEntry.objects.count() == entries + 1  # that it was read in again stands there, and changes nothing
        changed = filled(done, {one: ("oui", DAY, "3", "")})
        assert read(cast, done.extract, changed) == {"changed": 1} and noted(cast, done.extract, changed) == 1
        assert ExtractRow.objects.get(code=one).quantity == 3000
        (said,) = served_by_partners([row.household_id])
        assert (said.partner, said.served, said.quantity) == ("Association Kaoura", True, "3")
        assert next(iter(readings_of(cast.officer, row.person_id, flows_only=True))).kind == "received"
        assert compare_state().differences == ()

    def test_every_bad_row_has_its_own_outcome_and_stops_no_other(self, cast: Cast, done: services.MadeFile) -> None:
        one, two, three = (row[0] for row in rows_of(done)[1:])
        other = made(cast, organisation="Croissant").extract.rows.first()
        assert other is not None
        lines = ["sep=;", "Code;Servi oui/non;Date;Quantité;Raison"]
        for cells in (
            (one, "oui", "14/03/2026", "1", ""), (one, "oui", "2026-03-14", "1.0", ""), (two, "oui", DAY, "", ""),
            (two, "non", "", "", "absent"), (other.code, "oui", DAY, "", ""), ("XXXX", "oui", DAY, "", ""),
            (STRANGE, "oui", DAY, "", ""), ("", "oui", DAY, "", ""), (three, "=1+1", "", "", ""),
            (three, "peut-être", "", "", ""), (three, "oui", "", "", ""), (three, "oui", "31/02/2026", "", ""),
            (three, "oui", "2031-01-01", "", ""), (three, "oui", "2020-01-01", "", ""), (three, "oui", DAY, "-3", ""),
            (three, "oui", DAY, "1e99", ""), (three, "oui", DAY, "", "absent"), (three, "", "", "", ""),
        ):
            lines.append(";".join(cells))
        found = read(cast, done.extract, "\n".join(lines).encode("utf-16"))
        assert found == {
            "contradicts": 2, "date-early": 1, "date-future": 1, "date-missing": 1, "date-unclear": 1, "elsewhere": 1,
            "empty": 1, "formula": 1, "mistyped": 1, "new": 1, "no-code": 1, "quantity-unclear": 2,
            "reason-with-yes": 1, "repeated": 1, "served-unclear": 1, "unknown": 1,
        }  # fmt: skip

    def test_the_locked_sheet_itself_comes_back_with_merged_cells_and_formulas(
        self, cast: Cast, done: services.MadeFile
    ) -> None:
        content = extract_path(done.extract.id).read_bytes()
        with refused("return-locked"):
            read(cast, done.extract, content)
        with refused("workbook-password"):
            read(cast, done.extract, content, password="AAAA")
        assert read(cast, done.extract, content, password=f" {done.password} ") == {"empty": 3}
        book = load_workbook(io.BytesIO(opened_by_the_standard(content, done.password)))
        sheet = book["Familles - Families"]
        for place in (2, 3, 4):
            sheet[f"E{place}"], sheet[f"F{place}"] = "oui", date(2026, 3, 14)
        sheet["E2"] = '=IF(1,"oui","non")'  # no program computed it: there is no value
        sheet.merge_cells("E3:E4")
        assert read(cast, done.extract, bytes_of(book)) == {"new": 2, "served-unclear": 1}
        sheet.merge_cells("A2:B2")
        with refused("import-merged"):
            read(cast, done.extract, bytes_of(book))

    def test_what_is_no_return_is_refused_in_words(self, cast: Cast, done: services.MadeFile) -> None:
        before = returns_waiting()
        for content, code in (
            (b"Nom;Date\nA;B\n", "return-headings"), (b"", "return-headings"), (b"PK\x03\x04rubbish", "import-damaged"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "workbook-damaged"), (b"C\x00de", "import-not-text"),
            (b"x" * (10 * 1024 * 1024 + 1), "return-large"), (b"Code;Servi\n" + b"A;oui\n" * 40_001, "return-long"),
        ):  # fmt: skip
            with refused(code):
                read(cast, done.extract, content, password="x")
        assert returns_waiting() == before

    def test_what_was_never_read_is_not_noted(self, cast: Cast, done: services.MadeFile) -> None:
        for digest in ("", "0" * 64, "../../keys"):
            with refused("return-gone"):
                services.record_return(operator=cast.officer, extract_id=done.extract.id, digest=digest, at=LATER)


class TestTheEnd:
    def test_after_its_day_the_file_is_gone_and_its_destruction_due(self, cast: Cast) -> None:
        cast.enrol()
        done = made(cast).extract
        after = datetime.combine(date(2026, 5, 1), LATER.timetz())
        with refused("extract-over"):
            services.take_file(operator=cast.officer, extract_id=done.id, at=after)
        with refused("extract-over"):
            services.make_extract(operator=cast.officer, extract_id=done.id, at=after)
        assert extract_path(done.id).exists() and drop_expired_files(at=LATER) == 0
        assert drop_expired_files(at=after) == 1 and not extract_path(done.id).exists()
        assert extracts_for(cast.officer, at=after)[0].state == "due"
        assert how_many_extracts_wait_for(cast.officer, at=after) == 1
        with refused("destroyed-on"):
            services.confirm_destroyed(
                operator=cast.officer, extract_id=done.id, said_by="Rabi", on=date(2026, 6, 1), how="", at=after
            )
        services.confirm_destroyed(
            operator=cast.guardian, extract_id=done.id, said_by="Rabi", on=date(2026, 5, 1), how="lettre", at=after
        )
        assert extracts_for(cast.officer, at=after)[0].state == "destroyed"
        assert how_many_extracts_wait_for(cast.officer, at=after) == 0
        with refused("extract-destroyed"):
            services.confirm_destroyed(
                operator=cast.guardian, extract_id=done.id, said_by="Rabi", on=date(2026, 5, 1), how="", at=after
            )
        assert compare_state().differences == ()


def bytes_of(book: Workbook) -> bytes:
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


@pytest.fixture
def pages(cast: Cast) -> Iterator[tuple[Client, Client]]:
    yield a_browser(cast.officer), a_browser(cast.guardian)


def test_the_whole_way_by_clicking(cast: Cast, pages: tuple[Client, Client]) -> None:
    person = cast.enrol("Zeinabou")
    officer, guardian = pages
    assert "Aucun extrait" in officer.get(reverse("exchange:extracts")).content.decode()
    said = {
        "organisation": "Association Kaoura",
        "kind": "humanitarian",
        "country": "ner",
        "asked_by": "Rabi",
        "contact": "90",
        "purpose": "assistance",
        "why": "Bâches",
        "legal_basis": "consent",
        "source": "site",
        "of_site": str(cast.site.id),
        "until": (timezone.localdate() + timedelta(days=9)).isoformat(),
        "with_name": "on",
        "with_number": "on",
    }
    answer = officer.post(reverse("exchange:new-extract"), said)
    assert answer.status_code == 422 and "pourquoi le partenaire a besoin" in answer.content.decode()
    answer = officer.post(reverse("exchange:new-extract"), said | {"why_number": "Lire la carte"})
    extract = Extract.objects.get()
    page = reverse("exchange:extract", args=[extract.id])
    assert answer.status_code == 302 and answer["Location"] == page
    assert (
        guardian.post(
            reverse("exchange:decide-extract", args=[extract.id]), {"decision": "refuse"}
        ).status_code
        == 422
    )
    guardian.post(reverse("exchange:decide-extract", args=[extract.id]), {"decision": "approve"})
    answer = officer.post(reverse("exchange:make-extract", args=[extract.id]))
    assert "no-store" in answer["Cache-Control"] and answer.context["password"] in answer.content.decode()
    content = officer.get(reverse("exchange:take-extract", args=[extract.id])).content
    book = load_workbook(io.BytesIO(opened_by_the_standard(content, answer.context["password"])))
    book.worksheets[1]["D2"], book.worksheets[1]["E2"] = "oui", timezone.localdate()
    answer = officer.post(
        reverse("exchange:return-extract", args=[extract.id]), {"file": SimpleUploadedFile("r.xlsx", bytes_of(book))}
    )
    assert answer.status_code == 200 and "Rien n’est encore noté" in answer.content.decode()
    officer.post(
        reverse("exchange:note-return", args=[extract.id]), {"digest": answer.context["reading"].digest}
    )
    home = Household.objects.get(memberships__person=person)
    shown = officer.get(reverse("console:household", args=[home.id]) + "?why=complaint").content.decode()
    assert "Association Kaoura" in shown and "Aide par des partenaires" in shown
    found = officer.get(reverse("exchange:whose-code"), {"code": extract.rows.get().code}).content.decode()
    assert "Remis à Association Kaoura" in found
    assert officer.get(reverse("exchange:whose-code"), {"code": "ABCD"}).status_code == 422
    officer.post(
        reverse("exchange:destroyed-extract", args=[extract.id]),
        {"said_by": "Rabi", "on": timezone.localdate().isoformat(), "how": ""},
    )
    for language in ("fr", "en"):
        for browser in (a_browser(cast.officer, language=language), a_browser(cast.guardian, language=language)):
            assert browser.get(page).status_code == 200
            assert browser.get(reverse("exchange:extracts")).status_code == 200
    clerk, chen = a_browser(cast.clerk), a_browser(cast.chen)
    for browser in (clerk, chen):
        for closed in (page, reverse("exchange:extracts"), reverse("exchange:new-extract")):
            assert browser.get(closed).status_code in (403, 404)
        assert browser.post(reverse("exchange:make-extract", args=[extract.id])).status_code in (403, 404)
