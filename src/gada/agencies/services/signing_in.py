"""Signing in: name, password and code; failures make everybody wait, and tell nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services.codes import secret_of, step_of, training_code
from gada.agencies.services.failures import count_attempt, forget_failures, name_digest
from gada.engine.refusal import NotPermitted
from gada.journal import NOWHERE, Scope

PURPOSE = "administration"


class NotSignedIn(NotPermitted):
    """Name, password or code is wrong; which of them is not said.

    `shown_code` is set on training nodes only, after the right password: what to type.
    """

    def __init__(self, shown_code: str | None = None) -> None:
        super().__init__(
            "sign-in-refused", _("The name, the password or the code is not right. Each code works once.")
        )
        self.shown_code = shown_code


def sign_in(*, username: str, password: str, code: str, at: datetime) -> Operator:
    """The operator whose name, password and code these are.

    An operator without codes comes back too (`has_totp` is False): only `set_up_codes` signs them in. Raises
    NotSignedIn and TooManyFailures. Not one transaction: a failure must be counted although it refuses, and
    the slow check of a password must not hold up writers.
    """
    name = username.strip().lower()
    count_attempt(name, at=at)
    operator = Operator.objects.filter(username=name).first()
    if operator is None or not operator.is_active:
        make_password(password)  # takes as long as checking one
        raise _refused(operator, name, "unknown-or-closed", at=at)
    if not operator.check_password(password):
        raise _refused(operator, name, "password", at=at)
    if not operator.has_totp:
        forget_failures(operator.username)
        return operator
    secret = secret_of(operator)
    step = step_of(secret, code, at=at, after=operator.last_totp_step)
    if step is None or not _enter(operator, step, at=at):
        refusal = _refused(operator, name, "code", at=at)
        refusal.shown_code = training_code(secret=secret, after=operator.last_totp_step, at=at)
        if refusal.shown_code:
            forget_failures(operator.username)  # on a training node, typing no code is how one asks for it
        raise refusal
    return operator


@transaction.atomic
def sign_out(*, operator: Operator, reason: str, at: datetime) -> None:
    """Say in the journal that somebody left (`reason`: asked, idle)."""
    journal.record(
        "operator.signed_out", by=operator, about=operator.reference, subject=operator.pk, purpose=PURPOSE, at=at,
        facts={"operator_id": str(operator.pk), "reason": reason}, scope=Scope(agency=operator.agency_id),
    )


@transaction.atomic
def _enter(operator: Operator, step: int, *, at: datetime) -> bool:
    """Use up the code's time step and sign in; False when somebody used it a moment before."""
    unused = Operator.objects.filter(pk=operator.pk, is_active=True, last_totp_step__lt=step)
    if not unused.update(last_totp_step=step):
        return False
    forget_failures(operator.username)
    journal.record(
        "operator.signed_in", by=operator, about=operator.reference, subject=operator.pk, purpose=PURPOSE, at=at,
        facts={"operator_id": str(operator.pk)}, scope=Scope(agency=operator.agency_id),
    )
    return True


@transaction.atomic
def _refused(operator: Operator | None, name: str, reason: str, *, at: datetime) -> NotSignedIn:
    node = ("node", vault.identity().node_id)
    facts: dict[str, Any] = {"reason": reason, "name_digest": name_digest(name)[:16]}
    journal.record(
        "operator.sign_in_refused", by=node, about=operator.reference if operator else node, facts=facts,
        scope=Scope(agency=operator.agency_id) if operator else NOWHERE, purpose=PURPOSE, at=at,
    )
    return NotSignedIn()
