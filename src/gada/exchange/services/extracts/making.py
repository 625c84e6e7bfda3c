"""The file: families that passed the gate, locked under a password that is shown once; each of them gets a line."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Agency, Operator
from gada.agencies.services import authorize
from gada.engine.formats.spreadsheet import write_workbook
from gada.engine.proof.ids import new_id
from gada.engine.proof.locked_workbook import lock_workbook, new_password
from gada.engine.refusal import Refusal
from gada.exchange.models import Extract, ExtractRow
from gada.exchange.rules.extract_sheets import Cover, dress_of, sheets_of
from gada.exchange.rules.extracts import FIELDS, MOST_FAMILIES, ExtractPurpose
from gada.exchange.rules.gate import may_leave
from gada.exchange.rules.returns import Reason
from gada.exchange.services.disclosing import disclose
from gada.exchange.services.extracts.files import extract_path
from gada.exchange.services.extracts.gathering import Family, gather, ground_for
from gada.exchange.services.extracts.requesting import locked_extract
from gada.journal import Item
from gada.vault.node import write_whole

ROWS_PER_ENTRY = 500


@dataclass(frozen=True, slots=True)
class MadeFile:
    """What the page shows once: the password stands nowhere else."""

    extract: Extract
    password: str


@transaction.atomic
def make_extract(*, operator: Operator, extract_id: UUID, at: datetime) -> MadeFile:
    """Make the file, or make it anew under another password: everybody passes the gate again.

    Raises Refusal `extract-…`, and what the gate says of the request.
    """
    extract = locked_extract(operator, extract_id)
    authorize(operator, "extract.make", at=at)
    if (closed := may_leave(ground_for(extract, at=at))) is not None:
        raise closed
    found = gather(extract, operator=operator, at=at)
    if not found.families:
        raise Refusal(
            "extract-empty",
            _("Nobody of this list may be given to this partner: there is nothing to make. Serve them yourselves."),
        )
    if len(found.families) > MOST_FAMILIES:
        raise Refusal("extract-many", _("An extract holds at most %(most)s families."), most=MOST_FAMILIES)
    password = new_password()
    content = lock_workbook(_workbook(extract, found.families, at), password)
    times, scope = extract.times_made + 1, journal.Scope(agency=extract.agency)
    rows = _rows(extract, found.families)
    batches: list[tuple[str, Sequence[Item]]] = [
        (
            "extract.made",
            [
                Item(
                    about=("extract", extract.id),
                    facts={
                        "times_made": times,
                        "families": len(found.families),
                        "left_out": _counted(found.left_out),
                        "digest": hashlib.sha256(content).hexdigest(),
                        "file_bytes": len(content),
                    },
                )
            ],
        ),
        (
            "extract.listed",
            [
                Item(
                    about=("extract", extract.id),
                    facts={"times_made": times, "rows": rows[start : start + ROWS_PER_ENTRY]},
                )
                for start in range(0, len(rows), ROWS_PER_ENTRY)
            ],
        ),
    ]
    made = journal.record_each(batches, by=operator, scope=scope, purpose="exchange", at=at)
    fields = sorted({told for name in extract.fields for told in FIELDS[name].discloses})
    disclose(
        extract, sorted({family.person for family in found.families}), fields=fields, reason="extract",
        source=("extract", extract.id), by=operator, at=at,
    )
    write_whole(extract_path(extract.id), content)
    return MadeFile(made[0][0], password)


def take_file(*, operator: Operator, extract_id: UUID, at: datetime) -> tuple[Extract, bytes]:
    """The locked file, to be handed over; each taking leaves an entry. Raises Refusal `extract-…` once it is over."""
    authorize(operator, "extract.take", at=at)
    with transaction.atomic():
        extract = locked_extract(operator, extract_id)
        if (closed := may_leave(ground_for(extract, at=at))) is not None:
            raise closed
        path = extract_path(extract.id)
        content = path.read_bytes() if path.exists() else b""
        if extract.state != "made" or hashlib.sha256(content).hexdigest() != extract.digest:
            raise Refusal("extract-unmade", _("The file is not on this node. Make it, then take it."))
        journal.record(
            "extract.taken", by=operator, about=("extract", extract.id), purpose="exchange", at=at,
            scope=journal.Scope(agency=extract.agency), facts={"digest": extract.digest},
        )
    return extract, content


def _rows(extract: Extract, families: Sequence[Family]) -> list[dict[str, Any]]:
    """Who was in an earlier making keeps their row; codes are the same as they were."""
    held = dict(ExtractRow.objects.filter(extract=extract).values_list("household_id", "id"))
    return [
        {
            "id": str(held.get(family.household) or new_id()), "household": str(family.household),
            "person": str(family.person), "code": family.code,
        }
        for family in families
    ]


def _counted(left_out: dict[str, int]) -> dict[str, int]:
    return {why: count for why, count in sorted(left_out.items()) if count}


def _workbook(extract: Extract, families: Sequence[Family], at: datetime) -> bytes:
    agency = Agency.objects.get(id=extract.agency)
    cover = Cover(
        number=extract.number, organisation=extract.organisation, asked_by=extract.asked_by, agency=agency.name,
        contact=agency.name, purpose_fr=_said("fr", extract), purpose_en=_said("en", extract),
        made_on=timezone.localdate(at), last_day=extract.last_day,
        families=len(families), reasons_fr=_reasons("fr"), reasons_en=_reasons("en"),
    )
    sink = io.BytesIO()
    write_workbook(
        sink, sheets_of(cover, extract.fields, ((family.code, family.values) for family in families)),
        dress=dress_of(cover, extract.fields),
    )
    return sink.getvalue()


def _said(language: str, extract: Extract) -> str:
    with translation.override(language):
        return f"{ExtractPurpose(extract.purpose).label}. {extract.why}"


def _reasons(language: str) -> str:
    with translation.override(language):
        return ", ".join(str(each.label) for each in Reason)
