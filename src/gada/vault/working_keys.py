"""The node's key pairs: a root that certifies, and three that work — signing, sealing, HTTP.

Private halves lie sealed under the node key in `keys.sealed`. The root's private half is not among them: it
leaves the node at creation inside the recovery sheets (two of three custodians, exchange.md §0).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from gada.engine.proof.signing import key_id_of, new_signing_key
from gada.engine.refusal import NotFound
from gada.vault import node

SEALING_KEY_LIFE = timedelta(days=30)  # exchange.md §0: rotated every 30 days,
SEALING_KEY_KEPT = timedelta(days=60)  # private halves deleted 60 days after that
USES = ("signing", "sealing", "http")


@dataclass(frozen=True, slots=True)
class WorkingKey:
    """One key pair. Signing and HTTP keys are Ed25519 (hex); sealing keys are age X25519 strings."""

    use: str
    key_id: str
    public: str
    private: str
    valid_from: str
    valid_until: str | None = None


def new_pair(use: str, *, at: datetime) -> WorkingKey:
    """A fresh pair for one use."""
    if use == "sealing":
        from gada.engine.proof.sealing import new_sealing_key

        private, public = new_sealing_key()
        return WorkingKey(use, public[-12:], public, private, at.isoformat(), (at + SEALING_KEY_LIFE).isoformat())
    private_bytes, public_bytes = new_signing_key()
    return WorkingKey(use, key_id_of(public_bytes), public_bytes.hex(), private_bytes.hex(), at.isoformat())


def write_keys(keys: list[WorkingKey]) -> None:
    """Replace the stored pairs, sealed under the node key."""
    body = json.dumps([asdict(key) for key in keys]).encode()
    node.write_whole(node.data_directory() / "keys.sealed", node.seal_for_node(body))


def all_working_keys() -> list[WorkingKey]:
    """Every pair still kept, oldest first."""
    box = (node.data_directory() / "keys.sealed").read_bytes()
    return [WorkingKey(**key) for key in json.loads(node.open_for_node(box))]


def working_key(use: str) -> WorkingKey:
    """The newest pair for one use."""
    for key in reversed(all_working_keys()):
        if key.use == use:
            return key
    raise NotFound("key-missing", "This node has no key for that use.")


def rotate_sealing_key(*, at: datetime) -> WorkingKey:
    """A new sealing pair. The one before still opens what partners sealed to it, for sixty days from now.

    The root must certify it in the same breath (`vault.cards.rotate_keys`), or partners never seal to it.
    """
    fresh = new_pair("sealing", at=at)
    write_keys([*all_working_keys(), fresh])
    forget_old_keys(at=at)
    return fresh


def forget_old_keys(*, at: datetime) -> int:
    """Destroy the sealing pairs that were replaced sixty days ago or more; gives how many. The newest always stays.

    What counts is when a pair was replaced, not how old it is: until then partners sealed to it, however late we were.
    """
    keys = all_working_keys()
    sealing = [key for key in keys if key.use == "sealing"]
    gone = {
        key.key_id for key, next_ in pairwise(sealing)
        if datetime.fromisoformat(next_.valid_from) + SEALING_KEY_KEPT <= at
    }
    if gone:
        write_keys([key for key in keys if key.use != "sealing" or key.key_id not in gone])
    return len(gone)


def sealing_key_age(*, at: datetime) -> timedelta:
    """How long partners have been sealing to the same key."""
    return at - datetime.fromisoformat(working_key("sealing").valid_from)
