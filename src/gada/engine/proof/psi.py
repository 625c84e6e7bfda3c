"""Private set intersection: which tokens do both sides hold, without showing the others.

A wrapper over openmined-psi (elliptic-curve Diffie–Hellman), raw data structure only: Bloom filters
and Golomb sets give false hits. One run: the server sends `setup`, the client `request`, the server
`response`; only the client learns the result. Every run takes a fresh key; the same key makes the
same bytes, so that an audit can recompute every message. Both sides must agree on `reveal`:
without it the client learns the number of common tokens and not which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from gada.engine.refusal import Invalid, Refusal

try:  # wheels exist for Linux x86-64 and macOS only: the optional extra gada[overlap]
    import private_set_intersection.python as _library
except ImportError:
    _library = None

KEY_BYTES = 32
ELEMENT_BYTES = 35  # a compressed P-256 point and its protobuf framing
LARGEST_SET = 1_000_000

Answer = TypeVar("Answer")


def available() -> bool:
    """Whether this machine can take part in an overlap."""
    return _library is not None


class Client:
    """The side that learns. `tokens` are distinct; results are indices into them as given."""

    def __init__(self, tokens: Sequence[bytes], *, reveal: bool, key: bytes | None = None) -> None:
        """Raises Invalid `overlap-unavailable`, `overlap-tokens`, `overlap-key`."""
        self._tokens = _texts(tokens)
        self._engine = _engine("client", reveal=reveal, key=key)
        self._reveal = reveal

    @property
    def key(self) -> bytes:
        """32 bytes, for the sealed audit copy only. Whoever has it can test any token."""
        return bytes(self._engine.GetPrivateKeyBytes())

    def request(self) -> bytes:
        """The message to the server."""
        return _bytes(self._engine.CreateRequest(self._tokens))

    def common_indices(self, *, setup: bytes, response: bytes) -> tuple[int, ...]:
        """Which of our tokens the server holds too, ascending. Raises Invalid `overlap-message`."""
        if not self._reveal:
            raise ValueError("this run counts only")
        indices = self._result(self._engine.GetIntersection, setup, response)
        return tuple(sorted(indices))

    def common_count(self, *, setup: bytes, response: bytes) -> int:
        """How many of our tokens the server holds too. Raises Invalid `overlap-message`."""
        return int(self._result(self._engine.GetIntersectionSize, setup, response))

    def _result(self, ask: Callable[[Any, Any], Answer], setup: bytes, response: bytes) -> Answer:
        parsed_setup = _parse("ServerSetup", setup)
        parsed_response = _parse("Response", response)
        if len(parsed_response.encrypted_elements) != len(self._tokens):
            raise _refusal()
        if parsed_setup.WhichOneof("data_structure") != "raw":
            raise _refusal()
        return _guarded(lambda: ask(parsed_setup, parsed_response))


class Server:
    """The side that does not learn."""

    def __init__(self, tokens: Sequence[bytes], *, reveal: bool, key: bytes | None = None) -> None:
        """Raises Invalid `overlap-unavailable`, `overlap-tokens`, `overlap-key`."""
        self._tokens = _texts(tokens)
        self._engine = _engine("server", reveal=reveal, key=key)
        self._reveal = reveal

    @property
    def key(self) -> bytes:
        """32 bytes, for the sealed audit copy only. Whoever has it can test any token."""
        return bytes(self._engine.GetPrivateKeyBytes())

    def setup(self) -> bytes:
        """The message to the client: our tokens under our key, sorted by the result."""
        # The rate of false hits and the client's size mean nothing to the raw structure.
        return _bytes(
            self._engine.CreateSetupMessage(
                0.001, len(self._tokens), self._tokens, _library.DataStructure.RAW
            )
        )

    def respond(self, request: bytes, *, largest_set: int = LARGEST_SET) -> bytes:
        """The answer to one request. Raises Invalid `overlap-message` or `overlap-too-large`.

        Answer one request per key: a second would tell the client about more tokens than it committed to.
        """
        parsed = _parse("Request", request, largest_set=largest_set)
        if not parsed.encrypted_elements or parsed.reveal_intersection != self._reveal:
            raise _refusal()
        if len(set(parsed.encrypted_elements)) != len(parsed.encrypted_elements):
            raise _refusal()
        return _guarded(lambda: _bytes(self._engine.ProcessRequest(parsed)))


def _engine(side: str, *, reveal: bool, key: bytes | None) -> Any:
    if _library is None:
        raise Invalid(
            "overlap-unavailable",
            "This machine cannot compare with a partner; the server at headquarters can.",
        )
    kind = getattr(_library, side)
    if key is None:
        return kind.CreateWithNewKey(reveal)
    if len(key) != KEY_BYTES:
        raise Invalid("overlap-key", "This is not the key of a comparison.")
    try:
        return kind.CreateFromKey(key, reveal)
    except (RuntimeError, ValueError):
        raise Invalid("overlap-key", "This is not the key of a comparison.") from None


def _texts(tokens: Sequence[bytes]) -> list[str]:
    if not 0 < len(tokens) <= LARGEST_SET or len(set(tokens)) != len(tokens):
        raise Invalid("overlap-tokens", "The set to compare is empty, too large, or holds a token twice.")
    return [token.hex() for token in tokens]


def _parse(kind: str, message: bytes, *, largest_set: int = LARGEST_SET) -> Any:
    if len(message) > largest_set * ELEMENT_BYTES + 1024:
        raise Invalid("overlap-too-large", "The partner's set is larger than agreed.")
    message_type = getattr(_library, kind)
    return _guarded(lambda: message_type.FromString(message))


def _guarded(step: Callable[[], Answer]) -> Answer:
    """The library raises its own, protobuf's and C++'s exceptions; all mean a bad message here."""
    try:
        return step()
    except Refusal:
        raise
    except Exception:  # noqa: BLE001
        raise _refusal() from None


def _bytes(message: Any) -> bytes:
    return bytes(message.SerializeToString(deterministic=True))


def _refusal() -> Invalid:
    return Invalid(
        "overlap-message", "The partner's message cannot be understood; nothing was learnt from it."
    )
