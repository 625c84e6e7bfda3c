"""Partners and agreements: who may, who signs, what is refused, how it stops."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import transaction

from gada.agencies.rules import Role
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.refusal import NotPermitted, Refusal
from gada.exchange import services
from gada.exchange.models import Agreement, Peer
from gada.exchange.rules.sentences import sentences_of
from gada.exchange.services.standing import agreement_called, own_id, state_now
from gada.exchange.services.suspending import receive_notice
from gada.journal.comparing import compare_state
from gada.people.drafts import AnswerDraft
from gada.people.services import answer_purpose
from tests.exchange.cast import Cast
from tests.exchange.foreign import AT, Partner, a_link, an_agreement
from tests.exchange.world import clauses
from tests.world import an_operator


def refused(code: str, kind: type[Refusal] = Refusal):  # type: ignore[no-untyped-def]
    return pytest.raises(kind, check=lambda refusal: refusal.code == code)


def test_an_outsider_can_do_nothing(cast: Cast, agreement: Agreement, partner: Partner) -> None:
    chen, key = cast.chen, agreement.agreement_id
    for deed in (
        lambda: partner.meet(chen),
        lambda: services.draft_agreement(operator=chen, peer_id=partner.id, clauses=clauses(), at=AT),
        lambda: services.sign_agreement(operator=chen, digest=agreement.digest, at=AT),
        lambda: services.countersign_agreement(operator=chen, digest=agreement.digest, at=AT),
        lambda: services.suspend_agreement(operator=chen, agreement_id=key, reason="x", at=AT),
        lambda: services.lift_agreement(operator=chen, agreement_id=key, reason="x", at=AT),
        lambda: services.start_overlap(operator=chen, agreement_id=key, at=AT),
        lambda: services.make_package(operator=chen, agreement_id=key, at=AT),
        lambda: services.revoke_peer(operator=chen, peer_id=partner.id, reason="x", at=AT),
        lambda: services.prove_equality(operator=chen, agreement_id=key, at=AT),
    ):
        with pytest.raises(NotPermitted):
            deed()


def test_a_card_is_accepted_only_with_the_digits_that_were_heard(cast: Cast, partner: Partner) -> None:
    with refused("fingerprint-differs"):
        partner.meet(cast.officer, heard="12345 " * 8)
    with refused("name-missing"):
        partner.meet(cast.officer, their_operator=" ")
    with refused("address-malformed"):
        partner.meet(cast.officer, address="file:///etc")
    met = partner.meet(cast.officer)
    assert (met.our_operator, met.their_operator, met.kind) == ("Bakr", "Ayen", "humanitarian")


def test_training_never_meets_real(cast: Cast) -> None:
    with refused("training-never-mixes"):
        Partner.of_kind(training=True).meet(cast.officer)


def test_an_agreement_is_in_force_after_two_people_two_sides_and_a_receipt(
    cast: Cast, partner: Partner
) -> None:
    partner.meet(cast.officer)
    digest = services.draft_agreement(
        operator=cast.officer,
        peer_id=partner.id,
        clauses=clauses(valid_from="2026-03-01", valid_until="2027-01-01"),
        at=AT,
    ).digest
    with refused("agreement-unsigned-yet"):
        services.countersign_agreement(operator=cast.guardian, digest=digest, at=AT)
    services.sign_agreement(operator=cast.officer, digest=digest, at=AT)
    with pytest.raises(NotPermitted):
        services.countersign_agreement(operator=cast.officer, digest=digest, at=AT)
    signed = services.countersign_agreement(operator=cast.guardian, digest=digest, at=AT)
    kept = services.receive_bundle(partner.bundle(signed, with_receipt=False), at=AT)
    assert state_now(kept, AT) == "draft"
    kept = services.receive_bundle(partner.bundle(signed), at=AT)
    assert state_now(kept, AT) == "active" and kept.our_receipt
    services.receive_bundle(partner.bundle(signed), at=AT)  # again changes nothing
    assert compare_state().differences == ()


def test_nobody_countersigns_their_own_signature(cast: Cast, partner: Partner) -> None:
    both = an_operator(Role.EXCHANGE, Role.DPO, name="Eve")
    partner.meet(cast.officer)
    digest = services.draft_agreement(operator=both, peer_id=partner.id, clauses=clauses(), at=AT).digest
    services.sign_agreement(operator=both, digest=digest, at=AT)
    with refused("two-people-sign"):
        services.countersign_agreement(operator=both, digest=digest, at=AT)


def test_an_altered_or_strange_agreement_is_refused(
    cast: Cast, agreement: Agreement, partner: Partner
) -> None:
    body = json.loads(partner.bundle(agreement))
    with refused("agreement-file-malformed"):
        services.receive_bundle(b"{}", at=AT)
    altered = {**body, "document": body["document"].replace("365", "999")}
    with refused("agreement-signature"):
        services.receive_bundle(canonical_bytes(altered), at=AT)
    stranger = Partner.of_kind(node_id=partner.id)  # another root under the same node id
    with refused("signature-wrong"):
        services.receive_bundle(stranger.bundle(agreement), at=AT)
    other_text = agreement.document.replace('"retention_days":365', '"retention_days":366')
    with refused("agreement-other-text"):
        services.receive_bundle(partner.bundle(agreement, document=other_text, with_receipt=False), at=AT)


@pytest.mark.parametrize(
    ("kind", "form", "code"),
    [
        ("border", "none", "wall-forces"),
        ("security", "none", "wall-forces"),
        ("civil", "template", "wall-prints"),
    ],
)
def test_an_agreement_through_the_wall_is_not_even_written(
    cast: Cast, kind: str, form: str, code: str
) -> None:
    partner = Partner.of_kind(kind)
    prints = {
        "modality": "fingerprint",
        "form": form,
        "to": "theirs" if form != "none" else "",
        "use": "confirm",
        "retain_days": 0,
    }
    with refused(code):
        an_agreement(cast.officer, cast.guardian, partner, biometrics=prints)
    assert not Agreement.objects.exists()


def test_suspension_stops_at_once_and_only_its_own_side_lifts_it(
    cast: Cast, agreement: Agreement, partner: Partner
) -> None:
    key = agreement.agreement_id
    services.suspend_agreement(operator=cast.guardian, agreement_id=key, reason="Contrôle", at=AT)
    assert state_now(agreement, AT) == "suspended"
    with refused("agreement-suspended"):
        services.make_package(operator=cast.officer, agreement_id=key, at=AT)
    with refused("agreement-suspended"):
        services.start_overlap(operator=cast.officer, agreement_id=key, at=AT)
    services.lift_agreement(operator=cast.guardian, agreement_id=key, reason="Fini", at=AT)
    assert state_now(agreement, AT) == "active"
    stop = _notice(partner, agreement, serial=1, suspended=True)
    assert receive_notice(stop, peer=agreement.peer, at=AT) is not None
    assert state_now(agreement, AT) == "suspended"
    with refused("agreement-not-suspended"):
        services.lift_agreement(operator=cast.guardian, agreement_id=key, reason="Fini", at=AT)
    receive_notice(_notice(partner, agreement, serial=2, suspended=False), peer=agreement.peer, at=AT)
    assert state_now(agreement, AT) == "active"
    assert receive_notice(stop, peer=agreement.peer, at=AT) is None  # the old word again says nothing
    assert state_now(agreement, AT) == "active"


def test_it_stops_by_itself_after_the_agreed_silence(agreement: Agreement) -> None:
    Peer.objects.update(last_contact=AT)
    agreement = agreement_called(agreement.digest)
    assert state_now(agreement, AT + timedelta(days=13)) == "active"
    assert state_now(agreement, AT + timedelta(days=15)) == "silent"


def test_a_revoked_partner_gets_nothing(cast: Cast, agreement: Agreement, partner: Partner) -> None:
    services.revoke_peer(operator=cast.guardian, peer_id=partner.id, reason="Perdu", at=AT)
    with refused("partner-revoked"):
        services.make_package(operator=cast.officer, agreement_id=agreement.agreement_id, at=AT)


def test_everyone_is_said_in_red(agreement: Agreement) -> None:
    red = [sentence.text for sentence in sentences_of(agreement.terms, own_id()) if sentence.state == "bad"]
    assert len(red) == 2


def test_who_objects_is_recalled_at_the_same_moment(cast: Cast, agreement: Agreement) -> None:
    person = cast.enrol()
    with transaction.atomic():
        link = a_link(agreement, person.id)
    answer_purpose(operator=cast.clerk, person_id=person.id, answer=AnswerDraft("sharing", "objected"), at=AT)
    link.refresh_from_db()
    assert link.withdrawn_by == "ours"
    assert compare_state().differences == ()


def _notice(partner: Partner, agreement: Agreement, *, serial: int, suspended: bool) -> str:
    return partner.words(
        "agreement-notice",
        {
            "agreement_id": str(agreement.agreement_id),
            "party": str(partner.id),
            "serial": serial,
            "suspended": suspended,
            "said_by": "Ayen",
            "reason": "",
            "at": "2026-03-14T09:00:00.000000Z",
        },
    )
