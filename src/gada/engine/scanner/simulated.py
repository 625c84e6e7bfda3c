"""A scanner that does not exist: it answers as a real one does, with synthetic fingers, and errs when told to."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

from gada.engine.fingerprint.synthetic import SyntheticFinger, a_finger
from gada.engine.formats.fir_writing import write_fir
from gada.engine.proof.simulated_devices import (
    Algorithm,
    Signer,
    encoded,
    issue_device,
    make_authority,
    sign_token,
)
from gada.engine.scanner.answering import chained_hash
from gada.engine.scanner.asking import NOTHING_BEFORE, SPEC_VERSION
from gada.engine.scanner.words import FINGERS, NO_FINGER, position_of

Fault = Literal["", "unsigned", "untrusted", "expired", "replay", "environment", "chain", "score", "timeout", "finger"]
FAULTS: Final[tuple[Fault, ...]] = (
    "unsigned", "untrusted", "expired", "replay", "environment", "chain", "score", "timeout", "finger",
)
_POOR: Final = 0.9


@dataclass(slots=True)
class SimulatedScanner:
    """One single-finger scanner. `person` chooses whose fingers it serves, `weak` how many touches come out poor first,
    `fault` how it errs. It holds its last answer's transaction only to replay it."""

    authority: Signer
    signer: Signer
    address: str = "http://127.0.0.1:4501"
    environment: str = "Developer"
    person: int = 1
    weak: int = 0
    fault: Fault = ""
    serial: str = "000000000001"
    touches: int = field(default=0, init=False)
    earlier: str = field(default="an-earlier-transaction", init=False)

    def digital_id(self, at: datetime) -> str:
        """Who it is, signed."""
        return self._signed({
            "serialNo": self.serial, "make": "Gada", "model": "Simulator", "type": "Finger", "deviceSubType": "Single",
            "deviceProvider": "Gada", "deviceProviderId": "GADA-SIM", "dateTime": at.isoformat(),
        })

    def discovery(self, at: datetime) -> list[dict[str, Any]]:
        """The answer to MOSIPDISC: plain."""
        return [self._about(at) | {"error": {"errorcode": "0", "errorinfo": "Success"}}]

    def info(self, at: datetime) -> list[dict[str, Any]]:
        """The answer to MOSIPDINFO: signed, with the digital id inside."""
        about = self._about(at) | {"env": self.environment, "firmware": "1"}
        return [{"deviceInfo": self._signed(about), "error": {"errorcode": "0", "errorinfo": "Success"}}]

    def capture(self, request: dict[str, Any], at: datetime) -> dict[str, Any]:
        """The answer to RCAPTURE. Raises KeyError, IndexError, TypeError or ValueError for what is no request."""
        bio = request["bio"][0]
        position = position_of(bio["bioSubType"][0]) or 2
        if self.fault == "timeout":
            return _failed(NO_FINGER, "Unable to detect a biometric object")
        image = self._touch(position)
        transaction = str(request.get("transactionId") or request.get("registrationId"))
        data = {
            "digitalId": self.digital_id(at), "deviceCode": self.serial, "deviceServiceVersion": SPEC_VERSION,
            "bioType": "Finger", "bioSubType": FINGERS[position % 10 + 1 if self.fault == "finger" else position],
            "purpose": "Registration", "env": "Staging" if self.fault == "environment" else request["env"],
            "domainUri": "", "bioValue": base64.urlsafe_b64encode(image).rstrip(b"=").decode(),
            "transactionId": self.earlier if self.fault == "replay" else transaction, "timestamp": at.isoformat(),
            "requestedScore": bio["requestedScore"], "qualityScore": "3" if self.fault == "score" else "80",
        }
        previous = "00" * 32 if self.fault == "chain" else bio.get("previousHash") or NOTHING_BEFORE
        return {"biometrics": [{
            "specVersion": SPEC_VERSION, "data": self._signed(data), "hash": chained_hash(previous, image),
            "sessionKey": "", "thumbprint": "", "error": {"errorcode": "0", "errorinfo": "Success"},
        }]}

    def _touch(self, position: int) -> bytes:
        self.touches += 1
        finger = _finger(self.person * 100 + position)
        noise = {"noise": _POOR, "contact": 0.4} if self.touches <= self.weak else {"noise": 0.05, "contact": 1.0}
        return write_fir(finger.impression(self.touches, **noise), position=position)

    def _about(self, at: datetime) -> dict[str, Any]:
        return {
            "deviceId": "1", "deviceStatus": "Ready", "certification": "L0", "serviceVersion": SPEC_VERSION,
            "deviceSubId": ["1"], "callbackId": self.address, "digitalId": self.digital_id(at),
            "deviceCode": self.serial, "specVersion": [SPEC_VERSION], "purpose": "Registration",
        }

    def _signed(self, payload: dict[str, Any]) -> str:
        return encoded(payload) if self.fault == "unsigned" else sign_token(self.signer, payload)


def a_scanner(
    *, at: datetime, algorithm: Algorithm = "RS256", fault: Fault = "", authority: Signer | None = None, **given: Any
) -> SimulatedScanner:
    """A scanner with an authority of its own, or of the authority given."""
    vouching = authority or make_authority(at=at)
    signer = issue_device(vouching, at=at, algorithm=algorithm, days=-1 if fault == "expired" else 30)
    if fault == "untrusted":
        signer = issue_device(make_authority(at=at, name="Somebody else"), at=at, algorithm=algorithm)
    return SimulatedScanner(vouching, signer, fault=fault, **given)


@lru_cache(maxsize=20)
def _finger(seed: int) -> SyntheticFinger:
    return a_finger(seed)


def _failed(code: str, words: str) -> dict[str, Any]:
    return {"biometrics": [{"specVersion": SPEC_VERSION, "data": "", "hash": "", "error": {
        "errorcode": code, "errorinfo": words,
    }}]}
