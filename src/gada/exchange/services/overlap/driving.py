"""Driving a comparison: the initiator asks step by step, the responder answers; either may be killed and go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof import psi
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.exchange.models import Agreement, OverlapRun, Peer
from gada.exchange.rules.fields import PRINTS
from gada.exchange.rules.gate import must
from gada.exchange.services.calling import RefusedByPartner, Unreachable, call
from gada.exchange.services.disclosing import disclose
from gada.exchange.services.overlap.concluding import conclude
from gada.exchange.services.overlap.freezing import freeze_population, store_population
from gada.exchange.services.overlap.messages import (
    keep_request,
    keep_response,
    open_message,
    seal_message,
    unreadable,
)
from gada.exchange.services.overlap.side import Secrets, Side
from gada.exchange.services.overlap.steps import STEPS, check_both, check_heard, say, shown
from gada.exchange.services.standing import agreement_called, current_agreement, own_id, standing_of
from gada.exchange.services.words import node_reference

QUARTER = timedelta(days=92)
SEALED = "application/age"
Report = Callable[[str, int, int], None]
_recent: dict[UUID, Side] = {}  # the run being answered: its evidence is not weighed anew at each step


def start_overlap(*, operator: Operator, agreement_id: UUID, at: datetime) -> OverlapRun:
    """Freeze our side and prepare a run; `drive_overlap` carries it through."""
    authorize(operator, "overlap.run")
    agreement = current_agreement(agreement_id)
    return _open_run(
        agreement, run_id=new_id(), initiator=True, asks=_our_turn_to_ask(agreement), by=operator, at=at
    )


def drive_overlap(run_id: UUID, *, at: datetime, report: Report | None = None) -> OverlapRun:
    """Carry a run of ours to its end, from wherever it stands. Raises Refusal when it stops or cannot go on now."""
    run = run_called(run_id)
    if run.state != "running":
        return run
    side = Side.of(run)
    for number, step in enumerate(STEPS):
        if report:
            report(step, number, len(STEPS))
        try:
            _ask(side, step, at=at)
        except Unreachable:
            raise  # nothing is lost: the same question again gets the same answer
        except Refusal as refusal:
            stop_overlap(run, refusal.code, by=("node", own_id()), at=at)
            if not isinstance(refusal, RefusedByPartner):
                _tell_stopped(run, refusal.code, at=at)
            raise
    with transaction.atomic():
        conclude(side, at=at)
    return run_called(run_id)


def _ask(side: Side, step: str, *, at: datetime) -> None:
    question, answer = side.said.get(step, (None, None))
    if question is None:
        question = say(side, step, at=at)
        keep_request(side.run, step, question)
    side.said[step] = (question, answer)
    if answer is None:
        sealed = seal_message(side.run.peer, {"run": str(side.run.id), "step": step, "word": shown(question)})
        heard = call(
            side.run.peer, "POST", f"overlap/{side.run.id}/{step}", body=sealed, content_type=SEALED, at=at
        )
        answer = open_message(heard.body)
        keep_response(side.run, step, answer)
        side.said[step] = (question, answer)
    check_heard(side, step)
    check_both(side, step)
    _passed(side, step, at=at)


def answer_overlap(*, peer: Peer, run_id: UUID, step: str, sealed: bytes, at: datetime) -> bytes:
    """The responder's part of one step: the sealed answer to a sealed question. Raises Refusal."""
    said = open_message(sealed)
    if (
        not isinstance(said, dict)
        or said.get("run") != str(run_id)
        or said.get("step") != step
        or step not in STEPS
    ):
        raise unreadable()
    run = _responding(peer, run_id, step, said["word"], at=at)
    side = _side_of(run)
    question, answer = side.said.get(step, (None, None))
    if answer is not None:
        if question != said["word"]:
            raise Invalid("overlap-other-question", _("This step was already asked, with other content."))
        return seal_message(peer, shown(answer))
    if run.state != "running":
        raise Refusal("overlap-over", _("This comparison has ended. Start a new one."))
    _check_order(side, step)
    try:
        must(
            side.terms, standing_of(run.agreement), mode="overlap", sender=own_id(), recipient=peer.id, at=at
        )
        keep_request(run, step, said["word"])
        side.said[step] = (said["word"], None)
        check_heard(side, step)
        answer = say(side, step, at=at)
        side.said[step] = (said["word"], answer)
        check_both(side, step)
    except BaseException as error:
        _recent.clear()  # what it computed may rest on a word that was not kept
        if isinstance(error, Refusal):
            stop_overlap(run, error.code, by=peer.reference, at=at)
        raise
    with transaction.atomic():
        keep_response(run, step, answer)
        _passed(side, step, at=at)
        if step == STEPS[-1]:
            conclude(side, at=at)
            _recent.clear()
    return seal_message(peer, shown(answer))


