"""Kits: headquarters makes everything that a laptop's node is; the laptop takes it over with a passphrase.

    8 bytes   magic 93 47 41 44 41 4B 0D 0A
    4 bytes   length of the wrapped part, big-endian
    ...       canonical JSON: a key under the passphrase (Argon2id), and the kit sealed under that key
    rest      the first package for the new node, sealed to it (may be empty)
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from gada.engine.proof import secrets
from gada.engine.proof.certificates import BACKDATED, Window
from gada.engine.proof.ids import new_id
from gada.engine.proof.key_cards import KeyCard, issue_key_card, read_key_card
from gada.engine.proof.secrets import DEFAULT_COST, WrapCost
from gada.engine.refusal import Invalid, Refusal
from gada.vault import authority, node
from gada.vault.authority import CLOCK, Authority
from gada.vault.cards import CARD
from gada.vault.working_keys import USES, WorkingKey, new_pair, write_keys

MAGIC = b"\x93GADAK\r\n"
HEADQUARTERS = "headquarters.sealed"
LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Headquarters:
    """Where this device belongs."""

    card: KeyCard
    address: str
    agency: UUID
    sites: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device that does not exist yet: its card, and what only its kit may hold."""

    node_id: UUID
    card: KeyCard
    keys: tuple[WorkingKey, ...]


def new_device(*, name: str, at: datetime) -> NewDevice:
    """Keys and a card for a device of this node's country and kind. Its root is not kept: it gets a new kit instead."""
    ours, node_id, root = node.identity(), new_id(), new_pair("root", at=at)
    keys = {use: new_pair(use, at=at) for use in USES}
    card = issue_key_card(
        bytes.fromhex(root.private), node_id=node_id, name=name, kind=ours.kind, country=ours.country,
        training=ours.training, valid_from=at, serial=1, signing=bytes.fromhex(keys["signing"].public),
        sealing=keys["sealing"].public, http=bytes.fromhex(keys["http"].public),
    )
    return NewDevice(node_id, card, tuple(keys.values()))


def write_kit(
    target: Path, device: NewDevice, *, headquarters: Headquarters, signs: Authority, expires_at: datetime,
    passphrase: str, at: datetime, first: Path | None = None, cost: WrapCost = DEFAULT_COST,
) -> None:
    """The kit as a file that only the passphrase opens; `first` is a package to begin with."""
    body = {
        "format": "gada-kit-1", "made_at": at.isoformat(), "expires_at": expires_at.isoformat(),
        "card": device.card.to_bytes().decode(), "keys": [asdict(key) for key in device.keys],
        "headquarters": {
            "card": headquarters.card.to_bytes().decode(), "address": headquarters.address,
            "agency": str(headquarters.agency), "sites": [str(site) for site in headquarters.sites],
        },
        "authority": asdict(signs),
    }
    key = secrets.new_key()
    sealed = secrets.seal(key, json.dumps(body).encode(), context=b"kit")
    document = json.dumps({"wrapped": secrets.wrap(key, passphrase, cost=cost), "sealed": sealed.hex()}).encode()
    fresh = target.with_name(f"{target.name}.new")
    with fresh.open("wb") as file:
        file.write(MAGIC + len(document).to_bytes(4, "big") + document)
        if first is not None:
            with first.open("rb") as package:
                shutil.copyfileobj(package, file)
    fresh.replace(target)


def open_kit(source: Path, *, passphrase: str) -> tuple[dict[str, Any], int]:
    """What a kit says, and where its first package begins. Raises Invalid `kit-malformed`, `passphrase-wrong`."""
    try:
        with source.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise ValueError
            length = int.from_bytes(file.read(4), "big")
            if length > LARGEST:
                raise ValueError
            document = json.loads(file.read(length))
            offset = file.tell()
        key = secrets.unwrap(document["wrapped"], passphrase)
        body: dict[str, Any] = json.loads(
            secrets.open_sealed(key, bytes.fromhex(document["sealed"]), context=b"kit")
        )
    except (ValueError, KeyError, TypeError):
        raise Invalid("kit-malformed", "This is not a kit, or it was damaged. Ask headquarters for it again.") from None
    return body, offset


def enrol_device(
    body: dict[str, Any], *, passphrase: str, at: datetime, cost: WrapCost = DEFAULT_COST
) -> node.Identity:
    """Make the node of this kit here, before its database. Refuses where one lives, and a kit that ran out."""
    expires_at = datetime.fromisoformat(body["expires_at"])
    if expires_at <= at:
        raise Refusal(
            "kit-expired",
            "The clock of this machine says %(now)s; this kit ran out on %(ended)s. If the clock is right, ask "
            "headquarters for a new one.", now=at.strftime(CLOCK), ended=expires_at.strftime(CLOCK),
        )
    authority.check_clock(Window(datetime.fromisoformat(body["made_at"]) - BACKDATED, expires_at), at=at)
    card = read_key_card(body["card"].encode())
    key = node.create_key(passphrase=passphrase, expires_at=expires_at, cost=cost)
    node.unlock_with(key)
    identity = node.Identity(card.node_id, card.name, card.country, card.kind, card.training, at.isoformat())
    node.write_identity(identity)
    write_keys([WorkingKey(**each) for each in body["keys"]])
    folder = node.data_directory()
    node.write_whole(folder / CARD, node.seal_for_node(card.to_bytes()))
    node.write_whole(folder / HEADQUARTERS, node.seal_for_node(json.dumps(body["headquarters"]).encode()))
    if "authority" in body:  # kits of the release before have none
        authority.keep_authority(body["authority"])
    return identity


def headquarters() -> Headquarters | None:
    """Where this device belongs; None on a node that was not enrolled with a kit."""
    try:
        box = (node.data_directory() / HEADQUARTERS).read_bytes()
    except FileNotFoundError:
        return None
    body = json.loads(node.open_for_node(box))
    sites: Sequence[str] = body["sites"]
    return Headquarters(
        read_key_card(body["card"].encode()), body["address"], UUID(body["agency"]), tuple(UUID(each) for each in sites)
    )


def extend(expires_at: datetime) -> None:
    """Headquarters lets this device keep its key for longer."""
    document = json.loads(node.wrap_path().read_text(encoding="utf-8"))
    document["expires_at"] = expires_at.isoformat()
    node.write_whole(node.wrap_path(), json.dumps(document, indent=1).encode())
