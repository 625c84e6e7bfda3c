"""How a command opens the node: the secret store, else a prompt."""

from __future__ import annotations

import os

import click
from django.utils import timezone

from gada import vault
from gada.vault import node


def open_node() -> vault.Identity:
    """Unlock this process; asks for the passphrase when no secret store is configured."""
    if not vault.is_unlocked() and not os.environ.get("GADA_PASSPHRASE_FILE"):
        node.unlock(click.prompt("Passphrase of this node", hide_input=True), at=timezone.now())
    vault.node_key()
    return vault.identity()
