"""In whose name a command acts."""

from __future__ import annotations

from gada.agencies.models import Operator
from gada.engine.refusal import NotFound


def acting(username: str) -> Operator:
    """The operator of this name. Whoever holds the passphrase of the node answers for naming them truly."""
    operator = Operator.objects.filter(username=username, is_active=True).first()
    if operator is None:
        raise NotFound("operator-unknown", "There is no operator of this name: %(name)s", name=username)
    return operator
