"""What a scanner answers, and every reason not to believe it."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from gada.engine.formats.finger_images import holds_finger_images, read_finger_images
from gada.engine.formats.stored_image import StoredImage
from gada.engine.proof.device_tokens import Authorities, VerifiedToken, malformed, verify_token
from gada.engine.proof.digests import same_digest, sha256
from gada.engine.refusal import Invalid
from gada.engine.scanner.asking import Asked
from gada.engine.scanner.words import NO_FINGER, fault_of, position_of

_MOST_BYTES: Final = 24 * 1024 * 1024
_MOST_SEGMENTS: Final = 10
_OF_FINGERS: Final = ("finger", "fingerprint", "fir")
_NO_FAULT: Final = ("", "0", "none", "null")


@dataclass(frozen=True, slots=True)
class Device:
    """A scanner as its signed digital id says it is."""

    make: str
    model: str
    serial: str
    provider: str
    sub_type: str
    simulated: bool

    @property
    def label(self) -> str:
        """Make, model and serial number: what is kept beside a print."""
        return " ".join(part for part in (self.make, self.model, self.serial) if part)


@dataclass(frozen=True, slots=True)
class Scanned:
    """One finger that a trusted scanner took for us. `hash` in hex is what the next capture follows."""

    position: int
    image: bytes
    score: float
    device: Device
    hash: str

    def stored(self) -> StoredImage | None:
        """The image inside a record of ISO/IEC 19794-4, ANSI/NIST or CBEFF; None when `image` is a plain image file."""
        return read_finger_images(self.image)[0] if holds_finger_images(self.image) else None


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A scanner found by its signed device info."""

    device: Device
    id: str
    sub_id: str
    status: str
    environment: str
    spec_versions: tuple[str, ...]


def read_devices(answer: bytes, authorities: Authorities, *, at: datetime) -> tuple[FoundDevice, ...]:
    """The scanners of a device info answer. Raises Invalid `sbi-…`."""
    found = []
    for said in _listed(_json(answer)):
        _check_fault(said)
        info = verify_token(said.get("deviceInfo", ""), authorities, at=at)
        device = _device(info.payload.get("digitalId"), authorities, at=at)
        versions = info.payload.get("specVersion")
        found.append(FoundDevice(
            device, str(info.payload.get("deviceId", "0")), _first(info.payload.get("deviceSubId")),
            str(info.payload.get("deviceStatus", "")), str(info.payload.get("env", "")),
            tuple(str(each) for each in versions) if isinstance(versions, list) else (),
        ))
    return tuple(found)


def read_capture(
    answer: bytes, asked: Asked, authorities: Authorities, *, at: datetime, simulators: bool = False
) -> Scanned:
    """The one finger that was asked for, if every signature, hash and word of the answer fits.

    `simulators`: whether invented fingers are welcome (training only). Raises Invalid `sbi-…`, `fir-…`, `image-…`.
    """
    if at - asked.at > asked.timeout + asked.patience:
        raise fault_of(NO_FINGER)
    said = _json(answer)
    segments = _listed(said.get("biometrics") if isinstance(said, dict) else said)
    if len(segments) > _MOST_SEGMENTS:
        raise malformed()
    previous, found = asked.previous_hash, []
    for segment in segments:
        _check_fault(segment)
        scanned = _read_segment(segment, previous, asked, authorities, at=at, simulators=simulators)
        previous = scanned.hash
        found.append(scanned)
    if len(found) != 1:
        raise _other_finger()
    return found[0]


def chained_hash(previous: str, biometric: bytes) -> str:
    """SHA-256 over the hash before (hex) and the hash of the biometric itself, in hex: what links captures."""
    return sha256(bytes.fromhex(previous) + sha256(biometric)).hex().upper()


