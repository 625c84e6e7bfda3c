"""A package between two nodes of ours: the entries that the other lacks and may see, then their files.

The file is that of `engine.formats.package`: sealed to the node, compressed, signed; the same bytes by network and by
hand. It also says how far its sender holds every log, so that the next one the other way begins where it should.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.formats.package import Address, FinishedPackage, PackageWriter
from gada.engine.proof.canonical import parse_canonical
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound
from gada.exchange.models import OwnNode
from gada.exchange.services.own_nodes.entitling import headquarters_id, may_see, own_id
from gada.exchange.services.own_nodes.newcomers import earlier_entries
from gada.exchange.services.packages.files import staging_cipher, staging_folder
from gada.journal.carrying import Record, Stretch, carry, held_sizes, stretches
from gada.vault.working_keys import working_key

BETWEEN_OWN_NODES = digest_hex(b"gada/own-nodes/1")
AT_ONCE = 20_000  # entries of one log in one package, about: a cut costs no more than that


def export_to(*, operator: Operator, node: OwnNode, target: Path, at: datetime) -> FinishedPackage:
    """Everything that another node of ours lacks, as far as we know, in a file to be carried there."""
    authorize(operator, "node.sync", at=at)
    return make_sync_package(node, target, at=at, most=None)


def make_sync_package(
    node: OwnNode, target: Path, *, at: datetime, held: dict[UUID, int] | None = None, most: int | None = AT_ONCE,
    photos: bool = True,
) -> FinishedPackage:
    """Write what this node lacks to a file: from where it stands (`held`; else as it last said itself)."""
    journal.seal(at=at)
    stands = node.held if held is None else held
    parts = lacking(node, stands, most=most or 1 << 60)
    known: set[str] = set()  # whose data keys are in this package already
    with PackageWriter(staging_folder(), staging_cipher()) as writer:
        for record in chain(earlier_entries(node, parts, stands), carry(parts, may_see=may_see(node))):
            record.pop("lamport", None)
            if record.get("subject") in known:
                record.pop("key", None)
            elif "key" in record:
                known.add(record["subject"])
            writer.add_record(record)
            if photos and "facts" in record:
                _add_files(writer, record)
        if own_id() == headquarters_id():
            for record in _ways_in(node):
                writer.add_record(record)
        key = working_key("signing")
        address = Address(
            package_id=new_id(), agreement=BETWEEN_OWN_NODES, agreement_version=1, sender=own_id(), recipient=node.id,
            sequence=1, previous=None, made_at=at, journal_head={},
            about={"held": {str(log): size for log, size in held_sizes().items()}},
        )
        with target.open("wb") as file:
            return writer.finish(
                file, address=address, recipient_key=node.keys.sealing, signing_key=bytes.fromhex(key.private),
                key_id=key.key_id,
            )


def lacking(node: OwnNode, held: dict[UUID, int], *, most: int | None = None) -> list[Stretch]:
    """What a node that holds so much of each log lacks; never its own."""
    return [part for part in stretches(held, most=most or AT_ONCE) if part.log.node_id != node.id]


def _add_files(writer: PackageWriter, record: Record) -> None:
    """Photos and pictures of fingers that this entry names; one that is not here cannot go."""
    subject = record.get("subject")
    if subject is None or not ('"photo"' in record["facts"] or '"sample"' in record["facts"]):
        return
    for blob in files_named(parse_canonical(record["facts"].encode())):
        try:
            body = vault.get_blob(UUID(subject), blob)
        except (NotFound, vault.Shredded):
            continue
        writer.add_record({
            "kind": "file", "id": str(blob), "subject": subject, "digest": writer.add_blob(body),
        })


def files_named(facts: dict[str, Any]) -> Iterator[UUID]:
    """The files that facts name."""
    named = [facts.get("photo"), facts.get("changes", {}).get("photo")]
    named += [each.get("sample") for each in facts.get("captures", ())]
    yield from (UUID(each) for each in named if each)


def _ways_in(node: OwnNode) -> Iterator[Record]:
    """How the operators of a device's sites sign in there. Passwords are in no entry; they go only to the device."""
    if node.headquarters:
        return
    from django.db.models import Q

    here = Q(assignments__site__in=node.site_ids) | Q(assignments__site=None, agency=node.agency)
    for operator in Operator.objects.filter(here, is_active=True, assignments__isnull=False).distinct():
        yield {"kind": "way-in", "operator": str(operator.id), "password": operator.password}
