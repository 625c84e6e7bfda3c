"""What a lost or expired device brought: shown, and accepted or refused by a person, one batch after the other."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.refusal import NotFound, Refusal
from gada.exchange.models import OwnNode
from gada.exchange.services.own_nodes.admitting import only_headquarters, own_node_called
from gada.exchange.services.own_nodes.entitling import own_id, rules_for
from gada.journal import Scope
from gada.journal.arriving import Arrived, arrive
from gada.journal.carrying import held_sizes
from gada.journal.keeping import held_batch, take_waiting
from gada.journal.models import HeldEntry, HeldHead


def decide_batch(*, operator: Operator, batch_id: UUID, accept: bool, at: datetime) -> Arrived:
    """Take a batch in, or refuse it: then it stays, is shown as refused, and has no effect anywhere.

    Raises NotFound `batch-decided`, Refusal `batch-earlier-first`.
    """
    authorize(operator, "node.decide", at=at)
    only_headquarters()
    batch = HeldHead.objects.filter(id=batch_id).first()
    if batch is None:
        raise NotFound("batch-decided", _("Somebody has decided this already."))
    if HeldHead.objects.filter(log_id=batch.log_id, size__lt=batch.size).exists():
        raise Refusal("batch-earlier-first", _("This laptop brought something before that: decide about that first."))
    held = held_sizes().get(batch.log_id, 0)
    records = held_batch(batch, held=held, accept=accept)
    _record(operator, batch, held=held, accept=accept, at=at)
    arrived = arrive(lambda: iter(records), rules=rules_for(own_id(), at=at), own=own_id(), at=at)
    if not accept:
        some = HeldEntry.objects.filter(log_id=batch.log_id, position__gte=held, position__lt=batch.size)
        some.update(why=HeldEntry.Why.REFUSED)
    take_waiting(at=at)
    return arrived


@transaction.atomic
def _record(operator: Operator, batch: HeldHead, *, held: int, accept: bool, at: datetime) -> OwnNode:
    node, log = own_node_called(batch.author), str(batch.log_id)
    refused = {**node.refused}
    if not accept:
        refused[log] = [*refused.get(log, ()), [held, batch.size]]
    decided: OwnNode = journal.record(
        "node.batch_decided", by=operator, about=("node", node.id), scope=Scope(agency=node.agency),
        purpose="administration", at=at,
        facts={"accepted": accept, "kept": {**node.kept, log: batch.size}, "refused": refused},
    )
    return decided
