"""Counting failures in a row for a name, whether or not anybody bears it: the wait tells nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.agencies.models import SignInFailures
from gada.agencies.rules import FORGOTTEN_AFTER, wait_after
from gada.engine.proof import secrets
from gada.engine.refusal import Refusal


class TooManyFailures(Refusal):
    """Sign-in by this name waits."""

    status = 429

    def __init__(self, wait: timedelta) -> None:
        minutes = max(1, -(-int(wait.total_seconds()) // 60))
        super().__init__(
            "sign-in-waits",
            _("Too many attempts. Wait %(minutes)s min, then try again, or ask your administrator."),
            minutes=minutes,
        )


@transaction.atomic
def count_attempt(username: str, *, at: datetime) -> None:
    """Count one attempt as failed before it is judged, so that parallel guesses cannot slip through.

    Raises TooManyFailures while the name waits. Attempts during the wait are not counted: somebody else's
    guessing must not lock a colleague out for ever.
    """
    key = name_digest(username)
    SignInFailures.objects.filter(last_failure__lt=at - FORGOTTEN_AFTER).delete()
    SignInFailures.objects.get_or_create(key=key, defaults={"last_failure": at})
    row = SignInFailures.objects.select_for_update().get(key=key)
    if row.locked_until is not None and row.locked_until > at:
        raise TooManyFailures(row.locked_until - at)
    wait = wait_after(row.failures + 1)
    SignInFailures.objects.filter(key=key).update(
        failures=F("failures") + 1, last_failure=at, locked_until=at + wait if wait else None
    )


def forget_failures(username: str) -> None:
    """The next failure by this name counts as the first again."""
    SignInFailures.objects.filter(key=name_digest(username)).delete()


def name_digest(username: str) -> str:
    """A digest only this node can make: neither table nor journal says whose name was tried."""
    key = secrets.derive(vault.node_key(), purpose="sign-in-names")
    return secrets.hmac_sha256(key, username.encode()).hex()
