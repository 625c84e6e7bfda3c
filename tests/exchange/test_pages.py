"""The pages: in both languages, closed to outsiders, few queries, whole flows by clicking."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gada.engine.proof.key_cards import fingerprint
from gada.exchange import services
from gada.exchange.models import Agreement, Link, Notice, OverlapRun, Package, PairCase, Peer, Proposal
from gada.exchange.services.packages.files import sent_path
from gada.journal import record
from gada.journal.models import LogEntry
from gada.project.middleware import use_secret_key
from tests.exchange.cast import Cast
from tests.exchange.foreign import AT, Partner, an_agreement
from tests.exchange.test_agreements import refused
from tests.exchange.test_bad_packages import receive, statement


def signed_in(operator, language: str = "fr") -> Client:  # type: ignore[no-untyped-def]
    operator.language = language
    type(operator).objects.filter(pk=operator.pk).update(language=language)
    client = Client()
    use_secret_key()  # the session of the first test of a run is signed like all others
    client.force_login(operator)
    return client


@pytest.fixture
def now_agreement(cast: Cast, partner: Partner) -> Agreement:
    at = timezone.now()
    dates = {
        "valid_from": (at - timedelta(days=2)).date().isoformat(),
        "valid_until": (at + timedelta(days=200)).date().isoformat(),
    }
    return an_agreement(cast.officer, cast.guardian, partner, at=at - timedelta(minutes=5), **dates)


@pytest.mark.parametrize(("language", "words"), [("fr", "Accords"), ("en", "Agreements")])
def test_every_page_opens_in_both_languages(
    cast: Cast, now_agreement: Agreement, language: str, words: str
) -> None:
    client = signed_in(cast.officer, language)
    run = OverlapRun.objects.create(
        id=now_agreement.agreement_id,
        agreement=now_agreement,
        agreement_key=now_agreement.agreement_id,
        peer=now_agreement.peer,
        initiator=True,
        asks=True,
        secrets=b"",
        state="done",
        step="done",
        started_at=timezone.now(),
        figures={"ours": {"links": 3}, "theirs": {"links": 3}},
    )
    pages = [
        reverse("exchange:agreements"),
        reverse("exchange:agreement", args=[now_agreement.digest]),
        reverse("exchange:new-agreement"),
        reverse("exchange:peers"),
        reverse("exchange:meet"),
        reverse("exchange:packages"),
        reverse("exchange:read-package"),
        reverse("exchange:proposals"),
        reverse("exchange:run", args=[run.id]),
        reverse("exchange:suspend", args=[now_agreement.agreement_id]),
        reverse("exchange:read-agreement"),
    ]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
    assert words in client.get(pages[0]).content.decode()


def test_an_outsider_sees_none_of_them(cast: Cast, now_agreement: Agreement) -> None:
    client = signed_in(cast.chen)
    for page in (
        "agreements",
        "new-agreement",
        "peers",
        "meet",
        "packages",
        "read-package",
        "proposals",
        "pairs",
    ):
        assert client.get(reverse(f"exchange:{page}")).status_code == 403, page
    assert client.get(reverse("exchange:agreement", args=[now_agreement.digest])).status_code == 403
    assert client.post(reverse("exchange:make-package", args=[now_agreement.agreement_id])).status_code == 403
    assert Client().get(reverse("exchange:agreements")).status_code == 302


def test_a_partner_is_met_on_the_page(cast: Cast, partner: Partner) -> None:
    client = signed_in(cast.officer)
    said = {"heard": "1" * 40, "their_operator": "Ayen", "address": ""}
    card = partner.card.to_bytes()
    refused = client.post(reverse("exchange:meet"), {**said, "card": SimpleUploadedFile("x.card", card)})
    assert refused.status_code == 422 and not Peer.objects.exists()
    client.post(
        reverse("exchange:meet"),
        {**said, "heard": fingerprint(partner.card), "card": SimpleUploadedFile("x.card", card)},
    )
    assert Peer.objects.get().name == "Vivres"


def test_an_agreement_is_prepared_signed_and_stopped_by_clicking(cast: Cast, partner: Partner) -> None:
    partner.meet(cast.officer, at=timezone.now())
    officer, guardian = signed_in(cast.officer), signed_in(cast.guardian)
    form = {
        "peer": str(partner.id),
        "purpose": "Reconnaître les familles",
        "legal_basis": "consent",
        "impact_assessment": "AIPD",
        "everyone": "on",
        "prints": "verify",
        "prints_to": "theirs",
        "retain_days": 90,
        "people_per_day": 100,
        "runs_per_quarter": 4,
        "min_population": 1,
        "max_overlap": 1000,
        "max_strangers": 10,
        "retention_days": 365,
        "max_silence_days": 14,
        "valid_until": (timezone.now() + timedelta(days=300)).date().isoformat(),
        "suspension": "",
        **{f"direction_{name}": "both" for name in ("given", "surname", "mother", "sex", "birth")},
        **{
            f"authority_{name}": "person"
            for name in (
                "given",
                "surname",
                "father",
                "mother",
                "sex",
                "birth",
                "phone",
                "place",
                "documents",
                "household",
            )
        },
    }
    assert officer.post(reverse("exchange:new-agreement"), {**form, "everyone": ""}).status_code == 422
    officer.post(reverse("exchange:new-agreement"), form)
    digest = Agreement.objects.get().digest
    officer.post(reverse("exchange:sign", args=[digest]))
    guardian.post(reverse("exchange:countersign", args=[digest]))
    signed = Agreement.objects.get()
    carried = SimpleUploadedFile("a.agreement", partner.bundle(signed))
    officer.post(reverse("exchange:read-agreement"), {"file": carried})
    assert "en vigueur" in officer.get(reverse("exchange:agreement", args=[digest])).content.decode()
    guardian.post(reverse("exchange:suspend", args=[signed.agreement_id]), {"reason": "Contrôle"})
    assert (
        Notice.objects.get().suspended
        and "suspendu" in officer.get(reverse("exchange:agreements")).content.decode()
    )


def test_a_difference_is_settled_with_one_key_and_leaves_a_line(
    cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    receive(
        cast,
        partner.package(
            agreement, [statement(link, mother="Tout Autre", father="Encore Autre")], folder=tmp_path
        ),
        tmp_path,
    )
    client = signed_in(cast.officer)
    page = client.get(reverse("exchange:proposals")).content.decode()
    oldest = Proposal.objects.order_by("opened_at", "id")[0]
    assert oldest.theirs in page and oldest.ours in page
    read = LogEntry.objects.filter(action="person.read", mentions__person_id=link.person_id)
    assert read.exists()
    for proposal, decision in zip(
        Proposal.objects.order_by("opened_at", "id"), ("accept", "keep"), strict=True
    ):
        client.post(reverse("exchange:decide", args=[proposal.id]), {"decision": decision})
    assert sorted(Proposal.objects.values_list("state", flat=True)) == ["accepted", "kept"]
    link.person.refresh_from_db()
    assert {link.person.father, link.person.mother} & {"Encore Autre", "Tout Autre"}


def test_a_pair_is_linked_only_when_both_sides_say_so(
    cast: Cast, agreement: Agreement, partner: Partner
) -> None:
    from gada.exchange.services.linking import take_pair_answers

    person = cast.enrol()
    with transaction.atomic():
        case = record(
            "pair.opened",
            by=("peer", partner.id),
            about=("person", person.id),
            subject=person.id,
            at=AT,
            facts={
                "id": str(person.id),
                "agreement": str(agreement.agreement_id),
                "peer": str(partner.id),
                "run": str(agreement.agreement_id),
                "our_handle": "a" * 64,
                "their_handle": "b" * 64,
                "pair": "c" * 64,
                "why": "unsure",
                "relations": {"given": "close"},
                "print_scores": {"2": 31},
                "total": 4,
            },
        )
    client = signed_in(cast.judge)
    page = client.get(reverse("exchange:pairs")).content.decode()
    assert "proche" in page and "31" in page
    client.post(reverse("exchange:judge-pair", args=[case.id]), {"answer": "same"})
    assert not Link.objects.exists() and PairCase.objects.get().our_answer == "same"
    take_pair_answers({"c" * 64: "same"}, peer=agreement.peer, at=AT)
    assert Link.objects.get().person_id == person.id


def test_a_package_is_made_taken_as_a_file_and_its_receipt_read(
    cast: Cast, now_agreement: Agreement, partner: Partner
) -> None:
    from tests.exchange.foreign import a_link

    with transaction.atomic():
        a_link(now_agreement, cast.enrol().id)
    client = signed_in(cast.officer)
    client.post(reverse("exchange:make-package", args=[now_agreement.agreement_id]))
    package = Package.objects.get()
    taken = client.get(reverse("exchange:download", args=[package.id]))
    assert b"".join(taken.streaming_content) == sent_path(package.id).read_bytes()
    receipt = partner.words(
        "receipt",
        {
            "package": str(package.id),
            "digest": package.digest,
            "sealed_digest": package.sealed_digest,
            "party": str(partner.id),
            "state": "done",
            "applied": 1,
            "skipped": [],
            "skipped_count": 0,
            "reason": "",
            "at": "2026-03-14T09:00:00.000000Z",
        },
    )
    client.post(reverse("exchange:read-package"), {"file": SimpleUploadedFile("r", receipt.encode())})
    package.refresh_from_db()
    assert package.state == "done"
    with refused("package-empty"):
        services.make_package(
            operator=cast.officer, agreement_id=now_agreement.agreement_id, at=timezone.now()
        )


@pytest.mark.parametrize("page", ["agreements", "packages", "peers", "proposals"])
def test_list_pages_ask_few_questions(cast: Cast, now_agreement: Agreement, page: str) -> None:
    client = signed_in(cast.officer)
    client.get(reverse(f"exchange:{page}"))
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse(f"exchange:{page}"))
    assert len(asked) <= 25, [each["sql"][:80] for each in asked]
