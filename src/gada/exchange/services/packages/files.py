"""Where package files lie in the node's folder. Sent ones are sealed to the partner, received ones to us."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import UUID

from gada import vault
from gada.engine.proof.secrets import Cipher, derive


def sent_path(package_id: UUID) -> Path:
    return _folder("sent") / f"{package_id.hex}.gada"


def upload_path(upload_id: UUID) -> Path:
    return _folder("arriving") / f"{upload_id.hex}.part"


def waiting_path(agreement_id: UUID, sequence: int) -> Path:
    return _folder("waiting") / f"{agreement_id.hex}.{sequence:08d}.gada"


def waiting_files(agreement_id: UUID) -> list[Path]:
    """Sealed packages that came early or under suspension, in their order."""
    return sorted(_folder("waiting").glob(f"{agreement_id.hex}.*.gada"))


def own_path(name: UUID | str) -> Path:
    """Where a package for or from a node of our own agency lies while it is needed."""
    return _folder("own") / f"{name}.gada"


def staging_path(package_id: UUID) -> Path:
    return _folder("staging") / package_id.hex


def staging_folder() -> Path:
    return _folder("staging")


def staging_cipher() -> Cipher:
    """What is unpacked waits under a key of its own."""
    return Cipher(derive(vault.node_key(), purpose="staging"))


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder(name: str) -> Path:
    folder = vault.data_directory() / "packages" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
