"""This node's own log: opened at the first entry, a new epoch after a restore without witnesses."""

from __future__ import annotations

from django.db import connection
from django.db.models import Max

from gada import vault
from gada.engine.proof.ids import new_id
from gada.journal.models import Head, Log


def own_log() -> Log:
    """The log that this node writes now: its newest epoch."""
    # Asked at every entry: written out, since composing it took longer than asking.
    node_id = Log._meta.get_field("node_id").get_db_prep_value(vault.identity().node_id, connection)
    newest = f"SELECT * FROM {Log._meta.db_table} WHERE node_id = %s ORDER BY epoch DESC LIMIT 1"
    for log in Log.objects.raw(newest, [node_id]):
        return log
    raise AssertionError("this node has no log: it is opened by `gada node create`")


def sealed_entries() -> int:
    """How many entries of the log that this node writes now have their place under a signed head."""
    return Head.objects.filter(log=own_log()).aggregate(size=Max("size"))["size"] or 0


def open_log(*, at: object, epoch: int = 1, restored_from: dict[str, object] | None = None) -> Log:
    """Open the first log of this node, or a new epoch confirmed by a named human."""
    return Log.objects.create(
        id=new_id(), node_id=vault.identity().node_id, epoch=epoch, opened_at=at, restored_from=restored_from
    )
