"""This node's key card: what it hands to partners, certified by the root key while that is at hand.

The root's private half is there only at creation and at a recovery, so the card is made then and kept.
"""

from __future__ import annotations

from datetime import datetime

from gada.engine.proof.key_cards import KeyCard, issue_key_card, read_key_card
from gada.engine.refusal import NotFound
from gada.vault import node
from gada.vault.working_keys import WorkingKey, rotate_sealing_key, working_key

CARD = "card.sealed"


def rotate_keys(root: WorkingKey, *, at: datetime) -> KeyCard:
    """A new sealing key and the card that certifies it: partners seal to it as soon as they have the card.

    The signing and HTTP keys stay: partners know our packages and requests by them.
    """
    rotate_sealing_key(at=at)
    return certify_card(root, at=at)


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
        # By the clock as well, so that a node set back by a restore never gives a serial number again.
        serial=max(own_serial() + 1, int(at.timestamp()) // 60),
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


def own_serial() -> int:
    """The serial number of our card; 0 without one."""
    try:
        return own_card().serial
    except NotFound:
        return 0
