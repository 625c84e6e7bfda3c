"""Bad packages: each refused whole with its own reason, nothing half-applied; and the good one that follows passes."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard
from django.db import transaction
from django.utils import translation

from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.formats.fmr import FingerView, write_fmr
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.ids import new_id
from gada.engine.proof.sealing import new_sealing_key, seal_stream
from gada.engine.proof.signing import new_signing_key
from gada.engine.refusal import Refusal
from gada.exchange import services
from gada.exchange.models import (
    Agreement,
    Link,
    Package,
    PartnerPrints,
    Peer,
    Proposal,
    RefusedPackage,
    Statement,
)
from gada.exchange.services.packages import applying
from gada.exchange.services.words import read_words
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.project.errors import text_of
from gada.vault.cards import own_card
from tests.exchange.cast import Cast
from tests.exchange.foreign import AT, Partner, a_link
from tests.exchange.test_agreements import _notice, refused


def statement(link: Link, **values: Any) -> dict[str, Any]:
    return {
        "kind": "statement",
        "pair": link.pair,
        "happened_at": "2026-03-13T09:00:00.000000Z",
        "values": values,
    }


def receive(cast: Cast, content: bytes, tmp_path: Path, *, at=AT, sender: Peer | None = None):  # type: ignore[no-untyped-def]
    path = tmp_path / "came.gada"
    path.write_bytes(content)
    return services.receive_file(path, at=at, sender=sender, operator=None if sender else cast.officer)


def nothing_applied() -> bool:
    return not (
        Package.objects.filter(outgoing=False).exists()
        or Statement.objects.exists()
        or Proposal.objects.exists()
    )


def test_a_package_becomes_statements_proposals_and_a_receipt(
    cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    prints = write_fmr([FingerView(2, minutiae_finger(1).impression(1))])
    content = partner.package(
        agreement,
        [
            statement(link, given="Achol", mother="Nyandeng Aja", surname="Duot", phone="+211999999999"),
            {"kind": "prints", "pair": link.pair, "blob": digest_hex(prints)},
        ],
        blobs=[prints],
        folder=tmp_path,
    )
    got = receive(cast, content, tmp_path)
    body = read_words(got.receipt, typ="receipt", card=own_card())
    # Prints go to the partner under this agreement, not to us: that one record is skipped, counted and named.
    assert (got.state, body["state"], body["applied"], body["skipped"]) == (
        "done",
        "done",
        1,
        [[2, "prints-direction"]],
    )
    assert set(Statement.objects.filter(package__state="done").values_list("field", flat=True)) == {
        "given",
        "mother",
        "phone",
        "surname",
    }
    # When it was received is said by our clock; what the partner claims decides no term.
    assert set(Statement.objects.values_list("received_at", flat=True)) == {AT}
    link.person.refresh_from_db()
    assert link.person.surname == "Dut"  # we are the authority for the surname
    assert link.person.phone == "+211912345678"  # theirs is older than ours
    assert list(Proposal.objects.values_list("field", "state")) == [("mother", "open")]
    assert "person.received" in LogEntry.objects.filter(mentions__person_id=link.person_id).values_list(
        "action", flat=True
    )
    assert compare_state().differences == ()


def test_what_arrives_twice_changes_nothing(
    cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    content = partner.package(agreement, [statement(link, mother="Autre")], folder=tmp_path)
    first, entries = receive(cast, content, tmp_path), LogEntry.objects.count()
    again = receive(cast, content, tmp_path)
    assert (
        again.receipt == first.receipt
        and LogEntry.objects.count() == entries
        and Statement.objects.count() == 1
    )


def test_an_early_package_waits_sealed_until_the_gap_is_filled(
    cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    first = partner.package(agreement, [statement(link, mother="Une")], folder=tmp_path)
    second = partner.package(agreement, [statement(link, mother="Deux")], folder=tmp_path)
    early = receive(cast, second, tmp_path)
    assert (early.state, early.code, early.expected) == ("waiting", "package-early", 1) and nothing_applied()
    assert receive(cast, first, tmp_path).state == "done"
    assert [got.state for got in services.receive_waiting(at=AT)] == ["done"]
    assert [p.theirs for p in Proposal.objects.filter(state="open")] == ["Deux"]


def test_under_suspension_it_stays_sealed_and_comes_in_once_lifted(
    cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    services.suspend_agreement(operator=cast.guardian, agreement_id=agreement.agreement_id, reason="x", at=AT)
    got = receive(
        cast, partner.package(agreement, [statement(link, mother="Autre")], folder=tmp_path), tmp_path
    )
    assert (got.state, got.code) == ("waiting", "agreement-suspended") and nothing_applied()
    assert services.receive_waiting(at=AT) == [] and nothing_applied()
    services.lift_agreement(operator=cast.guardian, agreement_id=agreement.agreement_id, reason="x", at=AT)
    assert [each.state for each in services.receive_waiting(at=AT)] == [
        "done"
    ] and Statement.objects.count() == 1


def test_unlinking_passes_under_suspension_and_erases_what_they_said(
    cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    receive(cast, partner.package(agreement, [statement(link, mother="Autre")], folder=tmp_path), tmp_path)
    services.suspend_agreement(operator=cast.guardian, agreement_id=agreement.agreement_id, reason="x", at=AT)
    got = receive(
        cast,
        partner.package(
            agreement, [{"kind": "unlink", "pair": link.pair, "reason": "Erreur"}], folder=tmp_path
        ),
        tmp_path,
    )
    link.refresh_from_db()
    assert (
        got.state == "done"
        and link.withdrawn_by == "theirs"
        and not Statement.objects.exists()
        and not PartnerPrints.objects.exists()
    )
    assert compare_state().differences == ()


BAD = {
    "truncated": "package-seal-broken",
    "flipped": "package-seal-broken",
    "other recipient": "package-wrong-recipient",
    "other addressee": "package-wrong-recipient",
    "other key": "package-signature",
    "stranger": "package-sender-unknown",
    "other agreement": "package-agreement",
    "bomb": "package-format",
    "garbage": None,
}


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("carried", [True, False], ids=["by file", "by network"])
def test_a_bad_package_is_refused_whole_with_its_reason(
    fault: str, carried: bool, cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    records = [statement(link, mother="Autre")]
    content = _spoil(fault, agreement, records, partner, tmp_path)
    sender = None if carried else agreement.peer
    if carried:
        with pytest.raises(Refusal) as no:
            receive(cast, content, tmp_path)
        code = no.value.code
        with translation.override("fr"):
            french = text_of(no.value)
        with translation.override("en"):
            assert text_of(no.value) != code and french != text_of(no.value), f"not translated: {french}"
    else:
        got = receive(cast, content, tmp_path, sender=sender)
        assert got.state == "refused" and got.receipt
        code = got.code
    # A cut inside the last sealed piece cannot be told from a change; a longer one is called a cut.
    assert BAD[fault] in (code, None)
    assert nothing_applied() and list(RefusedPackage.objects.values_list("code", flat=True)) == [code]
    partner.sequence, partner.previous = 0, None
    assert receive(cast, partner.package(agreement, records, folder=tmp_path), tmp_path).state == "done"
    assert compare_state().differences == ()


def test_a_package_signed_again_under_its_number_is_refused(
    cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    number = new_id()
    receive(
        cast,
        partner.package(agreement, [statement(link, mother="Une")], folder=tmp_path, package_id=number),
        tmp_path,
    )
    partner.sequence, partner.previous = 0, None
    with refused("package-resigned"):
        receive(
            cast,
            partner.package(agreement, [statement(link, mother="Deux")], folder=tmp_path, package_id=number),
            tmp_path,
        )
    assert [said.value for said in Statement.objects.all()] == ["Une"]


def test_a_package_that_does_not_continue_the_last_one_is_refused(
    cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    receive(cast, partner.package(agreement, [statement(link, mother="Une")], folder=tmp_path), tmp_path)
    with refused("package-chain"):
        receive(
            cast,
            partner.package(agreement, [statement(link, mother="Deux")], folder=tmp_path, previous="b" * 64),
            tmp_path,
        )


def test_after_the_end_of_the_agreement_nothing_comes_in(
    cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    content = partner.package(agreement, [statement(link, mother="Autre")], folder=tmp_path)
    with refused("agreement-expired"):
        receive(cast, content, tmp_path, at=AT + timedelta(days=500))
    assert nothing_applied()


def test_records_that_the_gate_refuses_are_skipped_counted_and_named(
    cast: Cast, agreement: Agreement, link: Link, partner: Partner, tmp_path: Path
) -> None:
    unknown = {**statement(link, mother="X"), "pair": "0" * 64}
    got = receive(
        cast,
        partner.package(
            agreement,
            [
                statement(link, nationality="SSD", given="A" * 500, mother="Bonne", birth={"from": "now"}),
                unknown,
                {"kind": "surprise"},
                {"kind": "statement", "pair": link.pair},
                {"kind": "notice", "document": "{}"},
            ],
            folder=tmp_path,
        ),
        tmp_path,
    )
    package = Package.objects.get(outgoing=False)
    assert got.state == "done" and sorted(code for _number, code in package.refused_records) == sorted(
        [
            "field-not-agreed",
            "field-form",
            "field-form",
            "link-unknown",
            "record-form",
            "record-form",
            "words-malformed",
        ]
    )
    assert list(Statement.objects.values_list("field", "value")) == [("mother", "Bonne")]


def test_a_partners_notice_comes_by_package_too(
    cast: Cast, agreement: Agreement, partner: Partner, tmp_path: Path
) -> None:
    stop = {"kind": "notice", "document": _notice(partner, agreement, serial=1, suspended=True)}
    receive(cast, partner.package(agreement, [stop], folder=tmp_path), tmp_path)
    with refused("agreement-suspended"):
        services.make_package(operator=cast.officer, agreement_id=agreement.agreement_id, at=AT)


def test_killed_between_chunks_it_goes_on_where_it_stood(
    cast: Cast,
    agreement: Agreement,
    link: Link,
    partner: Partner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with transaction.atomic():
        links = [link, *(a_link(agreement, cast.enrol(f"Personne {number}").id) for number in range(5))]
    monkeypatch.setattr(applying, "CHUNK", 2)
    calls: list[int] = []
    real = applying._apply_chunk

    def dies_at_the_third(*arguments: Any, **named: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(*arguments, **named)

    monkeypatch.setattr(applying, "_apply_chunk", dies_at_the_third)
    content = partner.package(
        agreement, [statement(each, mother=f"Mère {n}") for n, each in enumerate(links)], folder=tmp_path
    )
    with pytest.raises(KeyboardInterrupt):
        receive(cast, content, tmp_path)
    assert (
        Statement.objects.count() == 4
        and not Statement.objects.filter(package__state="done").exists()
        and not Proposal.objects.exists()
    )
    monkeypatch.setattr(applying, "_apply_chunk", real)
    assert [got.state for got in services.receive_waiting(at=AT)] == ["done"]
    assert (
        Statement.objects.filter(package__state="done").count() == 6
        and Proposal.objects.filter(state="open").count() == 6
    )
    assert compare_state().differences == ()


def _spoil(
    fault: str, agreement: Agreement, records: list[dict[str, Any]], partner: Partner, folder: Path
) -> bytes:
    if fault == "other recipient":
        return partner.package(agreement, records, folder=folder, recipient_key=new_sealing_key()[1])
    if fault == "other addressee":
        return partner.package(agreement, records, folder=folder, recipient=new_id())
    if fault == "other key":
        return partner.package(agreement, records, folder=folder, signing_key=new_signing_key()[0])
    if fault == "stranger":
        return Partner.of_kind().package(agreement, records, folder=folder)
    if fault == "other agreement":
        return partner.package(agreement, records, folder=folder, named="a" * 64)
    if fault == "bomb":
        sink = io.BytesIO()
        seal_stream(own_card().sealing, io.BytesIO(zstandard.compress(bytes(1 << 28))), sink)
        return sink.getvalue()
    content = partner.package(agreement, records, folder=folder)
    if fault == "truncated":
        return content[: len(content) - 40]
    if fault == "flipped":
        middle = len(content) // 2
        return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    return b"ceci n'est pas un envoi" * 10
