"""What was given since stands in the way of an undo: people know nothing of aid, so it is asked here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.assistance.models import Entitlement, EntitlementStatus
from gada.engine.refusal import Refusal
from gada.people.models import Happening
from gada.people.services import undo_happening
from gada.people.services.undoing import households_begun


@transaction.atomic
def take_back(*, operator: Operator, happening_id: UUID, at: datetime) -> Happening:
    """Undo what happened. Raises Refusal `undo-aid-first` when a household begun by it has aid of its own."""
    happening = Happening.objects.filter(id=happening_id).first()
    begun = households_begun(happening) if happening else set()
    if Entitlement.objects.filter(household__in=begun).exclude(status=EntitlementStatus.CANCELLED).exists():
        raise Refusal(
            "undo-aid-first",
            _("The new household has aid of its own already. Join the two households instead: nothing is lost then."),
        )
    return undo_happening(operator=operator, happening_id=happening_id, at=at)
