"""What a node answers to the outside: only known partners, once, at the right time, under its own signature."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from gada import journal
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import digest_hex, sha256
from gada.engine.proof.http_signatures import sign_request
from gada.engine.proof.key_cards import issue_key_card
from gada.engine.proof.merkle import Frontier, Tree, leaf_hash
from gada.engine.proof.signing import new_signing_key, sign, verify
from gada.engine.refusal import NotPermitted
from gada.exchange.models import Agreement, Peer
from gada.exchange.services import renew_from_file
from gada.exchange.services.answering import ANSWER_HEADER, answer_payload
from gada.exchange.services.standing import state_now
from gada.journal.logs import own_log
from gada.journal.verifying import verify_log
from gada.vault.cards import own_card
from tests.exchange.cast import Cast
from tests.exchange.foreign import Partner
from tests.exchange.test_agreements import _notice
from tests.world import refused

BASE = "http://testserver/exchange/v1/"
GREETING = {"v": 1, "notices": [], "head": None, "answers": {}, "withdrawn": {}}


def ask(
    partner: Partner,
    path: str,
    body: bytes,
    *,
    at: Any = None,
    method: str = "POST",
    signed: dict[str, str] | None = None,
    **headers: str,
) -> Any:
    signed = signed or sign_request(
        method,
        BASE + path,
        {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers},
        sha256(body),
        private=partner.http,
        key_id=partner.card.http_key_id,
        at=at or timezone.now(),
    )
    sent = {
        name: value
        for name, value in signed.items()
        if name.lower() not in ("content-type", "content-length")
    }
    answer = Client().generic(
        method, f"/exchange/v1/{path}", body, content_type=signed["Content-Type"], headers=sent
    )
    verify(
        own_card().http,
        answer[ANSWER_HEADER],
        typ="answer",
        payload=answer_payload(body, answer.content, answer.status_code),
    )
    return answer


def test_a_partner_is_greeted_and_nobody_else(cast: Cast, partner: Partner) -> None:
    body = canonical_bytes(GREETING)
    assert ask(partner, "heartbeat", body).json()["code"] == "request-signature"
    partner.meet(cast.officer)
    answer = ask(partner, "heartbeat", body)
    assert answer.status_code == 200 and answer.json()["notices"] == []
    assert Peer.objects.get().last_contact is not None


def test_the_same_request_again_is_a_replay(cast: Cast, partner: Partner) -> None:
    partner.meet(cast.officer)
    body = canonical_bytes(GREETING)
    signed = sign_request(
        "POST",
        BASE + "heartbeat",
        {"Content-Type": "application/json", "Content-Length": str(len(body))},
        sha256(body),
        private=partner.http,
        key_id=partner.card.http_key_id,
        at=timezone.now(),
    )
    assert ask(partner, "heartbeat", body, signed=signed).status_code == 200
    again = ask(partner, "heartbeat", body, signed=signed)
    assert (again.status_code, again.json()["code"]) == (409, "request-replayed")


@pytest.mark.parametrize("days", [365, -365])
def test_a_clock_that_is_a_year_wrong_is_told_so(cast: Cast, partner: Partner, days: int) -> None:
    partner.meet(cast.officer)
    answer = ask(partner, "heartbeat", canonical_bytes(GREETING), at=timezone.now() + timedelta(days=days))
    assert (answer.status_code, answer.json()["code"]) == (422, "request-clock-apart")
    assert (
        answer.json()["facts"]["days"] in ("364", "365")
        and answer["Content-Type"] == "application/problem+json"
    )


def test_another_body_than_was_signed_is_refused(cast: Cast, partner: Partner) -> None:
    partner.meet(cast.officer)
    signed = sign_request(
        "POST",
        BASE + "heartbeat",
        {"Content-Type": "application/json", "Content-Length": "2"},
        sha256(b"{}"),
        private=partner.http,
        key_id=partner.card.http_key_id,
        at=timezone.now(),
    )
    assert ask(partner, "heartbeat", b"[]", signed=signed).json()["code"] == "request-body"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"v":2}', b'{"notices":[],"v":1,"head":{"a":1}}', b"\xff"]
)
def test_nonsense_is_refused_and_never_an_error(cast: Cast, partner: Partner, body: bytes) -> None:
    partner.meet(cast.officer)
    for path in (
        "heartbeat",
        "countersignature",
        "agreements",
        "card",
        "equality",
        "uploads",
        f"overlap/{uuid4()}/start",
        f"overlap/{uuid4()}/stop",
        f"uploads/{uuid4()}/finish",
    ):
        assert ask(partner, path, body).status_code in (200, 404, 409, 422)


def test_a_notice_in_a_greeting_stops_the_agreement(
    cast: Cast, agreement: Agreement, partner: Partner
) -> None:
    stop = _notice(partner, agreement, serial=1, suspended=True)
    ask(partner, "heartbeat", canonical_bytes({**GREETING, "notices": [stop]}))
    agreement.refresh_from_db()
    assert state_now(agreement, timezone.now()) == "suspended"


def test_heads_are_countersigned_and_a_rewritten_journal_stops_everything(
    cast: Cast, agreement: Agreement, partner: Partner
) -> None:
    log = str(uuid4())
    answer = ask(
        partner, "heartbeat", canonical_bytes({**GREETING, "head": _head(partner, log, [b"a", b"b"])})
    ).json()
    assert answer["countersignature"]["countersignature"]
    rewritten = ask(
        partner,
        "heartbeat",
        canonical_bytes({**GREETING, "head": _head(partner, log, [b"a", b"x", b"c"], since=2)}),
    )
    assert rewritten.json()["code"] == "head-rewritten"
    agreement.refresh_from_db()
    assert Peer.objects.get().state == "forked" and state_now(agreement, timezone.now()) == "forked"


def test_a_lost_answer_is_no_rewritten_journal(cast: Cast, agreement: Agreement, partner: Partner) -> None:
    """They never heard that we countersigned two entries, or an older head of theirs arrives late."""
    log = str(uuid4())

    def told(entries: list[bytes], since: int = 0) -> Any:
        head = _head(partner, log, entries, since=since)
        return ask(partner, "heartbeat", canonical_bytes({**GREETING, "head": head})).json()

    first = told([b"a", b"b"])
    assert first["countersignature"] and first["witnessed"] == {"log": log, "size": 2}
    for unproven in (told([b"a", b"b", b"c"]), told([b"a", b"b", b"c"], since=1), told([b"a"])):
        assert (unproven["code"], unproven["facts"]["size"]) == ("head-proof", "2")
    assert told([b"a", b"b"])["countersignature"] == first["countersignature"]
    assert told([b"a", b"b", b"c"], since=2)["countersignature"]
    agreement.refresh_from_db()
    assert Peer.objects.get().state == "active" and state_now(agreement, timezone.now()) == "active"


def test_two_heads_of_one_size_are_a_rewritten_journal(cast: Cast, agreement: Agreement, partner: Partner) -> None:
    log = str(uuid4())
    for entries, code in (([b"a", b"b"], None), ([b"a", b"x"], "head-rewritten")):
        head = _head(partner, log, entries)
        answer = ask(partner, "heartbeat", canonical_bytes({**GREETING, "head": head}))
        assert answer.json().get("code") == code
    assert Peer.objects.get().state == "forked"


def test_a_node_that_was_set_back_hears_it(cast: Cast, partner: Partner) -> None:
    partner.meet(cast.officer)
    journal.seal(at=timezone.now())
    claim = {"log": str(own_log().id), "size": 10_000}
    head = _head(partner, str(uuid4()), [b"a"])
    answer = ask(partner, "heartbeat", canonical_bytes({**GREETING, "head": head, "witnessed": claim}))
    assert answer.json()["code"] == "journal-behind"
    for broken in ({"log": str(own_log().id), "size": "many"}, {"log": str(own_log().id)}, [1], "x", 7):
        answer = ask(partner, "heartbeat", canonical_bytes({**GREETING, "head": head, "witnessed": broken}))
        assert answer.json()["code"] == "words-malformed", broken


def test_a_journal_begun_anew_needs_two_people(cast: Cast, partner: Partner) -> None:
    partner.meet(cast.officer)
    ask(partner, "heartbeat", canonical_bytes({**GREETING, "head": _head(partner, str(uuid4()), [b"a"])}))
    anew = {**GREETING, "head": _head(partner, str(uuid4()), [b"a"])}
    assert ask(partner, "heartbeat", canonical_bytes(anew)).json()["code"] == "head-new-epoch"
    partner.meet(cast.officer, at=timezone.now())
    assert ask(partner, "heartbeat", canonical_bytes(anew)).status_code == 200


def test_our_head_is_proven_up_to_their_countersignature(cast: Cast, partner: Partner) -> None:
    partner.meet(cast.officer)
    journal.seal(at=timezone.now())
    ours = ask(
        partner, "heartbeat", canonical_bytes({**GREETING, "head": _head(partner, str(uuid4()), [b"a"])})
    ).json()["head"]
    signature = sign(
        partner.signing,
        typ="countersignature",
        payload=canonical_bytes({"v": 1, "head": digest_hex(ours["document"].encode())}),
        key_id=partner.card.signing_key_id,
    )
    said = canonical_bytes({"head": ours["document"], "countersignature": signature})
    assert ask(partner, "countersignature", said).status_code == 200
    report = verify_log(witness_keys={partner.id: partner.card.signing})
    assert report.sound and report.countersigned == report.sealed and report.witnesses == ("Vivres",)


def test_a_renewed_card_needs_the_same_root(cast: Cast, partner: Partner) -> None:
    partner.meet(cast.officer)
    fresh = _renewed(partner, partner.root)
    assert ask(partner, "card", fresh).status_code == 200 and Peer.objects.get().card == fresh.decode()
    foreign = _renewed(partner, new_signing_key()[0])
    assert ask(partner, "card", foreign).json()["code"] == "key-card-other-root"


def test_a_renewed_card_by_file_is_for_those_who_may_and_of_the_same_root(cast: Cast, partner: Partner) -> None:
    partner.meet(cast.officer)
    before, fresh = Peer.objects.get().card, _renewed(partner, partner.root)
    with pytest.raises(NotPermitted):
        renew_from_file(operator=cast.chen, card=fresh, at=timezone.now())
    with refused("key-card-other-root"):
        renew_from_file(operator=cast.officer, card=_renewed(partner, new_signing_key()[0]), at=timezone.now())
    assert Peer.objects.get().card == before
    renew_from_file(operator=cast.officer, card=fresh, at=timezone.now())
    assert Peer.objects.get().card == fresh.decode()


def test_an_upload_goes_on_where_it_was_cut(cast: Cast, partner: Partner) -> None:
    partner.meet(cast.officer)
    content = bytes(range(256)) * 8
    begin = canonical_bytes({"sealed_digest": digest_hex(content), "sealed_bytes": len(content)})
    upload = ask(partner, "uploads", begin).json()["upload"]
    first = {"Content-Range": f"bytes 0-999/{len(content)}"}
    assert ask(partner, f"uploads/{upload}", content[:1000], method="PUT", **first).json() == {
        "received": 1000
    }
    assert ask(partner, f"uploads/{upload}/finish", b"{}").json()["code"] == "upload-unfinished"
    assert ask(partner, "uploads", begin).json() == {"upload": upload, "received": 1000}
    # The first piece again changes nothing, and a piece from beyond neither.
    assert ask(partner, f"uploads/{upload}", content[:1000], method="PUT", **first).json() == {
        "received": 1000
    }
    rest = {"Content-Range": f"bytes 1000-{len(content) - 1}/{len(content)}"}
    assert ask(partner, f"uploads/{upload}", content[1000:], method="PUT", **rest).json() == {
        "received": len(content)
    }
    assert ask(partner, f"uploads/{upload}/finish", b"{}").json()["state"] == "refused"


def _renewed(partner: Partner, root: bytes) -> bytes:
    card = partner.card
    return issue_key_card(
        root,
        node_id=card.node_id,
        name=card.name,
        kind=card.kind,
        country=card.country,
        training=card.training,
        signing=new_signing_key()[1],
        sealing=card.sealing,
        http=card.http,
        serial=2,
        valid_from=timezone.now(),
    ).to_bytes()


def _head(
    partner: Partner, log: str, entries: list[bytes], *, since: int = 0
) -> dict[str, Any]:
    leaves = [leaf_hash(entry) for entry in entries]
    root = Frontier().extend(leaves).root()
    proof = Tree(leaves).consistency_proof(since, len(leaves)) if 0 < since < len(leaves) else []
    document = canonical_bytes(
        {
            "v": 1,
            "node_id": str(partner.id),
            "log": log,
            "epoch": 1,
            "size": len(entries),
            "root": root.hex(),
            "chain": "00" * 32,
            "sealed_at": "2026-03-14T09:00:00.000000Z",
        }
    )
    signature = sign(partner.signing, typ="head", payload=document, key_id=partner.card.signing_key_id)
    return {
        "document": document.decode(),
        "signature": signature,
        "sealed_at": "2026-03-14T09:00:00.000000Z",
        "from": since,
        "proof": [each.hex() for each in proof],
    }
