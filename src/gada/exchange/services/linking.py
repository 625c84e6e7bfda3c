"""Links undone, and what a partner said erased with them; cases of pairs answered on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.exchange.models import Link, PairCase, PartnerPrints, Peer
from gada.journal import Entry, Item
from gada.people.words import Answer, Purpose

# After these a person's data are called back, and the partner erases what they hold.
REASONS: Final = {
    "person.answered": "person-refused",
    "person.corrected": "person-protected",
    "person.erased": "person-erased",
}
GONE: Final = ("person-refused", "consent-missing", "person-protected", "child-alone", "person-outside")


@transaction.atomic
def withdraw_link(*, operator: Operator, link_id: UUID, reason: str, at: datetime) -> Link:
    """Undo a link: the partner is told with the next package, and what they said here is erased."""
    link = (
        Link.objects.select_related("person")
        .select_for_update(of=("self",))
        .filter(id=link_id, withdrawn_at=None)
        .first()
    )
    if link is None:
        raise NotFound("link-unknown", _("This link no longer stands."))
    authorize(operator, "link.withdraw", site=link.person.site_id)
    withdraw([link], side="ours", reason=" ".join(reason.split())[:200] or "undone", by=operator, at=at)
    return Link.objects.get(id=link_id)


def withdraw_in_package(links: Sequence[Link], *, by: Any, at: datetime) -> None:
    """People who may no longer be shared: their links end with the recall that is being sent."""
    withdraw(links, side="ours", reason="person-refused", by=by, at=at)


def withdraw(links: Sequence[Link], *, side: str, reason: str, by: Any, at: datetime) -> None:
    """End these links and erase what the partner said about the people."""
    if not links:
        return
    journal.record_all(
        "link.withdrawn",
        by=by,
        purpose="exchange",
        at=at,
        items=[
            Item(
                about=("person", link.person_id),
                subject=link.person_id,
                mentions=(link.person_id,),
                facts={"id": str(link.id), "side": side, "reason": reason},
            )
            for link in links
        ],
    )
    erase_statements(links, by=by, at=at)


def erase_statements(links: Sequence[Link], *, by: Any, at: datetime) -> None:
    """What the partner said about these people goes, prints included."""
    ids = [link.id for link in links]
    for blob in PartnerPrints.objects.filter(link__in=ids).values_list("blob", flat=True):
        transaction.on_commit(partial(vault.drop_blob, blob))
    for start in range(0, len(ids), 500):
        journal.record(
            "statements.erased",
            by=by,
            about=("agreement", links[0].agreement_id),
            purpose="erasure",
            at=at,
            facts={"links": [str(each) for each in ids[start : start + 500]]},
        )


@transaction.atomic
def judge_pair(*, operator: Operator, case_id: UUID, same: bool, at: datetime) -> PairCase:
    """Our adjudicator's answer about a pair; a link stands once both sides say the same person."""
    case = (
        PairCase.objects.select_related("person", "peer")
        .select_for_update(of=("self",))
        .filter(id=case_id)
        .first()
    )
    if case is None:
        raise NotFound("pair-unknown", _("This case is not known here."))
    authorize(operator, "pair.judge", site=case.person.site_id)
    if case.our_answer:
        raise Refusal("pair-decided", _("Somebody has already answered this case."))
    journal.record(
        "pair.judged",
        by=operator,
        about=("person", case.person_id),
        subject=case.person_id,
        mentions=(case.person_id,),
        purpose="exchange",
        case=("pair", case.id),
        at=at,
        facts={"id": str(case.id), "answer": "same" if same else "different"},
    )
    return _settle(case.id, at=at)


