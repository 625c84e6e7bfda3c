"""Where files of extracts lie: locked under a password that nobody here keeps; what came back waits sealed."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from gada import vault


def extract_path(extract_id: UUID) -> Path:
    return _folder("extracts") / f"{extract_id.hex}.xlsx"


def return_path(extract_id: UUID, digest: str) -> Path:
    return _folder("extracts", "returns") / f"{extract_id.hex}.{digest[:32]}.sealed"


def returns_waiting() -> list[Path]:
    return sorted(_folder("extracts", "returns").glob("*.sealed"))


def _folder(*names: str) -> Path:
    folder = vault.data_directory().joinpath(*names)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
