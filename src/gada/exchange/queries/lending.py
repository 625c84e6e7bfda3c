"""Fingerprints that a partner delivered to recognise people: lent to the desk while their agreement allows it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

from gada import vault
from gada.biometrics.queries import Lent
from gada.credentials.queries import Signer
from gada.engine.fingerprint import Template
from gada.engine.formats.fmr import read_fmr
from gada.engine.refusal import Refusal
from gada.exchange.models import OwnNode, PartnerPrints, Peer
from gada.exchange.models.own_nodes import OwnNodeState
from gada.exchange.rules.fields import PRINTS
from gada.exchange.rules.keeping import may_use
from gada.exchange.services.standing import current_agreement, own_id, parted, standing_of


def partner_prints_of(people: Collection[UUID], *, at: datetime) -> list[PartnerPrints]:
    """Records that may be used to recognise these people now (never for show): the gate is asked for each."""
    rows: list[PartnerPrints] = []
    for part in parted(people):
        held = PartnerPrints.objects.filter(
            link__person_id__in=part, link__withdrawn_at=None, package__state="done"
        )
        rows += held.select_related("link__peer").order_by("received_at", "id")
    agreements = {id_: current_agreement(id_) for id_ in {row.link.agreement_id for row in rows}}
    stands = {id_: (agreement.terms, standing_of(agreement)) for id_, agreement in agreements.items()}
    return [
        row
        for row in rows
        if may_use(
            *stands[row.link.agreement_id],
            partner=row.link.peer_id,
            own=own_id(),
            field=PRINTS,
            received_at=row.received_at,
            at=at,
        )
        is None
    ]


def lend_partner_prints(people: Collection[UUID], *, at: datetime) -> list[Lent]:
    """The same, as the desk compares them (installed in project/reactions.py)."""
    return [
        Lent(
            id=row.id,
            person_id=row.link.person_id,
            lender=("peer", row.link.peer_id),
            lender_name=row.link.peer.name,
            open=partial(_open, row.link.person_id, row.blob),
        )
        for row in partner_prints_of(people, at=at)
    ]


def _open(person_id: UUID, blob: UUID) -> dict[int, Template]:
    """Empty when the record or its key went a moment ago, or cannot be read any more."""
    try:
        return {view.position: view.template for view in read_fmr(vault.get_blob(person_id, blob))}
    except Refusal:
        return {}


def lend_partner_signers() -> list[Signer]:
    """The keys with which partners sign cards: two people read their fingerprint aloud when they met."""
    return [Signer(peer.name, peer.keys.signing) for peer in Peer.objects.filter(state="active")]


def lend_own_signers() -> list[Signer]:
    """The keys with which our other nodes sign cards. One that was reported lost may sign whatever its thief likes."""
    active = OwnNode.objects.filter(state=OwnNodeState.ACTIVE)
    return [Signer(node.name, node.keys.signing, is_ours=True) for node in active]
