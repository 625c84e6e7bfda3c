"""Messages of a comparison: canonical JSON sealed to the partner, kept sealed for ourselves."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.sealing import open_stream, seal_stream
from gada.engine.refusal import Invalid
from gada.exchange.models import OverlapRun, Peer, RunMessage
from gada.vault.working_keys import all_working_keys

LARGEST_BYTES = 64 << 20


def seal_message(peer: Peer, body: Any) -> bytes:
    """For this partner only, whatever the transport shows to others."""
    sink = io.BytesIO()
    seal_stream(peer.keys.sealing, io.BytesIO(canonical_bytes(body)), sink)
    return sink.getvalue()


def open_message(sealed: bytes) -> Any:
    """A message sealed to us. Raises Invalid `seal-…`, `canonical-…`."""
    sink = io.BytesIO()
    open_stream(own_secrets(), io.BytesIO(sealed), sink, limit_bytes=LARGEST_BYTES)
    return parse_canonical(sink.getvalue(), largest_bytes=LARGEST_BYTES)


def own_secrets() -> list[str]:
    """Our sealing keys still alive, newest first."""
    return [key.private for key in reversed(all_working_keys()) if key.use == "sealing"]


def keep_request(run: OverlapRun, step: str, body: Any) -> None:
    """The question of a step, once: a second, different one is refused."""
    plain = canonical_bytes(body)
    kept, made = RunMessage.objects.get_or_create(
        run=run,
        step=step,
        defaults={"request_digest": digest_hex(plain), "request": vault.seal_for_node(plain)},
    )
    if not made and kept.request_digest != digest_hex(plain):
        raise Invalid("overlap-other-question", _("This step was already asked, with other content."))


def keep_response(run: OverlapRun, step: str, body: Any) -> None:
    """The answer of a step."""
    RunMessage.objects.filter(run=run, step=step, response=None).update(
        response=vault.seal_for_node(canonical_bytes(body))
    )


def kept_messages(run_id: UUID) -> dict[str, tuple[Any, Any]]:
    """step → (question, answer or None) of everything said so far."""
    return {
        message.step: (
            _opened(bytes(message.request)),
            _opened(bytes(message.response)) if message.response is not None else None,
        )
        for message in RunMessage.objects.filter(run_id=run_id)
    }


def _opened(box: bytes) -> Any:
    return parse_canonical(vault.open_for_node(bytes(box)), largest_bytes=LARGEST_BYTES)


def text(body: bytes) -> str:
    """Bytes inside a message."""
    return base64.b64encode(body).decode()


def body_of(said: Any, name: str) -> bytes:
    """The bytes of a message's part. Raises Invalid `overlap-message`."""
    try:
        return base64.b64decode(said[name], validate=True)
    except (KeyError, TypeError, binascii.Error, ValueError):
        raise unreadable() from None


def unreadable() -> Invalid:
    return Invalid(
        "overlap-message", "The partner's message cannot be understood; nothing was learnt from it."
    )
