"""Applying a verified package: chunk by chunk, each with its offset; then settled; then visible; then receipted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.engine.formats.fmr import read_fmr
from gada.engine.formats.package import PackageReader, StagedRecord
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Refusal
from gada.exchange.models import Agreement, Link, Package, PartnerPrints, Statement
from gada.exchange.rules.fields import FIELDS, PRINTS
from gada.exchange.rules.gate import Standing, may_receive
from gada.exchange.services.disclosing import note_received
from gada.exchange.services.linking import withdraw
from gada.exchange.services.packages.files import staging_cipher, staging_path
from gada.exchange.services.packages.receipts import write_receipt
from gada.exchange.services.settling import settle_statements
from gada.exchange.services.standing import own_id, standing_of
from gada.exchange.services.suspending import receive_notice
from gada.journal import Item

SETTLED_AT_ONCE = 2000  # statements
CHUNK = 200  # records a transaction: short enough that desks never wait long
RECORD_SLOTS = 1_000_000  # records a package at most, in the ordinal of a statement
FORMS = {
    "statement": {"kind", "pair", "happened_at", "values"},
    PRINTS: {"kind", "pair", "blob"},
    "unlink": {"kind", "pair", "reason"},
    "recall": {"kind", "pair", "reason"},
    "notice": {"kind", "document"},
}


def go_on(package: Package, *, at: datetime) -> str:
    """Apply what is left of a package, from wherever it stands; gives the signed receipt. Idempotent."""
    if package.receipt:
        return package.receipt
    with PackageReader(staging_path(package.id), staging_cipher()) as reader:
        for batch in reader.batches(size=CHUNK, offset=package.offset, number=package.number):
            _apply_chunk(package, reader, batch, at=at)
    while _settle_chunk(package, at=at):
        continue
    return _complete(package, at=at)


@transaction.atomic
def _apply_chunk(
    package: Package, reader: PackageReader, batch: Sequence[StagedRecord], *, at: datetime
) -> None:
    _lock(package)
    if package.offset >= batch[-1].next_offset:
        return
    chunk = Chunk(package, reader, batch, at)
    for staged in batch:
        try:
            chunk.take(staged)
        except Refusal as refusal:
            chunk.skipped.append([staged.number, refusal.code])
    chunk.record()
    package.offset, package.number = batch[-1].next_offset, batch[-1].number
    package.refused_records = [*package.refused_records, *chunk.skipped]
    Package.objects.filter(id=package.id).update(
        offset=package.offset, number=package.number, refused_records=package.refused_records
    )


def _lock(package: Package) -> None:
    """How far it is now: the worker and a request may take it up at the same moment. Until the transaction ends."""
    progress = ["offset", "number", "settled", "refused_records", "receipt"]
    package.refresh_from_db(fields=progress, from_queryset=Package.objects.select_for_update())


class Chunk:
    """Some records of one package on their way into the journal."""

    def __init__(
        self, package: Package, reader: PackageReader, batch: Sequence[StagedRecord], at: datetime
    ) -> None:
        self.package, self.reader, self.at = package, reader, at
        self.agreement: Agreement = package.agreement
        self.terms, self.standing = self.agreement.terms, standing_of(self.agreement)
        pairs = {str(staged.value.get("pair"))[:64] for staged in batch}
        links = list(Link.objects.filter(agreement_id=package.agreement_key, pair__in=pairs, withdrawn_at=None))
        self.links = {link.pair: link for link in links}
        self.skipped: list[list[Any]] = []
        self.statements: list[Item] = []
        self.prints: list[tuple[int, Link, str, bytes]] = []  # record, whose, digest, the record's bytes
        known = PartnerPrints.objects.filter(link__in=links).values_list("link_id", "digest")
        self.known_prints: set[tuple[UUID, str]] = set(known)
        self.notices: list[str] = []
        self.ended: list[tuple[Link, str]] = []

    def take(self, staged: StagedRecord) -> None:
        """Take one record in. Raises Refusal: it is skipped, counted and named in the receipt."""
        record = staged.value
        kind = record["kind"]
        if kind not in FORMS or set(record) != FORMS[kind]:
            raise _misshapen()
        if kind == "notice":
            self.notices.append(str(record["document"]))
            return
        link = self._link(record["pair"])
        if kind in ("unlink", "recall"):
            self.ended.append((link, str(record["reason"])[:200] or kind))
        elif kind == PRINTS:
            self._take_prints(link, staged)
        else:
            self._take_values(link, staged)

    def record(self) -> None:
        by = self.package.peer.reference
        journal.record_all("statement.received", items=self.statements, by=by, purpose="exchange", at=self.at)
        journal.record_all("prints.received", items=self._kept_prints(), by=by, purpose="exchange", at=self.at)
        for link, reason in self.ended:
            withdraw([link], side="theirs", reason=reason, by=by, at=self.at)
        for document in self.notices:
            try:
                receive_notice(document, peer=self.package.peer, at=self.at)
            except Refusal as refusal:
                self.skipped.append([0, refusal.code])

    def _link(self, pair: Any) -> Link:
        link = self.links.get(str(pair))
        if link is None:
            raise Refusal("link-unknown", _("The package speaks of somebody who is not linked here."))
        return link

    def _take_values(self, link: Link, staged: StagedRecord) -> None:
        record = staged.value
        try:
            happened_at = datetime.fromisoformat(record["happened_at"])
            values = dict(record["values"])
        except (TypeError, ValueError):
            raise _misshapen() from None
        if happened_at.tzinfo is None:
            raise _misshapen()
        said = []
        for field, value in sorted(values.items()):
            refusal = self._may(field, value)
            if refusal is not None:
                self.skipped.append([staged.number, refusal.code])
                continue
            said.append(
                {
                    "id": str(new_id()),
                    "field": field,
                    "value": value,
                    "happened_at": happened_at.isoformat(),
                    "ordinal": self.package.sequence * RECORD_SLOTS + staged.number,
                }
            )
        if said:
            self.statements.append(
                Item(
                    about=("person", link.person_id),
                    subject=link.person_id,
                    happened_at=min(happened_at, self.at),
                    facts={"link": str(link.id), "package": str(self.package.id), "statements": said},
                )
            )

    def _take_prints(self, link: Link, staged: StagedRecord) -> None:
        refusal = self._may(PRINTS, None)
        if refusal is not None:
            raise refusal
        named = str(staged.value["blob"])
        blob = self.reader.blob(named) if len(named) == 64 else b""
        read_fmr(blob)  # a record that cannot be read is skipped, whatever its seal says
        digest = digest_hex(blob)
        if (link.id, digest) not in self.known_prints:
            self.known_prints.add((link.id, digest))
            self.prints.append((staged.number, link, digest, blob))

    def _kept_prints(self) -> list[Item]:
        """The prints of this chunk, kept as files; of somebody erased meanwhile none."""
        alive = vault.data_keys({link.person_id for _, link, _, _ in self.prints}, create=True)
        self.skipped += [[number, "data-erased"] for number, link, _, _ in self.prints if link.person_id not in alive]
        taken = [(link, digest, blob) for _, link, digest, blob in self.prints if link.person_id in alive]
        kept = vault.put_blobs([(link.person_id, blob) for link, _, blob in taken])
        return [
            Item(
                about=("person", link.person_id),
                subject=link.person_id,
                facts={
                    "id": str(new_id()),
                    "link": str(link.id),
                    "blob": str(blob_id),
                    "digest": digest,
                    "package": str(self.package.id),
                },
            )
            for (link, digest, _), blob_id in zip(taken, kept, strict=True)
        ]

    def _may(self, field: str, value: Any) -> Refusal | None:
        standing: Standing = self.standing
        return may_receive(
            self.terms,
            standing,
            sender=self.package.peer_id,
            recipient=own_id(),
            field=field,
            value=value,
            linked=True,
            at=self.at,
        )


@transaction.atomic
def _settle_chunk(package: Package, *, at: datetime) -> bool:
    """Compare some statements with our rows and settle; False when none is left."""
    _lock(package)
    waiting = (
        Statement.objects.filter(package=package, ordinal__gt=package.settled)
        .select_related("link")
        .order_by("ordinal", "id")
    )
    part = list(waiting[:SETTLED_AT_ONCE])
    if not part:
        return False
    # A record's fields stay together: the last record of a full part is left for the next one.
    last = part[-1].ordinal
    if len(part) == SETTLED_AT_ONCE and part[0].ordinal != last:
        part = [said for said in part if said.ordinal != last]
    newest = {(said.link_id, said.field): said for said in part}
    settle_statements(package.agreement, list(newest.values()), at=at)
    package.settled = part[-1].ordinal
    Package.objects.filter(id=package.id).update(settled=package.settled)
    return True


@transaction.atomic
def _complete(package: Package, *, at: datetime) -> str:
    _lock(package)
    if package.receipt:
        return package.receipt
    said = Statement.objects.filter(package_id=package.id)
    people: set[UUID] = set(said.values_list("link__person_id", flat=True))
    printed = set(
        PartnerPrints.objects.filter(package_id=package.id).values_list("link__person_id", flat=True)
    )
    people |= printed
    fields = sorted(set(said.values_list("field", flat=True)) & set(FIELDS)) + ([PRINTS] if printed else [])
    skipped = package.refused_records
    receipt = write_receipt(
        package_id=package.id,
        digest=package.digest,
        sealed_digest=package.sealed_digest,
        state="done",
        applied=package.number - len({number for number, _code in skipped}),
        skipped=skipped,
        reason="",
        at=at,
    )
    journal.record(
        "package.applied",
        by=package.peer.reference,
        about=("package", package.id),
        purpose="exchange",
        at=at,
        facts={"skipped": len(skipped), "receipt": receipt},
    )
    note_received(package.agreement, sorted(people), fields=fields, source=("package", package.id), at=at)
    transaction.on_commit(lambda: staging_path(package.id).unlink(missing_ok=True))
    return receipt


def _misshapen() -> Refusal:
    return Refusal("record-form", _("A record of the package does not have an agreed form."))
