"""Nodes of our own agency: kits, what each may see, and carrying entries between them by network or on a stick."""

from gada.exchange.services.own_nodes.admitting import (
    admit_device,
    move_headquarters,
    own_node_called,
    renew_device,
    renew_node,
    withdraw_node,
)
from gada.exchange.services.own_nodes.deciding import decide_batch
from gada.exchange.services.own_nodes.following import look_after_arrival
from gada.exchange.services.own_nodes.packing import export_to, make_sync_package
from gada.exchange.services.own_nodes.syncing import sync_with
from gada.exchange.services.own_nodes.unpacking import import_sync_file, take_sync_package

__all__ = [
    "admit_device", "decide_batch", "export_to", "import_sync_file", "look_after_arrival", "make_sync_package",
    "move_headquarters", "own_node_called", "renew_device", "renew_node", "sync_with", "take_sync_package",
    "withdraw_node",
]