def _read_segment(
    segment: dict[str, Any], previous: str, asked: Asked, authorities: Authorities, *, at: datetime, simulators: bool
) -> Scanned:
    token = verify_token(segment.get("data", ""), authorities, at=at)
    data = token.payload
    device = _device(data.get("digitalId"), authorities, at=at)
    _check_simulator(token, device, simulators=simulators)
    _check_words(data, asked)
    position = _position(data, device, asked)
    image = _bytes(data.get("bioValue"))
    following = _check_chain(segment.get("hash"), previous, image)
    score = _score(data.get("qualityScore"))
    if score < asked.least_score:
        raise Invalid(
            "sbi-score", "The scanner itself calls this print too poor. Clean finger and scanner and try again."
        )
    scanned = Scanned(position, image, score, device, following)
    stored = scanned.stored()
    if stored is not None and stored.position not in (0, position):
        raise _other_finger()
    return scanned


def _check_simulator(token: VerifiedToken, device: Device, *, simulators: bool) -> None:
    if (token.simulated or device.simulated) and not simulators:
        raise Invalid(
            "sbi-simulator",
            "This scanner is a simulator: it serves invented fingers, on training nodes only.",
        )


def _check_words(data: dict[str, Any], asked: Asked) -> None:
    if (data.get("transactionId") or data.get("registrationId")) != asked.transaction:
        raise Invalid(
            "sbi-replayed", "This answer of the scanner belongs to another capture. Take the finger again."
        )
    if data.get("env") != asked.environment or data.get("purpose") not in ("Registration", "REGISTRATION"):
        raise Invalid(
            "sbi-environment",
            "This scanner is set up for another environment (%(found)s). Ask for one set up for here.",
            found=str(data.get("env"))[:40],
        )


def _position(data: dict[str, Any], device: Device, asked: Asked) -> int:
    """The finger. A scanner of one finger may not know which it is: then it is the one that was asked for."""
    if str(data.get("bioType", "")).lower() not in _OF_FINGERS:
        raise _other_finger()
    position = position_of(data.get("bioSubType"))
    if position == 0 and device.sub_type.lower() in ("single", "touchless"):
        return asked.position
    if position != asked.position:
        raise _other_finger()
    return position


def _check_chain(said: Any, previous: str, image: bytes) -> str:
    """The hash of this segment in hex, as of 1.0 over bytes or as of 0.9.5 over hex text."""
    now = sha256(image).hex()
    over_text = [sha256((previous + now).encode()), sha256((previous.upper() + now.upper()).encode())]
    for expected in (bytes.fromhex(chained_hash(previous, image)), *over_text):
        if isinstance(said, str) and same_digest(said.lower().encode(), expected.hex().encode()):
            return said.upper()
    raise Invalid("sbi-chain", "This answer of the scanner does not follow the one before. Take the finger again.")


def _device(token: Any, authorities: Authorities, *, at: datetime) -> Device:
    verified = verify_token(token, authorities, at=at)
    said = {name: str(value)[:40] for name, value in verified.payload.items()}
    return Device(
        said.get("make", ""), said.get("model", ""), said.get("serialNo", ""), said.get("deviceProvider", ""),
        said.get("deviceSubType", ""), verified.simulated,
    )


def _check_fault(said: dict[str, Any]) -> None:
    fault = said.get("error")
    if isinstance(fault, dict):
        code = str(fault.get("errorcode", fault.get("errorCode", ""))).strip()
        if code.lower() not in _NO_FAULT:
            raise fault_of(code[:20])


def _listed(said: Any) -> list[dict[str, Any]]:
    if not isinstance(said, list) or not said or not all(isinstance(each, dict) for each in said):
        raise malformed()
    return said


def _json(answer: bytes) -> Any:
    try:
        if len(answer) > _MOST_BYTES:
            raise ValueError
        return json.loads(answer)
    except (ValueError, RecursionError):
        raise malformed() from None


def _bytes(text: Any) -> bytes:
    """Base64url or plain base64, with or without padding: scanners differ."""
    try:
        plain = str(text).rstrip("=").translate(str.maketrans("-_", "+/"))
        found = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise malformed() from None
    if not found:
        raise malformed()
    return found


def _score(said: Any) -> float:
    try:
        score = float(said)
    except (TypeError, ValueError):
        raise malformed() from None
    if not 0 <= score <= 100:
        raise malformed()
    return score


def _first(said: Any) -> str:
    return str(said[0] if isinstance(said, list) and said else said or "0")


def _other_finger() -> Invalid:
    return Invalid(
        "sbi-finger",
        "The scanner took another finger than the one asked for. Place the finger that is named.",
    )