@transaction.atomic
def stop_overlap(run: OverlapRun, code: str, *, by: Any, at: datetime) -> None:
    """End a run without a result; what was learnt is destroyed."""
    done = OverlapRun.objects.filter(id=run.id, state="running").update(
        state="stopped", reason=code[:60], ended_at=at
    )
    if not done:
        return
    run.messages.all().delete()
    journal.record(
        "overlap.stopped",
        by=by,
        about=("overlap", run.id),
        purpose="exchange",
        at=at,
        facts={"agreement": run.agreement_id, "reason": code, "step": run.step},
    )


def take_stop(*, peer: Peer, run_id: UUID, code: str, at: datetime) -> None:
    """The partner stopped this run."""
    run = OverlapRun.objects.filter(id=run_id, peer=peer).first()
    if run is not None:
        stop_overlap(run, f"partner-{code}"[:60], by=peer.reference, at=at)


def run_called(run_id: UUID) -> OverlapRun:
    """One run. Raises NotFound `overlap-unknown`."""
    run = OverlapRun.objects.select_related("agreement__peer", "peer").filter(id=run_id).first()
    if run is None:
        raise NotFound("overlap-unknown", _("This comparison is not known here."))
    return run


def _side_of(run: OverlapRun) -> Side:
    """Our side as it was left at the last step, if this process left it there; else computed again."""
    side = _recent.get(run.id)
    kept = set(run.messages.exclude(response=None).values_list("step", flat=True))
    if (
        side is None
        or {step for step, (_question, answer) in side.said.items() if answer is not None} != kept
    ):
        side = Side.of(run)
    _recent.clear()
    _recent[run.id] = side
    return side


def _responding(peer: Peer, run_id: UUID, step: str, word: Any, *, at: datetime) -> OverlapRun:
    run = OverlapRun.objects.select_related("agreement__peer", "peer").filter(id=run_id).first()
    if run is not None:
        if run.peer_id != peer.id or run.initiator:
            raise NotFound("overlap-unknown", _("This comparison is not known here."))
        return run
    if step != "start":
        raise NotFound("overlap-unknown", _("This comparison is not known here."))
    try:
        agreement, their_turn = agreement_called(str(word["agreement"])), bool(word["asks"])
    except (KeyError, TypeError):
        raise unreadable() from None
    if agreement.peer_id != peer.id:
        raise NotFound("agreement-unknown", _("This agreement is not known here."))
    # A run that its initiator gave up must not block the next one for ever.
    for old in OverlapRun.objects.filter(
        agreement_key=agreement.agreement_id, state="running", initiator=False
    ):
        stop_overlap(old, "overlap-abandoned", by=peer.reference, at=at)
    return _open_run(agreement, run_id=run_id, initiator=False, asks=not their_turn, by=peer.reference, at=at)


