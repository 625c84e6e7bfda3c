"""Six-digit codes that change every 30 seconds (RFC 6238), each good for one sign-in."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime

import pyotp
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services.operators import locked_operator
from gada.engine.refusal import Invalid, NotPermitted, Refusal
from gada.journal import Scope

STEP_SECONDS = 30
WINDOW = (0, -1, 1)  # one step either way: field clocks drift (RFC 6238 §5.2)


def new_code_secret() -> str:
    """A fresh secret for a phone's code application: 160 bits in base 32 (RFC 4226 §4, R6)."""
    return pyotp.random_base32(32)


def code_address(*, secret: str, operator: Operator) -> str:
    """The otpauth: address that the square on the screen holds."""
    issuer = f"Gada {vault.identity().name}"
    return pyotp.TOTP(secret).provisioning_uri(name=operator.username, issuer_name=issuer)


@transaction.atomic
def set_up_codes(*, operator: Operator, secret: str, code: str, at: datetime) -> Operator:
    """Keep the secret once its first code proves that the phone has it; this signs the operator in."""
    row = locked_operator(operator)
    if not row.is_active:
        raise NotPermitted("access-closed", _("Your access was closed. Ask your administrator."))
    if row.has_totp:
        raise Refusal("codes-known", _("Codes are already set up. If your phone is gone, ask your administrator."))
    step = step_of(secret, code, at=at, after=0)
    if step is None:
        raise Invalid("code-wrong", _("This code is not right. Wait for the next one and type its six digits."))
    box = vault.seal_for_node(secret.encode())
    Operator.objects.filter(pk=row.pk).update(totp_box=box, last_totp_step=step)
    for action in ("operator.codes_set_up", "operator.signed_in"):
        journal.record(
            action, by=row, about=row.reference, subject=row.pk, facts={"operator_id": str(row.pk)},
            scope=Scope(agency=row.agency_id), purpose="administration", at=at,
        )
    return row


def step_of(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """The time step whose code this is; None when it is wrong or its step (or a later one) was used."""
    typed = "".join(code.split())
    found = None
    for step in _steps(at):
        if hmac.compare_digest(_code(secret, step).encode(), typed.encode()) and step > after:
            found = step
    return found


def secret_of(operator: Operator) -> str:
    """The secret of an operator who has set up codes."""
    assert operator.totp_box is not None
    return vault.open_for_node(bytes(operator.totp_box)).decode()


def training_code(*, secret: str, after: int, at: datetime) -> str | None:
    """A code that would be accepted now, for the page of a training node; never on a real one."""
    if not vault.identity().training:
        return None
    unused = (step for step in _steps(at) if step > after)
    step = min(unused, default=None)
    return _code(secret, step) if step is not None else None


def _steps(at: datetime) -> Iterator[int]:
    now = int(at.timestamp()) // STEP_SECONDS
    return (now + shift for shift in WINDOW)


def _code(secret: str, step: int) -> str:
    return pyotp.TOTP(secret).at(step * STEP_SECONDS)
