"""Opening a locked node with its passphrase. Until then there is no database to count failures in."""

from __future__ import annotations

import threading
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.rules import wait_after
from gada.engine.refusal import Invalid, Refusal

_guard = threading.Lock()
_failures = 0
_closed_until: datetime | None = None


def unlock_node(*, passphrase: str, at: datetime) -> None:
    """Open the node for this process. One guess at a time, and waiting grows with each failure.

    Raises Invalid `passphrase-wrong`, and Refusal when it must wait, is missing, damaged or expired.
    """
    global _failures, _closed_until
    with _guard:
        if _closed_until is not None and _closed_until > at:
            raise Refusal("unlock-waits", _("Too many attempts. Wait a little, then try again."))
        try:
            vault.unlock(passphrase, at=at)
        except Invalid as refusal:
            if refusal.code != "passphrase-wrong":
                raise
            _failures += 1
            _closed_until = at + wait_after(_failures)
            raise Invalid(
                "passphrase-wrong",
                _("This is not the passphrase of this node. If it is lost, two recovery sheets open the node."),
            ) from None
        _failures, _closed_until = 0, None
    with transaction.atomic():
        node = ("node", vault.identity().node_id)
        journal.record("node.unlocked", by=node, about=node, facts={}, purpose="administration", at=at)
