"""A package from a node of ours: verified whole, applied in batches, harmless when cut, killed, repeated or late."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.formats.package import Manifest, PackageReader, receive_package
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.models import OwnNode
from gada.exchange.services.overlap.messages import own_secrets
from gada.exchange.services.own_nodes.admitting import renew_on_contact
from gada.exchange.services.own_nodes.entitling import headquarters_id, own_id, rules_for
from gada.exchange.services.own_nodes.packing import BETWEEN_OWN_NODES
from gada.exchange.services.packages.files import staging_cipher, staging_folder
from gada.journal import Scope
from gada.journal.arriving import RECEIVED, Arrived, arrive
from gada.journal.carrying import Record
from gada.journal.keeping import take_waiting
from gada.vault import enrolment, keystore
from gada.vault.blobs import blob_path


def import_sync_file(*, operator: Operator, source: Path, at: datetime) -> Arrived:
    """Take in what somebody carried here from another node of ours."""
    authorize(operator, "node.sync", at=at)
    return take_sync_package(source, at=at)


def take_sync_package(source: Path, *, at: datetime) -> Arrived:
    """Take in a package. Raises Invalid when it is not whole or not from a node of ours: then nothing changed.

    Raises Refusal `disk-full` when there is no room: what was taken in stays, and the same package goes on from there.
    """
    staging = staging_folder() / f"own-{own_id().hex}-{source.name}"[:120]
    try:
        with room_on_disk(), source.open("rb") as file, receive_package(
            file, secrets=own_secrets(), recipient=own_id(), public_key_for=_key_for, staging=staging,
            cipher=staging_cipher(), sealed_bytes=source.stat().st_size,
        ) as reader:
            return _take(reader, at=at)
    finally:
        staging.unlink(missing_ok=True)


@contextmanager
def room_on_disk() -> Iterator[None]:
    """A disk that is full, met by a file or by the database, is said in words."""
    try:
        yield
    except (OSError, OperationalError) as problem:
        if not _is_full(problem):
            raise
        raise Refusal(
            "disk-full", _("There is no room on this disk. Nothing is lost: make room and give the same again.")
        ) from None


def _is_full(problem: OSError | OperationalError) -> bool:
    """As the system, SQLite (SQLITE_FULL) or PostgreSQL (53100) says it."""
    if isinstance(problem, OSError):
        return problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return getattr(problem.__cause__, "sqlstate", "") == "53100" or "disk is full" in str(problem)


def _key_for(manifest: Manifest, _key_id: str) -> bytes:
    if manifest.address.agreement != BETWEEN_OWN_NODES:
        raise Invalid("package-partners", _("This package is a partner’s. Take it in under partners."))
    sender = manifest.address.sender
    found = enrolment.headquarters()
    if found is not None and sender == found.card.node_id:
        return found.card.signing
    node = OwnNode.objects.filter(id=sender).first()
    if node is None:
        raise Invalid("node-unknown", _("This comes from a node that headquarters does not know. Keep the file."))
    return node.keys.signing


def _take(reader: PackageReader, *, at: datetime) -> Arrived:
    sender = reader.manifest.address.sender
    _keep_files(reader, sender)
    arrived = arrive(lambda: _records(reader), rules=rules_for(sender, at=at), own=own_id(), at=at)
    waited = take_waiting(at=at)
    if sender == headquarters_id():
        _keep_ways_in(reader)
    _note_contact(reader.manifest, at=at)
    renew_on_contact(sender, at=at)
    if arrived.news or waited:
        _record_received(sender, arrived, at=at)
    return arrived


def _records(reader: PackageReader) -> Iterator[Record]:
    return (staged.value for staged in reader.records())


def _keep_files(reader: PackageReader, sender: UUID) -> None:
    """Files first: an entry that names one finds it. They are no use to anybody before."""
    if not reader.manifest.contents.blobs:
        return
    gone = keystore.erased()  # of files too: a class of somebody's data was erased, and this comes once more
    for record in _records(reader):
        if record["kind"] == "file" and UUID(record["id"]) not in gone and not blob_path(UUID(record["id"])).exists():
            subject = UUID(record["subject"])
            keys = vault.data_keys([subject], create=True)
            if subject in keys:  # else they were erased here
                box = vault.seal_for(subject, reader.blob(record["digest"]), keys=keys)
                vault.node.write_whole(blob_path(UUID(record["id"])), box)


def _keep_ways_in(reader: PackageReader) -> None:
    if enrolment.headquarters() is None:
        return
    for record in _records(reader):
        if record["kind"] == "way-in":
            Operator.objects.filter(id=record["operator"]).update(password=record["password"])


def _note_contact(manifest: Manifest, *, at: datetime) -> None:
    """Written without an entry: contact is no fact about anybody. What a node holds only grows."""
    with transaction.atomic():
        node = OwnNode.objects.select_for_update().filter(id=manifest.address.sender).first()
        if node is not None:
            said = {str(log): int(size) for log, size in dict(manifest.address.about["held"]).items()}
            grown = {log: max(size, int(node.holds.get(log, 0))) for log, size in {**node.holds, **said}.items()}
            OwnNode.objects.filter(id=node.id).update(holds=grown, last_contact=at)


def _record_received(sender: UUID, arrived: Arrived, *, at: datetime) -> None:
    node = OwnNode.objects.filter(id=sender).first()
    with transaction.atomic():
        journal.record(
            RECEIVED, by=("node", sender), about=("node", sender), purpose="synchronisation", at=at,
            scope=Scope(agency=node.agency if node else None),
            facts={
                "logs": {str(log): size for log, size in sorted(arrived.logs.items())}, "entries": arrived.kept,
                "held": arrived.held, "withheld": arrived.withheld,
            },
        )
