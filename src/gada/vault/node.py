"""Who this node is, and the one key that opens it.

`node.json` in the data directory holds the node key wrapped under a passphrase (Argon2id) and nothing
else worth reading. Everything secret derives from that key. The process keeps it in memory only after
`unlock`; a server may take the passphrase from its own secret store (`GADA_PASSPHRASE_FILE`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from gada.engine.proof import secrets
from gada.engine.proof.secrets import DEFAULT_COST, WrapCost
from gada.engine.refusal import Refusal

KINDS = ("humanitarian", "civil", "border", "security")


class Locked(Refusal):
    """The node waits for its passphrase; nothing can be read until then."""

    status = 503

    def __init__(self) -> None:
        super().__init__("node-locked", "This node is locked. Sign in with the passphrase of the node to open it.")


@dataclass(frozen=True, slots=True)
class Identity:
    """Fixed at creation: no setting changes the kind of a node or its training flag later."""

    node_id: UUID
    name: str
    country: str
    kind: str
    training: bool
    created_at: str


_key: bytes | None = None
_identity: Identity | None = None


def data_directory() -> Path:
    """Where everything this node knows lies (environment `GADA_DATA`, default `var/node`)."""
    return Path(os.environ.get("GADA_DATA", "var/node"))


def wrap_path() -> Path:
    return data_directory() / "node.json"


def exists() -> bool:
    return wrap_path().exists()


def is_unlocked() -> bool:
    return _key is not None


def create_key(*, passphrase: str, expires_at: datetime | None = None, cost: WrapCost = DEFAULT_COST) -> bytes:
    """Make the node key and its wrap; returns the key. Refuses where a node already lives."""
    if exists():
        raise Refusal("node-exists", "There is already a node in this data directory.")
    key = secrets.new_key()
    store_wrap(key, passphrase=passphrase, expires_at=expires_at, cost=cost)
    return key


def store_wrap(
    key: bytes, *, passphrase: str, expires_at: datetime | None = None, cost: WrapCost = DEFAULT_COST
) -> None:
    """Write the wrapped key: a new file first, then one rename, so a power cut leaves old or new."""
    data_directory().mkdir(parents=True, exist_ok=True)
    wrapped = secrets.wrap(key, passphrase, cost=cost)
    document = {
        "format": "gada-node-1",
        "expires_at": expires_at.isoformat() if expires_at else None,
        "wrapped": wrapped,
    }
    write_whole(wrap_path(), json.dumps(document, indent=1).encode())


def unlock(passphrase: str, *, at: datetime) -> None:
    """Open the node for this process. After the expiry set by headquarters the wrap itself is destroyed."""
    _read_wrap()  # says so when there is no node at all
    unlock_with(open_wrap(wrap_path(), passphrase, at=at))


def open_wrap(path: Path, passphrase: str, *, at: datetime) -> bytes:
    """The node key in the wrap that lies there. Past its expiry the wrap is destroyed, whoever asks."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if document.get("purged_at"):
        raise Refusal("node-purged", "This node was purged. It comes back only from a backup that lies elsewhere.")
    expires_at = document.get("expires_at")
    if document["wrapped"] and expires_at and datetime.fromisoformat(expires_at) <= at:
        # The file stays without its key, so that nobody takes this for an empty folder and creates a node over it.
        document["wrapped"] = None
        write_whole(path, json.dumps(document, indent=1).encode())
    if not document["wrapped"]:
        raise Refusal(
            "node-expired",
            "This device has not been in contact for too long and has locked itself. Ask headquarters for a new key.",
        )
    return secrets.unwrap(document["wrapped"], passphrase)


def unlock_with(key: bytes) -> None:
    """Open the node with the key itself (worker started by the web process; recovery)."""
    global _key, _identity
    _key, _identity = key, None


def lock() -> None:
    """Forget the key in this process."""
    global _key, _identity
    _key = _identity = None


def node_key() -> bytes:
    """The node key of this process. Raises Locked."""
    if _key is None:
        _unlock_from_secret_store()
    if _key is None:
        _read_wrap()  # says so when there is no node at all
        raise Locked
    return _key


def database_key() -> bytes:
    return secrets.derive(node_key(), purpose="database")


def keystore_key() -> bytes:
    return secrets.derive(node_key(), purpose="keystore")


def seal_for_node(plaintext: bytes) -> bytes:
    """Seal something that belongs to the node rather than to a person (a TOTP secret, a draft)."""
    return secrets.seal(secrets.derive(node_key(), purpose="node"), plaintext, context=b"node")


def open_for_node(box: bytes) -> bytes:
    return secrets.open_sealed(secrets.derive(node_key(), purpose="node"), box, context=b"node")


def write_identity(identity: Identity) -> None:
    """Fix the identity, sealed under the node key beside the wrap."""
    body = {
        "node_id": str(identity.node_id), "name": identity.name, "country": identity.country,
        "kind": identity.kind, "training": identity.training, "created_at": identity.created_at,
    }
    write_whole(data_directory() / "identity.sealed", seal_for_node(json.dumps(body).encode()))


def identity() -> Identity:
    """This node's identity. Raises Locked before the node is opened."""
    global _identity
    if _identity is None:
        node_key()
        body = json.loads(open_for_node((data_directory() / "identity.sealed").read_bytes()))
        _identity = Identity(**{**body, "node_id": UUID(body["node_id"])})
    return _identity


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a power cut leaves either the old one or the new one."""
    write_all([(path, content)])


def write_all(files: Sequence[tuple[Path, bytes]]) -> None:
    """Write files, each so that a power cut leaves either the old one or the new one; all are there afterwards.

    All are written before the first is forced to the disk: the system then takes them there together.
    """
    ready = [(path.with_name(f"{path.name}.{os.getpid()}.new"), path) for path, _ in files]
    with ExitStack() as opened:
        written = []
        for (fresh, path), (_, content) in zip(ready, files, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = opened.enter_context(fresh.open("wb"))
            file.write(content)
            file.flush()
            written.append(file)
        for file in written:
            os.fsync(file.fileno())
    for fresh, path in ready:
        os.replace(fresh, path)


def _read_wrap() -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(wrap_path().read_text(encoding="utf-8"))
        document["wrapped"]  # a file that is JSON but not ours is damaged, too
    except FileNotFoundError:
        raise Refusal(
            "node-missing", "There is no node in this data directory. Create one with: gada node create"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise Refusal(
            "node-damaged",
            "The key file of this node is damaged. Restore it from a backup or with two recovery sheets.",
        ) from None
    return document


def _unlock_from_secret_store() -> None:
    path = os.environ.get("GADA_PASSPHRASE_FILE")
    if path and exists():
        unlock(Path(path).read_text(encoding="utf-8").strip(), at=datetime.now(UTC))


def expires_at() -> datetime | None:
    """When this device locks itself for good unless headquarters renews it (None: a server, never)."""
    text = _read_wrap().get("expires_at")
    return datetime.fromisoformat(text) if text else None
