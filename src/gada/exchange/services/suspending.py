"""Stopping and resuming: at once here, told to the partner in a signed notice (exchange.md §1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text, parse_canonical
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.models import Agreement, Notice, Peer
from gada.exchange.services.standing import current_agreement, latest_notices, own_id
from gada.exchange.services.words import read_words, sign_words, when

NOTICE = "agreement-notice"


@transaction.atomic
def suspend_agreement(*, operator: Operator, agreement_id: UUID, reason: str, at: datetime) -> Notice:
    """Stop everything under this agreement, from this moment, in both directions."""
    authorize(operator, "agreement.suspend")
    agreement = current_agreement(agreement_id)
    return _say(agreement, suspended=True, reason=reason, operator=operator, at=at)


@transaction.atomic
def lift_agreement(*, operator: Operator, agreement_id: UUID, reason: str, at: datetime) -> Notice:
    """Resume what we stopped. What the partner stopped, only the partner lifts."""
    authorize(operator, "agreement.lift")
    agreement = current_agreement(agreement_id)
    ours = next((notice for notice in latest_notices(agreement_id) if notice.ours), None)
    if ours is None or not ours.suspended:
        raise Refusal(
            "agreement-not-suspended",
            _("We have not suspended this agreement. If the partner has, only they can lift it."),
        )
    return _say(agreement, suspended=False, reason=reason, operator=operator, at=at)


def notice_file(agreement_id: UUID) -> str:
    """Our newest notice, to be carried to a partner without network. Raises Refusal when there is none."""
    ours = next((notice for notice in latest_notices(agreement_id) if notice.ours), None)
    if ours is None:
        raise Refusal(
            "agreement-not-suspended",
            _("We have not suspended this agreement. If the partner has, only they can lift it."),
        )
    return ours.document


def import_notice(*, operator: Operator, document: str, at: datetime) -> Notice | None:
    """Read a partner's notice from a file (None when we already know it)."""
    authorize(operator, "agreement.exchange")
    try:
        agreement = current_agreement(UUID(parse_canonical(document.encode())["body"]["agreement_id"]))
    except (KeyError, TypeError, ValueError, Invalid):
        raise Invalid("words-malformed", _("This message cannot be read.")) from None
    notice: Notice | None = receive_notice(document, peer=agreement.peer, at=at)
    return notice


def notices_for(peer: Peer) -> list[str]:
    """Our newest word on each agreement with this partner: sent with every contact, so none is ever missed."""
    ids = Agreement.objects.filter(peer=peer).values_list("agreement_id", flat=True).distinct()
    return [notice.document for each in ids for notice in latest_notices(each) if notice.ours]


@transaction.atomic
def receive_notice(document: str, *, peer: Peer, at: datetime) -> Notice | None:
    """Take in a partner's notice; older ones than we hold change nothing (None). Raises Invalid."""
    body = read_words(document, typ=NOTICE, card=peer.keys)
    try:
        agreement_id, serial = UUID(body["agreement_id"]), int(body["serial"])
        suspended, said_by, reason = (
            bool(body["suspended"]),
            str(body["said_by"])[:120],
            str(body["reason"])[:300],
        )
        said_at = datetime.fromisoformat(body["at"])
    except (KeyError, TypeError, ValueError):
        raise Invalid("words-malformed", _("This message cannot be read.")) from None
    if (
        body.get("party") != str(peer.id)
        or not Agreement.objects.filter(agreement_id=agreement_id, peer=peer).exists()
    ):
        raise Invalid("agreement-not-theirs", _("This agreement is not with the partner who sends it."))
    if serial <= _last_serial(agreement_id, ours=False):
        return None
    return _record(
        peer,
        agreement_id,
        {
            "ours": False,
            "serial": serial,
            "said_by": said_by,
            "reason": reason,
            "at": said_at.isoformat(),
            "document": document,
        },
        suspended=suspended,
        by=peer.reference,
        at=at,
    )


def _say(agreement: Agreement, *, suspended: bool, reason: str, operator: Operator, at: datetime) -> Notice:
    serial = _last_serial(agreement.agreement_id, ours=True) + 1
    words = normalise_text(" ".join(reason.split()))[:300]
    document = sign_words(
        NOTICE,
        {
            "agreement_id": str(agreement.agreement_id),
            "party": str(own_id()),
            "serial": serial,
            "suspended": suspended,
            "said_by": operator.name,
            "reason": words,
            "at": when(at),
        },
    )
    facts = {
        "ours": True,
        "serial": serial,
        "said_by": operator.name,
        "reason": words,
        "at": at.isoformat(),
        "document": document,
    }
    return _record(agreement.peer, agreement.agreement_id, facts, suspended=suspended, by=operator, at=at)


def _record(
    peer: Peer, agreement_id: UUID, facts: dict[str, Any], *, suspended: bool, by: Any, at: datetime
) -> Notice:
    notice: Notice = journal.record(
        "agreement.suspended" if suspended else "agreement.lifted",
        by=by,
        about=("agreement", agreement_id),
        facts={"id": str(new_id()), "peer": str(peer.id), **facts},
        purpose="exchange",
        at=at,
    )
    return notice


def _last_serial(agreement_id: UUID, *, ours: bool) -> int:
    top = Notice.objects.filter(agreement_id=agreement_id, ours=ours).aggregate(top=Max("serial"))["top"]
    return int(top or 0)
