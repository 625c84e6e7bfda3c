"""What is asked of a scanner: one finger, for one transaction that is used once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gada.engine.proof.digests import sha256
from gada.engine.scanner.words import FINGERS

SPEC_VERSION: Final = "0.9.5"
NOTHING_BEFORE: Final = sha256(b"").hex().upper()
"""Hash of the empty text: what the first capture of a chain follows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a scanner was asked, kept by whoever asked: the answer must fit it.

    `requested_score` 0..100 is what the scanner should wait for, `least_score` what is still taken; `previous_hash`
    in hex. An answer counts until `timeout` and `patience` (for the way back) are over.
    """

    transaction: str
    environment: str
    position: int
    at: datetime
    timeout: timedelta
    requested_score: int = 60
    least_score: int = 10
    previous_hash: str = NOTHING_BEFORE
    patience: timedelta = timedelta(seconds=60)


def capture_request(asked: Asked, *, device_id: str = "0", device_sub_id: str = "0") -> dict[str, Any]:
    """The body of RCAPTURE. A scanner of 0.9.5 reads `registrationId`, one of 1.0 `transactionId`: the same here."""
    others = [name for position, name in FINGERS.items() if position != asked.position]
    return {
        "env": asked.environment, "purpose": "Registration", "specVersion": SPEC_VERSION,
        "timeout": str(int(asked.timeout.total_seconds() * 1000)), "captureTime": asked.at.isoformat(),
        "transactionId": asked.transaction, "registrationId": asked.transaction, "domainUri": "",
        "bio": [{
            "type": "Finger", "count": "1", "bioSubType": [FINGERS[asked.position]], "exception": others,
            "requestedScore": str(asked.requested_score), "deviceId": device_id, "deviceSubId": device_sub_id,
            "previousHash": asked.previous_hash,
        }],
        "customOpts": {},
    }