def _open_run(
    agreement: Agreement, *, run_id: UUID, initiator: bool, asks: bool, by: Any, at: datetime
) -> OverlapRun:
    if not psi.available():
        raise Invalid(
            "overlap-unavailable",
            "This machine cannot compare with a partner; the server at headquarters can.",
        )
    terms = agreement.terms
    must(terms, standing_of(agreement), mode="overlap", sender=own_id(), recipient=agreement.peer_id, at=at)
    begun = OverlapRun.objects.filter(agreement_key=terms.agreement_id, started_at__gt=at - QUARTER).exclude(
        state="stopped", step=""
    )
    if begun.count() >= terms.limits.runs_per_quarter:
        raise Refusal(
            "overlap-too-often",
            _("The agreement allows %(most)s comparisons in three months, and they are used up."),
            most=terms.limits.runs_per_quarter,
        )
    population = freeze_population(agreement, at=at)
    if len(population) < terms.limits.min_population:
        raise Refusal(
            "overlap-population-small",
            _(
                "One side brings fewer people than the agreement asks (%(least)s): "
                "a comparison would single people out."
            ),
            least=terms.limits.min_population,
        )
    store_population(run_id, population)
    try:
        with transaction.atomic():
            run = OverlapRun.objects.create(
                id=run_id,
                agreement=agreement,
                agreement_key=terms.agreement_id,
                peer=agreement.peer,
                initiator=initiator,
                asks=asks,
                secrets=Secrets.fresh().to_box(),
                started_at=at,
                started_by=by.id if isinstance(by, Operator) else None,
            )
            journal.record(
                "overlap.started",
                by=by,
                about=("overlap", run_id),
                purpose="exchange",
                at=at,
                facts={
                    "agreement": agreement.digest,
                    "peer": str(agreement.peer_id),
                    "people": len(population),
                    "initiator": initiator,
                },
            )
    except IntegrityError:
        raise Refusal("overlap-running", _("A comparison with this partner is already under way.")) from None
    return run


def _our_turn_to_ask(agreement: Agreement) -> bool:
    """Who learns first alternates: whoever begins asks in the first run, and then by turns."""
    return OverlapRun.objects.filter(agreement_key=agreement.agreement_id, state="done").count() % 2 == 0


def _check_order(side: Side, step: str) -> None:
    before = STEPS[: STEPS.index(step)]
    if any(side.said.get(each, (None, None))[1] is None for each in before):
        raise Refusal("overlap-order", _("The steps of the comparison come in their order."))


def _passed(side: Side, step: str, *, at: datetime) -> None:
    """Write into the journal what was said and heard, by digest: neither side can later say it was other bytes."""
    question, answer = side.said[step]
    if (
        OverlapRun.objects.filter(id=side.run.id)
        .exclude(step=step)
        .exclude(step__in=STEPS[STEPS.index(step) :])
        .update(step=step)
        == 0
    ):
        return  # passed before a crash
    side.run.step = step
    digests = {
        "question": digest_hex(canonical_bytes(shown(question))),
        "answer": digest_hex(canonical_bytes(shown(answer))),
    }
    extra = (
        {"ours": side.mine("start")["commitment"], "theirs": side.theirs("start")["commitment"]}
        if step == "start"
        else {}
    )
    with transaction.atomic():
        journal.record(
            "overlap.committed" if step == "start" else "overlap.said",
            by=side.run.peer.reference,
            about=("overlap", side.run.id),
            purpose="exchange",
            at=at,
            facts={"step": step, **digests, **extra},
        )
        _disclose(side, step, at=at)


def _disclose(side: Side, step: str, *, at: datetime) -> None:
    """Everyone of ours whose fields or prints were just shown gets a line."""
    said = side.mine(step) if step in ("fields", "prints") else {}
    shown_of = (said or {}).get("people" if step == "fields" else "prints", {})
    people = sorted(side.person_of[handle] for handle in shown_of)
    if people:
        disclose(
            side.run.agreement,
            people,
            fields=list(side.terms.compared_fields()) if step == "fields" else [PRINTS],
            reason="overlap",
            source=("overlap", side.run.id),
            by=node_reference(),
            at=at,
        )


def _tell_stopped(run: OverlapRun, code: str, *, at: datetime) -> None:
    try:
        call(run.peer, "POST", f"overlap/{run.id}/stop", body=canonical_bytes({"code": code}), at=at)
    except Refusal:
        return  # the partner's run ends when the next one begins
