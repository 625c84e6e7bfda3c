"""This node's key card: what it hands to partners, certified by the root key while that is at hand.

The root's private half is there only at creation and at a recovery, so the card is made then and kept.
"""

from __future__ import annotations

from datetime import datetime

from gada.engine.proof.key_cards import KeyCard, issue_key_card, read_key_card
from gada.engine.refusal import NotFound
from gada.vault import node
from gada.vault.working_keys import WorkingKey, working_key

CARD = "card.sealed"


def certify_card(root: WorkingKey, *, at: datetime) -> KeyCard:
    """Certify the newest working keys under the root key and keep the card. Its serial number grows."""
    identity = node.identity()
    card = issue_key_card(
        bytes.fromhex(root.private),
        node_id=identity.node_id,
        name=identity.name,
        kind=identity.kind,
        country=identity.country,
        training=identity.training,
        valid_from=at,
        serial=_last_serial() + 1,
        signing=bytes.fromhex(working_key("signing").public),
        sealing=working_key("sealing").public,
        http=bytes.fromhex(working_key("http").public),
    )
    node.write_whole(node.data_directory() / CARD, node.seal_for_node(card.to_bytes()))
    return card


def own_card() -> KeyCard:
    """The card as last certified. Raises NotFound `card-missing` on a node made without one."""
    try:
        box = (node.data_directory() / CARD).read_bytes()
    except FileNotFoundError:
        raise NotFound(
            "card-missing", "This node has no key card yet. Recover it with two recovery sheets to make one."
        ) from None
    return read_key_card(node.open_for_node(box))


def _last_serial() -> int:
    try:
        return own_card().serial
    except NotFound:
        return 0
