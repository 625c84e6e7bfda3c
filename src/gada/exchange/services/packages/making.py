"""Making a package: for every linked person what changed since the last one, each value past the gate."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.biometrics.queries import usable_fingers_of
from gada.engine.formats.package import Address, FinishedPackage, PackageWriter
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Refusal
from gada.exchange.models import Agreement, Link, Package, SentValue
from gada.exchange.rules.fields import FIELDS, PRINTS
from gada.exchange.rules.gate import may
from gada.exchange.services.disclosing import disclose
from gada.exchange.services.linking import GONE, withdraw_in_package
from gada.exchange.services.overlap.side import record_of
from gada.exchange.services.packages.files import sent_path, staging_cipher, staging_folder
from gada.exchange.services.standing import current_agreement, must_send, own_id, person_facts, standing_of
from gada.exchange.services.suspending import notices_for
from gada.exchange.services.values import compositions_of, values_of
from gada.exchange.services.words import when
from gada.journal.logs import own_log
from gada.journal.models import Head
from gada.vault.working_keys import working_key

BATCH = 500


@dataclass(slots=True)
class Content:
    """What went into a package, gathered while it is written."""

    people: set[UUID] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    sent: list[SentValue] = field(default_factory=list)
    recalled: list[Link] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


def make_package(*, operator: Operator, agreement_id: UUID, at: datetime) -> Package:
    """Write the next package under this agreement. Raises Refusal `package-empty` when nothing changed."""
    authorize(operator, "package.send")
    agreement = current_agreement(agreement_id)
    must_send(agreement, at=at)
    package_id, before = new_id(), _last_sent(agreement_id)
    if before is not None and before.state == "made":
        raise Refusal(
            "package-undelivered", _("The package before this one has not been delivered. Deliver it first.")
        )
    content = Content()
    with PackageWriter(staging_folder(), staging_cipher()) as writer:
        for notice in notices_for(agreement.peer):
            writer.add_record({"kind": "notice", "document": notice})
        for links in _links(agreement_id):
            _add_people(writer, content, agreement, links, package_id, at=at)
        for link in _withdrawn(agreement_id, before):
            writer.add_record({"kind": "unlink", "pair": link.pair, "reason": link.reason})
            content.kinds["unlink"] += 1
        if not content.kinds:
            raise Refusal(
                "package-empty", _("Nothing has changed since the last package. There is nothing to send.")
            )
        _check_daily(agreement, len(content.people), at)
        address = _address(agreement, package_id, before, at)
        finished = _write_file(writer, address, agreement, package_id)
    return _record(operator, agreement, finished, content, at=at)


def _add_people(
    writer: PackageWriter,
    content: Content,
    agreement: Agreement,
    links: list[Link],
    package_id: UUID,
    *,
    at: datetime,
) -> None:
    terms, standing = agreement.terms, standing_of(agreement)
    people = [link.person_id for link in links]
    facts = person_facts(people)
    question: dict[str, Any] = {
        "mode": "delivery",
        "sender": own_id(),
        "recipient": agreement.peer_id,
        "at": at,
    }
    allowed = {}
    for link in links:
        refusal = may(terms, standing, person=facts[link.person_id], **question)
        if refusal is None:
            allowed[link.person_id] = link
        elif refusal.code in GONE:
            writer.add_record({"kind": "recall", "pair": link.pair, "reason": refusal.code})
            content.recalled.append(link)
            content.kinds["recall"] += 1
    told = {(sent.link_id, sent.field): sent.digest for sent in SentValue.objects.filter(link__in=links)}
    fields = [name for name in terms.fields if terms.sends(name, own_id())]
    values = values_of(list(allowed), [name for name in fields if name != "household"])
    households = compositions_of(list(allowed), terms.agreement_id) if "household" in fields else {}
    prints = _prints(agreement, standing, allowed, facts, at=at)
    for person_id, link in allowed.items():
        said = dict(values.get(person_id, {}))
        if person_id in households and FIELDS["household"].fits(households[person_id]):
            said["household"] = households[person_id]
        fresh = {}
        for name, value in said.items():
            digest = digest_hex(canonical_bytes(value))
            if (
                told.get((link.id, name)) != digest
                and may(terms, standing, person=facts[person_id], field=name, **question) is None
            ):
                fresh[name] = value
                content.sent.append(
                    SentValue(link_id=link.id, field=name, digest=digest, package_id=package_id)
                )
        if fresh:
            writer.add_record(
                {"kind": "statement", "pair": link.pair, "happened_at": when(at), "values": fresh}
            )
            content.kinds["statement"] += 1
            content.people.add(person_id)
            content.fields |= set(fresh)
        if person_id in prints and told.get((link.id, PRINTS)) != digest_hex(prints[person_id]):
            writer.add_record({"kind": PRINTS, "pair": link.pair, "blob": writer.add_blob(prints[person_id])})
            content.sent.append(
                SentValue(
                    link_id=link.id, field=PRINTS, digest=digest_hex(prints[person_id]), package_id=package_id
                )
            )
            content.kinds[PRINTS] += 1
            content.people.add(person_id)
            content.fields.add(PRINTS)


def _prints(
    agreement: Agreement, standing: Any, allowed: dict[UUID, Link], facts: dict[UUID, Any], *, at: datetime
) -> dict[UUID, bytes]:
    people = [
        person_id
        for person_id in allowed
        if may(
            agreement.terms,
            standing,
            mode="delivery",
            sender=own_id(),
            recipient=agreement.peer_id,
            person=facts[person_id],
            field=PRINTS,
            at=at,
        )
        is None
    ]
    return (
        {person: record_of(fingers) for person, fingers in usable_fingers_of(people).items() if fingers}
        if people
        else {}
    )


def _links(agreement_id: UUID) -> Iterator[list[Link]]:
    rows = Link.objects.filter(agreement_id=agreement_id, withdrawn_at=None).order_by("pair")
    part: list[Link] = []
    for link in rows.iterator(BATCH):
        part.append(link)
        if len(part) == BATCH:
            yield part
            part = []
    if part:
        yield part


def _withdrawn(agreement_id: UUID, before: Package | None) -> list[Link]:
    """Links we undid since the last package."""
    rows = Link.objects.filter(agreement_id=agreement_id, withdrawn_by="ours").exclude(reason__in=GONE)
    return list(rows.filter(withdrawn_at__gt=before.made_at) if before else rows)


def _last_sent(agreement_id: UUID) -> Package | None:
    rows = Package.objects.filter(agreement_key=agreement_id, outgoing=True).exclude(state="refused")
    return rows.order_by("-sequence").first()


def _check_daily(agreement: Agreement, people: int, at: datetime) -> None:
    today = Package.objects.filter(
        agreement_key=agreement.agreement_id, outgoing=True, made_at__gt=at - timedelta(days=1)
    )
    sent = sum(package.counts.get("people", 0) for package in today.exclude(state="refused"))
    most = agreement.terms.limits.people_per_day
    if sent + people > most:
        raise Refusal(
            "people-per-day",
            _("The agreement allows %(most)s people a day; this package would make it %(found)s."),
            most=most,
            found=sent + people,
        )


def _address(agreement: Agreement, package_id: UUID, before: Package | None, at: datetime) -> Address:
    head = Head.objects.filter(log=own_log()).order_by("-size").first()
    return Address(
        package_id=package_id,
        agreement=agreement.digest,
        agreement_version=agreement.version,
        sender=own_id(),
        recipient=agreement.peer_id,
        sequence=before.sequence + 1 if before else 1,
        previous=before.digest if before else None,
        made_at=at,
        journal_head={"size": head.size, "root": bytes(head.root).hex()} if head else {},
        about={},
    )


def _write_file(
    writer: PackageWriter, address: Address, agreement: Agreement, package_id: UUID
) -> FinishedPackage:
    path, key = sent_path(package_id), working_key("signing")
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as sink:
        finished = writer.finish(
            sink,
            address=address,
            recipient_key=agreement.peer.keys.sealing,
            signing_key=bytes.fromhex(key.private),
            key_id=key.key_id,
        )
        sink.flush()
        os.fsync(sink.fileno())
    fresh.replace(path)
    return finished


@transaction.atomic
def _record(
    operator: Operator, agreement: Agreement, finished: FinishedPackage, content: Content, *, at: datetime
) -> Package:
    address = finished.manifest.address
    SentValue.objects.bulk_create(
        content.sent,
        batch_size=200,
        update_conflicts=True,
        unique_fields=["link", "field"],
        update_fields=["digest", "package_id"],
    )
    withdraw_in_package(content.recalled, by=operator, at=at)
    package: Package = journal.record(
        "package.made",
        by=operator,
        about=("package", address.package_id),
        purpose="exchange",
        at=at,
        facts={
            "agreement": agreement.digest,
            "agreement_key": str(agreement.agreement_id),
            "peer": str(agreement.peer_id),
            "sequence": address.sequence,
            "previous": address.previous or "",
            "digest": finished.manifest.digest,
            "sealed_bytes": finished.sealed_bytes,
            "sealed_digest": finished.sealed_digest,
            "counts": {**finished.manifest.contents.kinds, "people": len(content.people)},
            "made_at": address.made_at.isoformat(),
        },
    )
    disclose(
        agreement,
        sorted(content.people),
        fields=sorted(content.fields),
        reason="delivery",
        source=("package", package.id),
        by=operator,
        at=at,
    )
    return package
