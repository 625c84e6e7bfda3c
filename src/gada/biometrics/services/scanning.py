"""What this node asks of a scanner, and when it believes the answer.

Trust is a folder of certificates (`GADA_SCANNER_AUTHORITIES`, else `scanner-authorities` in the data folder): whoever
administers the machine decides it, as they decide everything else that lies there.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from gada import vault
from gada.engine.proof.device_tokens import Authorities, read_authorities
from gada.engine.scanner import ENVIRONMENTS, Asked, Scanned, read_capture

TIMEOUT = timedelta(seconds=20)  # for the finger; the engine leaves a minute more for the way back
SUFFIXES = (".pem", ".crt", ".cer", ".der")


def authorities_folder() -> Path:
    """Where the certificates of trusted makers of scanners lie."""
    return Path(os.environ.get("GADA_SCANNER_AUTHORITIES") or vault.data_directory() / "scanner-authorities")


def trusted_authorities() -> Authorities:
    """Read anew each time: a certificate taken out stops counting at once. Raises Invalid `authority-unreadable`."""
    folder = authorities_folder()
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return read_authorities(file.read_bytes() for file in files if file.suffix.lower() in SUFFIXES)


def environment() -> str:
    """What scanners must be set up for: `Developer` on a training node, whatever the setting says."""
    said = os.environ.get("GADA_SCANNER_ENVIRONMENT", "")
    return "Developer" if vault.identity().training else said if said in ENVIRONMENTS else "Production"


def ask_for_finger(*, transaction: str, position: int, at: datetime) -> Asked:
    """What to keep until the answer comes."""
    return Asked(transaction, environment(), position, at, TIMEOUT)


def read_scan(answer: bytes, asked: Asked, *, at: datetime) -> Scanned:
    """What the scanner took. Simulators are believed on training nodes only. Raises Invalid `sbi-…`, `fir-…`.
    """
    return read_capture(answer, asked, trusted_authorities(), at=at, simulators=vault.identity().training)
