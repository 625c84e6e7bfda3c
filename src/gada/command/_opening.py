"""How a command makes and opens a node, and where it takes secrets from: a file, else a prompt."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click
from django.utils import timezone

from gada import journal, vault
from gada.engine.proof.secrets import DEFAULT_COST, WrapCost
from gada.journal.logs import open_log
from gada.vault import node

QUICK_COST = WrapCost(memory_kib=8 * 1024, passes=1, lanes=1)  # training nodes only: they hold nobody real


def cost_of(*, training: bool) -> WrapCost:
    """What guessing a passphrase costs."""
    return QUICK_COST if training else DEFAULT_COST


def secret_from(path: Path | None, label: str, *, twice: bool = False) -> str:
    """What stands in a file; without one it is asked for, a new secret `twice`."""
    if path:
        return path.read_text(encoding="utf-8").strip()
    return str(click.prompt(label, hide_input=True, confirmation_prompt=twice))


def begin_journal(*, at: datetime) -> None:
    """Open the log of a node that was just made here; inside its first transaction."""
    open_log(at=at)
    made = vault.identity()
    journal.record(
        "node.created", by=("node", made.node_id), about=("node", made.node_id), at=at,
        facts={"name": made.name, "country": made.country, "kind": made.kind, "training": made.training},
    )


def open_node() -> vault.Identity:
    """Unlock this process; asks for the passphrase when no secret store is configured."""
    if not vault.is_unlocked() and not os.environ.get("GADA_PASSPHRASE_FILE"):
        node.unlock(click.prompt("Passphrase of this node", hide_input=True), at=timezone.now())
    vault.node_key()
    return vault.identity()
