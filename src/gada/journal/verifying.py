"""Proving the journal: three zones, and every fault by name.

Countersigned: up to the newest head that a witness signed — nothing before it can change unseen.
Sealed only: our own signature, so whoever holds our key could still rewrite it.
Not yet sealed: committed, without a position.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gada.engine.proof.merkle import Frontier
from gada.engine.proof.signing import verify
from gada.engine.refusal import Invalid
from gada.journal.entry import header_leaf
from gada.journal.logs import own_log
from gada.journal.models import Head, Log, LogEntry
from gada.journal.scanning import Scanned, scan_entries
from gada.journal.sealing import EMPTY_CHAIN, HEAD_TYPE, next_chain
from gada.journal.witnessing import WITNESS_TYPE, witness_document
from gada.vault.working_keys import all_working_keys


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold: a code, where, and which entry."""

    code: str
    position: int | None = None
    entry: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A head that somebody else says they countersigned: their memory against ours."""

    witness: str
    log_id: UUID
    size: int
    root: bytes


@dataclass(slots=True)
class Report:
    """What verification found. `sound` only when there is no fault."""

    entries: int = 0
    countersigned: int = 0
    countersigned_at: datetime | None = None
    witnesses: tuple[str, ...] = ()
    sealed: int = 0
    unsealed: int = 0
    erased: int = 0
    oldest_unsealed: datetime | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.faults


def verify_log(
    log: Log | None = None, *, witness_keys: Mapping[UUID, bytes] | None = None, witnessed: Sequence[Witnessed] = ()
) -> Report:
    """Walk one log of this node from its first entry and check everything that can be checked.

    `witness_keys` are the partners' public keys from their key cards; without them a countersignature's own
    key is used, which proves less. `witnessed` are heads fetched from the partners themselves.
    """
    log = log or own_log()
    report = Report()
    heads = {head.size: head for head in Head.objects.filter(log=log).order_by("size")}
    outside = {(item.size): item for item in witnessed if item.log_id == log.id}
    roots = _walk(log, report, wanted=set(heads) | set(outside))
    for size, head in heads.items():
        _check_head(head, roots.get(size), report)
        _check_countersignatures(head, roots.get(size), report, witness_keys or {})
    for size, item in outside.items():
        found = roots.get(size)
        if found is None:
            report.faults.append(Fault("journal-truncated", size, detail=f"{item.witness}: {size} > {report.sealed}"))
        elif found[0] != item.root:
            report.faults.append(Fault("journal-rewritten", size, detail=item.witness))
    unsealed = LogEntry.objects.filter(log=log, position=None).order_by("recorded_at")
    report.unsealed = unsealed.count()
    report.oldest_unsealed = unsealed.values_list("recorded_at", flat=True).first()
    report.entries = report.sealed + report.unsealed
    if heads and max(heads) != report.sealed:
        report.faults.append(Fault("head-missing", report.sealed, detail=f"newest head: {max(heads)}"))
    return report


def _walk(log: Log, report: Report, *, wanted: set[int]) -> dict[int, tuple[bytes, bytes]]:
    """Check each sealed entry; (root, chain) at every wanted size."""
    frontier, chain = Frontier(), EMPTY_CHAIN
    roots: dict[int, tuple[bytes, bytes]] = {0: (frontier.root(), chain)}
    for entry in scan_entries(log):
        if entry.position != frontier.size:
            report.faults.append(Fault("entry-missing", frontier.size, detail=f"next: {entry.position}"))
            frontier.size = entry.position  # go on from there: later faults are still worth naming
        leaf = header_leaf(entry.header)
        _check_entry(entry, leaf, report)
        frontier.append(leaf) if _is_whole(frontier) else _skip(frontier)
        chain = next_chain(chain, leaf)
        if frontier.size in wanted:
            roots[frontier.size] = (frontier.root() if _is_whole(frontier) else b"", chain)
    report.sealed = frontier.size
    return roots


def _is_whole(frontier: Frontier) -> bool:
    return len(frontier.peaks) == frontier.size.bit_count()


def _skip(frontier: Frontier) -> None:
    # After a hole the tree cannot be rebuilt; the position still counts on.
    frontier.size += 1


def _check_entry(entry: Scanned, leaf: bytes, report: Report) -> None:
    report.erased += entry.facts == "erased"
    if leaf == entry.leaf and entry.columns_agree and entry.facts in ("intact", "erased"):
        return
    found = {
        "header-altered": leaf != entry.leaf, "columns-altered": not entry.columns_agree,
        "facts-altered": entry.facts == "altered", "facts-missing": entry.facts == "missing",
    }
    report.faults += [
        Fault(code, entry.position, str(UUID(entry.id)), entry.action) for code, is_so in found.items() if is_so
    ]


def _check_head(head: Head, found: tuple[bytes, bytes] | None, report: Report) -> None:
    signers = [bytes.fromhex(key.public) for key in all_working_keys() if key.use == "signing"]
    if not any(_signed(public, head.signature, HEAD_TYPE, bytes(head.document)) for public in signers):
        report.faults.append(Fault("head-signature", head.size))
    said = json.loads(bytes(head.document))
    if said["size"] != head.size or said["root"] != bytes(head.root).hex() or said["chain"] != bytes(head.chain).hex():
        report.faults.append(Fault("head-altered", head.size))
    if found is None:
        report.faults.append(Fault("journal-truncated", head.size, detail=f"entries: {report.sealed}"))
    elif (found[0].hex(), found[1].hex()) != (said["root"], said["chain"]):
        report.faults.append(Fault("journal-rewritten", head.size))


def _check_countersignatures(
    head: Head, found: tuple[bytes, bytes] | None, report: Report, keys: Mapping[UUID, bytes]
) -> None:
    for kept in head.countersignatures.all():
        public = keys.get(kept.witness, bytes(kept.public_key))
        if not _signed(public, kept.signature, WITNESS_TYPE, witness_document(bytes(head.document))):
            report.faults.append(Fault("countersignature-broken", head.size, detail=kept.witness_name))
        elif found and found[0] == bytes(head.root) and head.size >= report.countersigned:
            report.countersigned, report.countersigned_at = head.size, kept.signed_at
            report.witnesses = tuple(dict.fromkeys((*report.witnesses, kept.witness_name)))


def _signed(public: bytes, signature: str, typ: str, payload: bytes) -> bool:
    try:
        verify(public, signature, typ=typ, payload=payload)
    except Invalid:
        return False
    return True
