"""A partner who delivers to us: an agreement that sends prints our way, a linked person, a package of theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from gada.engine.proof.digests import digest_hex
from gada.exchange import services
from gada.exchange.models import Agreement, Link
from gada.people.models import Person
from tests.biometrics.builders import a_record
from tests.exchange.cast import Cast
from tests.exchange.foreign import Partner, a_link, an_agreement
from tests.exchange.world import clauses

PRINTS = {"modality": "fingerprint", "form": "template", "to": "ours", "use": "verify", "retain_days": 5}


def dates(at: datetime, *, days: int = 200) -> dict[str, str]:
    return {
        "valid_from": (at - timedelta(days=2)).date().isoformat(),
        "valid_until": (at + timedelta(days=days)).date().isoformat(),
    }


def agreed(cast: Cast, partner: Partner, **other: Any) -> Agreement:
    """In force since five minutes; fingerprints come to us, to recognise people, for five days."""
    at = timezone.now() - timedelta(minutes=5)
    return an_agreement(cast.officer, cast.guardian, partner, at=at, **{"biometrics": PRINTS, **dates(at), **other})


def next_version(cast: Cast, partner: Partner, before: Agreement, **other: Any) -> Agreement:
    """A newer version of it, in force."""
    at = timezone.now() - timedelta(minutes=1)
    digest = services.draft_agreement(
        operator=cast.officer,
        peer_id=partner.id,
        clauses=clauses(**{"biometrics": PRINTS, **dates(at), **other}),
        at=at,
        supersedes=before.digest,
    ).digest
    services.sign_agreement(operator=cast.officer, digest=digest, at=at)
    signed = services.countersign_agreement(operator=cast.guardian, digest=digest, at=at)
    return services.receive_bundle(partner.bundle(signed), at=at)


def linked(agreement: Agreement, person: Person) -> Link:
    with transaction.atomic():
        return a_link(agreement, person.id)


def delivered(
    cast: Cast,
    partner: Partner,
    link: Link,
    folder: Path,
    *,
    finger: int | None = None,
    at: datetime | None = None,
    **values: Any,
) -> None:
    """Their package about this person: a record of one finger, values, or both."""
    records: list[dict[str, Any]] = []
    blobs = [a_record({2: finger})] if finger is not None else []
    if values:
        records.append(
            {
                "kind": "statement",
                "pair": link.pair,
                "happened_at": "2026-03-13T09:00:00.000000Z",
                "values": values,
            }
        )
    records += [{"kind": "prints", "pair": link.pair, "blob": digest_hex(blob)} for blob in blobs]
    agreement = Agreement.objects.filter(agreement_id=link.agreement_id).exclude(active_since=None).latest("version")
    path = folder / "came.gada"
    path.write_bytes(partner.package(agreement, records, blobs=blobs, folder=folder))
    got = services.receive_file(path, at=at or timezone.now(), operator=cast.officer)
    assert got.state == "done", got
