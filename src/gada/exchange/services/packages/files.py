"""Where package files lie in the node's folder. Sent ones are sealed to the partner, received ones to us."""

from __future__ import annotations

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


def staging_path(package_id: UUID) -> Path:
    return _folder("staging") / package_id.hex


def staging_folder() -> Path:
    return _folder("staging")


def staging_cipher() -> Cipher:
    """What is unpacked waits under a key of its own."""
    return Cipher(derive(vault.node_key(), purpose="staging"))


def _folder(name: str) -> Path:
    folder = vault.data_directory() / "packages" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
