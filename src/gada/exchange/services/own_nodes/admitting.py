"""Headquarters admits a device with a kit, renews it, and withdraws one that was lost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text, parse_canonical
from gada.engine.proof.digests import SALT_BYTES
from gada.engine.proof.ids import new_id
from gada.engine.proof.key_cards import KeyCard
from gada.engine.proof.secrets import DEFAULT_COST, WrapCost
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.exchange.models import OwnNode
from gada.exchange.models.own_nodes import OwnNodeState
from gada.exchange.services.own_nodes.packing import make_sync_package
from gada.exchange.services.packages.files import own_path
from gada.exchange.services.peers import check_address
from gada.journal import Entry, Scope
from gada.journal.models import Head, Log, LogEntry
from gada.vault import authority, enrolment
from gada.vault.cards import own_card
from gada.vault.enrolment import Headquarters

PURPOSE = "administration"
SHORTEST_PASSPHRASE = 12


def admit_device(
    *, operator: Operator, name: str, sites: Sequence[Site], target: Path, passphrase: str, life: timedelta,
    at: datetime, address: str = "", cost: WrapCost = DEFAULT_COST,
) -> OwnNode:
    """Make the kit of one laptop: its sites, its own keys, when they run out, and what it begins with."""
    authorize(operator, "node.admit", at=at)
    only_headquarters()
    if not sites:
        raise Invalid("sites-missing", _("Name at least one site that this laptop is for."))
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Invalid(
            "passphrase-short", _("Choose a passphrase of at least %(least)s characters."), least=SHORTEST_PASSPHRASE
        )
    if OwnNode.objects.filter(name=_text(name)).exists():
        raise Refusal("name-taken", _("There is already one by this name. Choose another name."))
    for site in sites:
        authorize(operator, "node.admit", site=site, at=at)
    device = enrolment.new_device(name=_text(name), at=at)
    agency, expires_at = operator.agency_id, at + life
    signs = authority.authority_for_kit(device.card.name, at=at, until=expires_at)
    with transaction.atomic():
        ours = _admit_ourselves(operator, address, at=at)
        if address and ours.address != check_address(address):  # the newest kit says where headquarters answers now
            ours = _move(ours, operator, address, at=at)
        node = _admit(
            operator, device.card, agency=agency, sites=[site.id for site in sites], expires_at=expires_at,
            headquarters=False, address="", certificate=signs.certificate, at=at,
        )
    journal.seal(at=at)
    first = own_path(new_id())
    try:
        make_sync_package(node, first, at=at, most=None)
        enrolment.write_kit(
            target, device, signs=signs, expires_at=expires_at, passphrase=passphrase, at=at, first=first, cost=cost,
            headquarters=Headquarters(own_card(), ours.address, agency, tuple(site.id for site in sites)),
        )
    finally:
        first.unlink(missing_ok=True)
    return node


@transaction.atomic
def renew_node(*, operator: Operator, node_id: UUID, life: timedelta, at: datetime) -> OwnNode:
    """A device keeps its key for longer; one that was reported lost and found again counts again."""
    authorize(operator, "node.admit", at=at)
    only_headquarters()
    return _renew(own_node_called(node_id), by=operator, life=life, at=at)


@transaction.atomic
def withdraw_node(*, operator: Operator, node_id: UUID, reason: str, at: datetime) -> OwnNode:
    """A device was lost or stolen: what it made until now stands, what it brings from now on is set aside."""
    authorize(operator, "node.withdraw", at=at)
    only_headquarters()
    node = own_node_called(node_id)
    if node.headquarters:
        raise Refusal("node-headquarters", _("Headquarters cannot be withdrawn."))
    kept = {
        str(log.id): Head.objects.filter(log=log).aggregate(size=Max("size"))["size"] or 0
        for log in Log.objects.filter(node_id=node.id)
    }
    withdrawn: OwnNode = journal.record(
        "node.withdrawn", by=operator, about=("node", node.id), scope=Scope(agency=node.agency), purpose=PURPOSE,
        facts={"reason": normalise_text(reason), "kept": kept}, at=at,
    )
    return withdrawn


@transaction.atomic
def move_headquarters(*, operator: Operator, address: str, at: datetime) -> OwnNode:
    """Set where headquarters answers its devices."""
    authorize(operator, "node.admit", at=at)
    only_headquarters()
    return _move(_admit_ourselves(operator, address, at=at), operator, address, at=at)


def renew_device(entry: Entry) -> None:
    """`node.renewed` about this very device: its key lives on."""
    if entry.about[1] == vault.identity().node_id and enrolment.headquarters() is not None:
        enrolment.extend(datetime.fromisoformat(entry.facts["expires_at"]))
        if "certificate" in entry.facts:
            authority.go_on_with(entry.facts["root"], entry.facts["certificate"])


def own_node_called(node_id: UUID) -> OwnNode:
    """The node. Raises NotFound `node-unknown`."""
    node = OwnNode.objects.filter(id=node_id).first()
    if node is None:
        raise NotFound("node-unknown", _("This node is not one of ours. Make a kit for it at headquarters."))
    return node


def _admit_ourselves(operator: Operator, address: str, *, at: datetime) -> OwnNode:
    own = OwnNode.objects.filter(id=vault.identity().node_id).first()
    return own or _admit(
        operator, own_card(), agency=operator.agency_id, sites=[], expires_at=None, headquarters=True,
        address=check_address(address), at=at,
    )


def _move(node: OwnNode, operator: Operator, address: str, *, at: datetime) -> OwnNode:
    moved: OwnNode = journal.record(
        "node.moved", by=operator, about=("node", node.id), facts={"address": check_address(address)},
        scope=Scope(agency=node.agency), purpose=PURPOSE, at=at,
    )
    return moved


def _admit(
    operator: Operator, card: KeyCard, *, agency: UUID, sites: Sequence[UUID], expires_at: datetime | None,
    headquarters: bool, address: str, at: datetime, certificate: str = "",
) -> OwnNode:
    made: OwnNode = journal.record(
        "node.admitted", by=operator, about=("node", card.node_id), scope=Scope(agency=agency), purpose=PURPOSE, at=at,
        facts={
            "node": str(card.node_id), "name": card.name, "headquarters": headquarters, "agency": str(agency),
            "sites": sorted(str(site) for site in sites), "card": card.to_bytes().decode(),
            "signing": card.signing.hex(), "address": address, "certificate": certificate,
            "expires_at": expires_at.isoformat() if expires_at else None,
        },
    )
    return made


def renew_on_contact(node_id: UUID, *, at: datetime) -> None:
    """A device in good standing that was in contact keeps its key as long again, once half of its lease has gone."""
    node = OwnNode.objects.filter(id=node_id, headquarters=False, state=OwnNodeState.ACTIVE).first()
    if enrolment.headquarters() is not None or node is None or node.expires_at is None or node.expired_at(at):
        return
    lease = _lease_of(node)
    if node.expires_at - at < lease / 2:
        with transaction.atomic():
            _renew(node, by=("node", vault.identity().node_id), life=lease, at=at)


def _renew(node: OwnNode, *, by: Operator | tuple[str, UUID], life: timedelta, at: datetime) -> OwnNode:
    """Its key lives so long from now on, and with it what it makes certificates with."""
    facts = {"expires_at": (at + life).isoformat()}
    if node.certificate:
        with suppress(Refusal):  # with a clock this wrong the key lives on all the same, and its HTTPS waits
            root, certificate = authority.extend_for_kit(node.certificate, at=at, until=at + life)
            facts |= {"root": root, "certificate": certificate}
    renewed: OwnNode = journal.record(
        "node.renewed", by=by, about=("node", node.id), facts=facts, scope=Scope(agency=node.agency), purpose=PURPOSE,
        at=at,
    )
    return renewed


def _lease_of(node: OwnNode) -> timedelta:
    """How long its key was let live the last time."""
    given = LogEntry.objects.filter(about_id=node.id, action__in=("node.admitted", "node.renewed"))
    entry = given.select_related("kept_facts").latest("lamport")
    facts = parse_canonical(bytes(entry.kept_facts.body)[SALT_BYTES:])
    return datetime.fromisoformat(facts["expires_at"]) - entry.happened_at


def only_headquarters() -> None:
    """Raises Refusal `headquarters-only` on a laptop."""
    if enrolment.headquarters() is not None:
        raise Refusal("headquarters-only", _("Only headquarters makes kits and withdraws devices."))


def _text(text: str) -> str:
    cleaned = normalise_text(" ".join(text.split()))
    if not cleaned:
        raise Invalid("name-missing", _("This must not be empty."))
    return cleaned
