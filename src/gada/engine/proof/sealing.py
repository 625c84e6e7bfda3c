"""Sealing a stream to one recipient: the age file format (age-encryption.org/v1) with X25519.

Anyone can seal to a recipient, so a seal proves nothing about the sender. An age stream also gives
out plaintext before its end is verified: whoever reads `open_stream`'s sink must treat what it
holds as unproven until the function returns. Memory stays bounded (64 KiB chunks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pyrage

from gada.engine.refusal import Invalid

_HEADER_BYTES = 64 * 1024  # ours has about 250; a hostile one must not fill the memory
_FIRST_CHUNK_BYTES = 2 * (64 * 1024 + 16)


class Source(Protocol):
    """Where bytes come from: at most `size` of them, none at the end."""

    def read(self, size: int, /) -> bytes: ...


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object: ...


def new_sealing_key() -> tuple[str, str]:
    """(secret, recipient) as age writes them: `AGE-SECRET-KEY-1…` and `age1…`."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(secret: str) -> str:
    """The `age1…` recipient of a secret. Raises Invalid `sealing-key-malformed`."""
    return str(_identity(secret).to_public())


def check_recipient(recipient: str) -> None:
    """Raises Invalid `sealing-key-malformed` unless `recipient` can be sealed to."""
    _recipient(recipient)


def seal_stream(recipient: str, source: Source, sink: Sink) -> None:
    """Seal all of `source` to `recipient`. Errors of `source` and `sink` pass through unchanged."""
    watched_source, watched_sink = _WatchedSource(source), _WatchedSink(sink)
    try:
        pyrage.encrypt_io(watched_source, watched_sink, [_recipient(recipient)])
    except (OSError, pyrage.EncryptError):
        _raise_first(watched_source.error, watched_sink.error, Invalid("seal-failed", "Sealing failed."))
    _raise_first(watched_source.error, watched_sink.error)


def open_stream(secret: str | Sequence[str], source: Source, sink: Sink, *, limit_bytes: int) -> int:
    """Unseal `source` into `sink`; the number of bytes, once the end of the stream is authenticated.

    Several secrets may be given, as sealing keys rotate; any that fits opens.

    Raises Invalid `seal-wrong-recipient`, `seal-truncated`, `seal-broken` or `seal-too-large` (more
    than `limit_bytes` of plaintext). A cut inside a chunk cannot be told from a change: `seal-broken`.
    """
    watched_sink = _WatchedSink(sink, limit_bytes=limit_bytes)
    watched_source = _WatchedSource(source, header_of=watched_sink)
    identities = [_identity(one) for one in ([secret] if isinstance(secret, str) else secret)]
    try:
        pyrage.decrypt_io(watched_source, watched_sink, identities)
    except (OSError, pyrage.DecryptError) as error:
        _raise_first(watched_source.error, watched_sink.error, _refusal(str(error)))
    _raise_first(watched_source.error, watched_sink.error)
    return watched_sink.written


def _raise_first(*errors: Exception | None) -> None:
    """Also called on success: pyrage drops an error of the sink that comes with the last bytes."""
    for error in errors:
        if error is not None:
            raise error from None


@dataclass(slots=True)
class _WatchedSink:
    """Counts, bounds, and keeps the error that pyrage would turn into its own."""

    sink: Sink
    limit_bytes: int | None = None
    written: int = 0
    error: Exception | None = None

    def write(self, data: bytes) -> int:
        try:
            if self.limit_bytes is not None and self.written + len(data) > self.limit_bytes:
                raise Invalid("seal-too-large", "There is more inside than was promised.")
            self.sink.write(data)
        except Exception as error:
            self.error = error
            raise
        self.written += len(data)
        return len(data)

    def flush(self) -> None:
        """pyrage asks for it; whoever owns the sink flushes."""


@dataclass(slots=True)
class _WatchedSource:
    source: Source
    header_of: _WatchedSink | None = None
    taken: int = 0
    error: Exception | None = None

    def read(self, size: int) -> bytes:
        try:
            data = self.source.read(size)
            self.taken += len(data)
            waiting = self.header_of is not None and self.header_of.written == 0
            if waiting and self.taken > _HEADER_BYTES + _FIRST_CHUNK_BYTES:
                raise Invalid("seal-broken", "The seal has no readable beginning.")
        except Exception as error:
            self.error = error
            raise
        return data


def _identity(secret: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(secret)
    except pyrage.IdentityError:
        raise Invalid("sealing-key-malformed", "This is not a sealing key.") from None


def _recipient(recipient: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise Invalid("sealing-key-malformed", "This is not a sealing key.") from None


def _refusal(reason: str) -> Invalid:
    if "No matching keys" in reason:
        return Invalid(
            "seal-wrong-recipient", "This was sealed for somebody else, or its beginning was changed."
        )
    if "truncated" in reason or "Incomplete header" in reason or "fill whole buffer" in reason:
        return Invalid("seal-truncated", "The end is missing.")
    return Invalid("seal-broken", "The seal is broken: something was changed or cut on the way.")
