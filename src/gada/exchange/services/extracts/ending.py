"""The end of an extract: what lies here goes by the clock; what the partner holds is confirmed destroyed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.models import Extract
from gada.exchange.services.extracts.files import extract_path, returns_waiting
from gada.exchange.services.extracts.requesting import locked_extract

RETURN_WAITS = timedelta(days=2)


@transaction.atomic
def confirm_destroyed(
    *, operator: Operator, extract_id: UUID, said_by: str, on: date, how: str, at: datetime
) -> Extract:
    """Keep who at the partner said that the file and its copies are destroyed. Raises Invalid, Refusal `extract-…`."""
    extract = locked_extract(operator, extract_id)
    authorize(operator, "extract.close", at=at)
    if extract.made_at is None:
        raise Refusal("extract-unmade", _("No file was made of this request yet: there is nothing to destroy."))
    if extract.destroyed_at is not None:
        raise Refusal("extract-destroyed", _("The destruction is confirmed already. Look at the page of the extract."))
    if not said_by.strip():
        raise Invalid("name-missing", _("Write down who confirmed it."))
    if not timezone.localdate(extract.made_at) <= on <= timezone.localdate(at):
        raise Invalid("destroyed-on", _("That day is before the file was made, or still to come. Check it."))
    done: Extract = journal.record(
        "extract.destroyed", by=operator, about=("extract", extract.id), purpose="exchange", at=at,
        scope=journal.Scope(agency=extract.agency),
        facts={
            "at": timezone.make_aware(datetime.combine(on, time(12))).isoformat(),
            "said_by": normalise_text(said_by)[:120], "how": normalise_text(how)[:300],
        },
    )
    transaction.on_commit(lambda: extract_path(extract.id).unlink(missing_ok=True))
    return done


def drop_expired_files(*, at: datetime) -> int:
    """Delete files whose time is over, and returned files that nobody noted; gives how many files. Idempotent."""
    dropped = 0
    over = Extract.objects.filter(Q(expires_at__lte=at) | ~Q(destroyed_at=None)).exclude(made_at=None)
    for extract_id in over.values_list("id", flat=True):
        path = extract_path(extract_id)
        if path.exists():
            path.unlink(missing_ok=True)
            dropped += 1
    for path in returns_waiting():
        if at.timestamp() - path.stat().st_mtime > RETURN_WAITS.total_seconds():
            path.unlink(missing_ok=True)
            dropped += 1
    return dropped
