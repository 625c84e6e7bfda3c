"""Synchronising over a network: give what the other lacks, then take what we lack, in pieces that resume."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.formats.package import Limits
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import digest_hex
from gada.engine.refusal import Invalid, NotFound, NotPermitted
from gada.exchange.models import OwnNode
from gada.exchange.models.own_nodes import OwnNodeState
from gada.exchange.services.calling import call
from gada.exchange.services.own_nodes.admitting import own_node_called
from gada.exchange.services.own_nodes.entitling import headquarters_id
from gada.exchange.services.own_nodes.packing import lacking, make_sync_package
from gada.exchange.services.own_nodes.unpacking import room_on_disk, take_sync_package
from gada.exchange.services.packages.files import file_digest, own_path
from gada.journal.arriving import Arrived
from gada.journal.carrying import held_sizes

PREFIX = "/own/v1/"
PIECE_BYTES = 1 << 20


@dataclass
class Synced:
    """What one synchronisation carried."""

    sent_bytes: int = 0
    received_bytes: int = 0
    arrived: list[Arrived] = field(default_factory=list)


def sync_with(*, operator: Operator | None, at: datetime, node_id: UUID | None = None) -> Synced:
    """Synchronise with headquarters (or a node named). Raises Refusal; the next call goes on where this one was cut."""
    if operator is not None:
        authorize(operator, "node.sync", at=at)
    node = own_node_called(node_id or headquarters_id())
    done = Synced()
    _give(node, done, at=at)
    _fetch(node, done, at=at)
    return done


def _give(node: OwnNode, done: Synced, *, at: datetime) -> None:
    theirs = _held(_ask(node, "greeting", {}, at=at)["held"])
    while (made := package_for(node, theirs, at=at)) is not None:
        offset = int(_ask(node, f"arriving/{made.digest}", {"size": made.size}, at=at)["received"])
        with made.path.open("rb") as file:
            while offset < made.size:
                file.seek(offset)
                said = call(
                    node, "PUT", f"arriving/{made.digest}/{offset}", at=at, body=file.read(PIECE_BYTES), prefix=PREFIX,
                    content_type="application/octet-stream",
                ).json()
                offset = int(said["received"])
        after = _held(_ask(node, f"arriving/{made.digest}/done", {}, at=at)["held"])
        made.path.unlink(missing_ok=True)
        done.sent_bytes += made.size
        if after == theirs:
            return  # all of it was set aside there
        theirs = after


@dataclass(frozen=True, slots=True)
class Made:
    """A package that lies ready for a node."""

    path: Path
    digest: str
    size: int


def package_for(node: OwnNode, held: dict[UUID, int], *, at: datetime) -> Made | None:
    """The next package for a node that holds so much; None when it lacks nothing.

    It lies until it is delivered: who was cut goes on with the same bytes.
    """
    journal.seal(at=at)
    parts = lacking(node, held)
    if not parts:
        return None
    says = canonical_bytes([[str(part.log.id), part.start, part.head.size] for part in parts])
    path = own_path(f"for-{node.id.hex}-{digest_hex(says)[:16]}")
    if not path.exists():
        for old in path.parent.glob(f"for-{node.id.hex}-*"):
            old.unlink(missing_ok=True)
        fresh = path.with_suffix(".new")
        make_sync_package(node, fresh, at=at, held=held)
        fresh.replace(path)
    return Made(path, file_digest(path), path.stat().st_size)


def _fetch(node: OwnNode, done: Synced, *, at: datetime) -> None:
    while True:
        ours = {str(log): size for log, size in held_sizes().items()}
        told = _ask(node, "leaving", {"held": ours}, at=at)
        if not told["size"]:
            return
        path = own_path(f"from-{told['digest']}")
        _fetch_file(node, path, told, at=at)
        done.arrived.append(take_sync_package(path, at=at))
        path.unlink(missing_ok=True)
        done.received_bytes += told["size"]
        if {str(log): size for log, size in held_sizes().items()} == ours:
            return


def _fetch_file(node: OwnNode, path: Path, told: dict[str, Any], *, at: datetime) -> None:
    with room_on_disk(), path.open("ab") as file:
        while file.tell() < told["size"]:
            question = canonical_bytes({"offset": file.tell()})
            piece = call(node, "POST", f"leaving/{told['digest']}", at=at, body=question, prefix=PREFIX).body
            if not piece:
                break
            file.write(piece)


def greet(node: OwnNode) -> dict[str, Any]:
    """How far we hold every log."""
    return {"held": {str(log): size for log, size in held_sizes().items()}}


def announce(node: OwnNode, digest: str, size: int) -> dict[str, Any]:
    """A node begins a file, or goes on with it."""
    if type(size) is not int or not 0 < size <= Limits().sealed_bytes:
        raise Invalid("package-too-large", "The package is larger than this node accepts.")
    path = _arriving(node, digest)
    return {"received": path.stat().st_size if path.exists() else 0}


def add(node: OwnNode, digest: str, offset: int, piece: bytes) -> dict[str, Any]:
    """One piece; one that does not fit, or that makes the file too large, changes nothing."""
    path = _arriving(node, digest)
    here = path.stat().st_size if path.exists() else 0
    if offset == here and here + len(piece) <= Limits().sealed_bytes:
        with room_on_disk():
            try:
                with path.open("ab") as file:
                    file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                os.truncate(path, here)  # half a piece is none
                raise
        here += len(piece)
    return {"received": here}


def finish(node: OwnNode, digest: str, *, at: datetime) -> dict[str, Any]:
    """The file is whole: take it in. A damaged one is forgotten and sent again."""
    path = _arriving(node, digest)
    if not path.exists():
        raise NotFound("upload-unknown", _("This file was not announced."))
    if file_digest(path) != digest:
        path.unlink()
        raise Invalid("package-truncated", "The package ends too early: copy or send it again.")
    arrived = take_sync_package(path, at=at)
    path.unlink(missing_ok=True)
    return {**greet(node), "kept": arrived.kept, "aside": arrived.held}


def leave(node: OwnNode, held: dict[str, int], *, at: datetime) -> dict[str, Any]:
    """Make the next package for a node, from where it stands."""
    _check_standing(node, at=at)
    made = package_for(node, _held(held), at=at)
    return {"digest": made.digest, "size": made.size} if made else {"digest": "", "size": 0}


def piece_of(node: OwnNode, digest: str, offset: int, *, at: datetime) -> bytes:
    _check_standing(node, at=at)
    path = next(iter(own_path("x").parent.glob(f"for-{node.id.hex}-*.gada")), None)
    if path is None or _digest(digest) != _known_digest(str(path), path.stat().st_mtime_ns):
        raise NotFound("package-unknown", _("This package is not known here."))
    with path.open("rb") as file:
        file.seek(max(0, int(offset)))
        return file.read(PIECE_BYTES)


@lru_cache(16)
def _known_digest(path: str, _written: int) -> str:
    return file_digest(Path(path))


def _check_standing(node: OwnNode, *, at: datetime) -> None:
    """A lost or expired device may bring what it has, to be looked at; it learns nothing more."""
    if node.state == OwnNodeState.WITHDRAWN:
        raise NotPermitted("node-withdrawn", _("This device was reported lost. Headquarters gives it nothing more."))
    if node.expired_at(at):
        raise NotPermitted("node-key-expired", _("The key of this device has run out. Ask headquarters to renew it."))


def _ask(node: OwnNode, path: str, body: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    answer: dict[str, Any] = call(node, "POST", path, at=at, body=canonical_bytes(body), prefix=PREFIX).json()
    return answer


def _arriving(node: OwnNode, digest: str) -> Path:
    return own_path(f"arriving-{node.id.hex}-{_digest(digest)}")


def _digest(text: str) -> str:
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise Invalid("upload-malformed", _("The announcement of a file cannot be read."))
    return text


def _held(said: dict[str, Any]) -> dict[UUID, int]:
    return {UUID(log): int(size) for log, size in said.items()}