@transaction.atomic
def take_pair_answers(answers: Any, *, peer: Peer, at: datetime) -> None:
    """What the partner's adjudicators answered, by pair."""
    try:
        said = {str(pair): str(answer) for pair, answer in dict(answers).items()}
    except (TypeError, ValueError):
        raise Invalid("words-malformed", _("This message cannot be read.")) from None
    if not set(said.values()) <= {"same", "different"}:
        raise Invalid("words-malformed", _("This message cannot be read."))
    cases = list(PairCase.objects.filter(peer=peer, their_answer="", pair__in=list(said)[:1000]))
    journal.record_all(
        "pair.answered",
        by=peer.reference,
        purpose="exchange",
        at=at,
        items=[
            Item(
                about=("person", case.person_id),
                subject=case.person_id,
                case=("pair", case.id),
                facts={"id": str(case.id), "answer": said[case.pair]},
            )
            for case in cases
        ],
    )
    for case in cases:
        _settle(case.id, at=at)


def pair_answers(peer: Peer) -> dict[str, str]:
    """Our answers on pairs of which the partner's answer is still out, or came lately: told at each contact."""
    rows = PairCase.objects.filter(peer=peer).exclude(our_answer="").order_by("-decided_at")
    return dict(rows.values_list("pair", "our_answer")[:1000])


def _settle(case_id: UUID, *, at: datetime) -> PairCase:
    case = PairCase.objects.get(id=case_id)
    if case.our_answer == case.their_answer == "same":
        taken = Link.objects.filter(agreement_id=case.agreement_id, withdrawn_at=None)
        if not (
            taken.filter(person_id=case.person_id) | taken.filter(their_handle=case.their_handle)
        ).exists():
            journal.record(
                "link.made",
                by=("pair", case.id),
                about=("person", case.person_id),
                subject=case.person_id,
                mentions=(case.person_id,),
                purpose="exchange",
                case=("pair", case.id),
                at=at,
                facts={
                    "id": str(new_id()),
                    "agreement": str(case.agreement_id),
                    "peer": str(case.peer_id),
                    "our_handle": case.our_handle,
                    "their_handle": case.their_handle,
                    "pair": case.pair,
                    "run": str(case.run_id),
                    "total": case.total,
                    "print_scores": case.print_scores,
                },
            )
    return case


def recall_person(person_id: UUID, *, reason: str, by: Any, at: datetime) -> None:
    """Every link of this person ends now; their partners are told at the next contact."""
    withdraw(
        list(Link.objects.filter(person_id=person_id, withdrawn_at=None)),
        side="ours",
        reason=reason,
        by=by,
        at=at,
    )


def withdrawals_for(peer: Peer) -> dict[str, str]:
    """Links we ended, newest first: told at each contact, so that suspension or silence of packages hides none."""
    rows = Link.objects.filter(peer=peer, withdrawn_by="ours").order_by("-withdrawn_at")
    return dict(rows.values_list("pair", "reason")[:1000])


@transaction.atomic
def take_withdrawals(said: Any, *, peer: Peer, at: datetime) -> int:
    """Links the partner ended; what they said about these people is erased here. Idempotent."""
    try:
        reasons = {str(pair): str(reason)[:200] for pair, reason in dict(said).items()}
    except (TypeError, ValueError):
        raise Invalid("words-malformed", _("This message cannot be read.")) from None
    links = list(Link.objects.filter(peer=peer, withdrawn_at=None, pair__in=list(reasons)[:1000]))
    for reason in sorted({reasons[link.pair] for link in links}):
        part = [link for link in links if reasons[link.pair] == reason]
        withdraw(part, side="theirs", reason=reason, by=peer.reference, at=at)
    return len(links)


def follow_person(entry: Entry) -> None:
    """In the very transaction of a refusal, an objection, a protection flag or an erasure."""
    if entry.action == "person.answered" and (
        entry.facts["purpose"] != Purpose.SHARING or entry.facts["answer"] == Answer.YES
    ):
        return
    if entry.action == "person.corrected":
        changes = entry.facts["changes"]
        if not (changes.get("needs_protection") or changes.get("unaccompanied")):
            return
    recall_person(entry.about[1], reason=REASONS[entry.action], by=entry.by, at=entry.recorded_at)
