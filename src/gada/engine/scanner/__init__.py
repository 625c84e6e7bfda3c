"""Scanners that speak MOSIP's Secure Biometric Interface (0.9.5 and 1.0): what is asked of them, what they answer.

Nothing here opens a connection: requests and answers are values. `words` holds the names of fingers and faults,
`asking` what is sent, `answering` what comes back and every reason not to believe it, `simulated` a scanner of ours.
"""

from gada.engine.scanner.answering import Device, Scanned, read_capture, read_devices
from gada.engine.scanner.asking import Asked, capture_request
from gada.engine.scanner.words import ENVIRONMENTS, FIRST_PORT, LAST_PORT

__all__ = [
    "ENVIRONMENTS", "FIRST_PORT", "LAST_PORT", "Asked", "Device", "Scanned", "capture_request", "read_capture",
    "read_devices",
]
