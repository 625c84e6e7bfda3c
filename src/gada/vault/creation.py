"""Creating a node: its key, its identity, its key pairs, and the sheets that can bring it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from gada.engine.proof import secrets
from gada.engine.proof.ids import new_id
from gada.engine.proof.secrets import DEFAULT_COST, WrapCost
from gada.engine.proof.shares import recover, split
from gada.engine.refusal import Invalid
from gada.vault import node
from gada.vault.cards import certify_card
from gada.vault.working_keys import USES, WorkingKey, new_pair, write_keys

RECOVERY = "recovery.sealed"


@dataclass(frozen=True, slots=True)
class Created:
    """A new node and its three recovery sheets; any two open it again. They are shown once, kept nowhere."""

    identity: node.Identity
    sheets: tuple[str, ...]


def create_node(
    *, name: str, country: str, kind: str, training: bool, passphrase: str, at: datetime,
    device_life: timedelta | None = None, cost: WrapCost = DEFAULT_COST,
) -> Created:
    """Make everything a node is on disk, before its database. Refuses where one already lives."""
    if kind not in node.KINDS:
        raise Invalid("node-kind", "A node is one of: %(kinds)s.", kinds=", ".join(node.KINDS))
    expires_at = at + device_life if device_life else None
    key = node.create_key(passphrase=passphrase, expires_at=expires_at, cost=cost)
    node.unlock_with(key)
    identity = node.Identity(new_id(), name, country, kind, training, at.isoformat())
    node.write_identity(identity)
    root = new_pair("root", at=at)
    write_keys([new_pair(use, at=at) for use in USES])
    certify_card(root, at=at)
    return Created(identity, _write_recovery(key, root))


def open_recovery(sheets: Sequence[str]) -> tuple[bytes, WorkingKey]:
    """The node key and the root key, which only two of the three sheets bring back."""
    secret = recover(sheets)
    box = (node.data_directory() / RECOVERY).read_bytes()
    body = json.loads(secrets.open_sealed(secrets.derive(secret, purpose="recovery"), box, context=b"recovery"))
    return bytes.fromhex(body["node_key"]), WorkingKey(**body["root"])


def recover_node(*, sheets: Sequence[str], passphrase: str, at: datetime, cost: WrapCost = DEFAULT_COST) -> WorkingKey:
    """Open a node with two recovery sheets and set a new passphrase; gives the root key for this session."""
    key, root = open_recovery(sheets)
    node.store_wrap(key, passphrase=passphrase, cost=cost)
    node.unlock_with(key)
    return root


def _write_recovery(key: bytes, root: WorkingKey) -> tuple[str, ...]:
    # The root's private half and the node key leave the running node here: only two sheets open this box.
    secret = secrets.new_key()
    body = json.dumps({"node_key": key.hex(), "root": asdict(root)}).encode()
    box = secrets.seal(secrets.derive(secret, purpose="recovery"), body, context=b"recovery")
    node.write_whole(node.data_directory() / RECOVERY, box)
    return tuple(split(secret))
