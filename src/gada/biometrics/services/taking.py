"""Taking prints at the desk: every try recorded, the best of each finger kept."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.biometrics import rules
from gada.biometrics.models import Capture, CaptureOutcome, Source
from gada.biometrics.queries.permission import asked_about
from gada.biometrics.rules import CaptureDraft
from gada.biometrics.services.reading import ReadPrint, read_print
from gada.engine.fingerprint import EXTRACTOR
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound
from gada.people.models import Person
from gada.people.queries import known_erasures
from gada.people.services import scope_of
from gada.people.words import Kept


def take_captures(
    *, operator: Operator, person: Person | UUID, captures: Sequence[CaptureDraft], at: datetime
) -> list[Capture]:
    """Record one sitting: prints taken (several tries of a finger: the best is kept), missing, unable, declined.

    Raises Refusal `prints-refused`, `prints-not-for-programme`, `prints-too-young`, `person-not-active` before
    anything is read from a finger; Invalid for what cannot be read (nothing is kept then). A sitting without
    any print (all declined, say) is always recorded.
    """
    found = _person(person)
    authorize(operator, "capture.take", site=found.site_id)
    rules.check_drafts(captures)
    takes_prints = any(draft.outcome == CaptureOutcome.TAKEN for draft in captures)
    if takes_prints:
        rules.check_may_take(asked_about([found.id], at=at)[found.id])
    # Extraction takes a third of a second a finger: outside the transaction, or every writer would wait for it.
    prints = [_read(draft) for draft in captures]
    best = rules.best_tries([(d.position, p.quality.value if p else -1) for d, p in zip(captures, prints, strict=True)])
    kept = {index: p for index, p in enumerate(prints) if p and index in best}
    samples = {index: vault.put_blob(found.id, p.sample) for index, p in kept.items() if p.sample}
    try:
        return _record(operator, found, captures, prints, kept, samples, at=at, takes_prints=takes_prints)
    except BaseException:
        for sample in samples.values():
            vault.drop_blob(sample)
        raise


@transaction.atomic
def _record(
    operator: Operator, person: Person, drafts: Sequence[CaptureDraft], prints: Sequence[ReadPrint | None],
    kept: dict[int, ReadPrint], samples: dict[int, UUID], *, at: datetime, takes_prints: bool,
) -> list[Capture]:
    locked = Person.objects.select_for_update(of=("self",)).get(id=person.id)
    if takes_prints:  # again, under the lock: they may have refused meanwhile
        rules.check_may_take(asked_about([locked.id], at=at)[locked.id])
    ids = [new_id() for _ in drafts]
    facts = {
        "captures": [
            _capture_facts(id_, draft, read, samples.get(index))
            for index, (id_, draft, read) in enumerate(zip(ids, drafts, prints, strict=True))
        ],
        "templates": [template_facts(drafts[index].position, read, capture=ids[index]) for index, read in kept.items()],
        "source": str(Source.LIVE),
        "algorithm": next((read.algorithm for read in kept.values()), EXTRACTOR),
        **known_erasures(locked.id, [Kept.PRINTS]),
    }
    made: list[Capture] = journal.record(
        "capture.taken", by=operator, about=("person", locked.id), subject=locked.id, facts=facts,
        scope=scope_of(locked.site), purpose="registration", at=at,
    )
    return made


def template_facts(position: int, read: ReadPrint, *, capture: UUID | None) -> dict[str, Any]:
    """One finger as the entry keeps it: the record itself, so that entries alone rebuild templates."""
    return {
        "id": str(new_id()), "position": position, "record": base64.b64encode(read.record).decode(),
        "quality": read.quality.value, "minutiae": len(read.template), "capture": str(capture) if capture else None,
    }


def _capture_facts(id_: UUID, draft: CaptureDraft, read: ReadPrint | None, sample: UUID | None) -> dict[str, Any]:
    return {
        "id": str(id_), "position": draft.position, "outcome": str(draft.outcome),
        "quality": read.quality.value if read else None, "advice": read.quality.advice if read else "",
        "device": normalise_text(draft.device)[:80], "reason": normalise_text(draft.reason)[:200],
        "sample": str(sample) if sample else None,
    }


def _read(draft: CaptureDraft) -> ReadPrint | None:
    if draft.outcome != CaptureOutcome.TAKEN:
        return None
    if draft.read is not None:
        return draft.read
    return read_print(position=draft.position, image=draft.image, record=draft.record, dpi=draft.dpi)


def _person(person: Person | UUID) -> Person:
    found = Person.objects.select_related("site").filter(id=person if isinstance(person, UUID) else person.id).first()
    if found is None:
        raise NotFound("person-unknown", "Nobody is registered under this number.")
    return found
