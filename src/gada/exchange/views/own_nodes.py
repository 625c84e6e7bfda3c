"""What nodes of our own agency ask of us: every request signed, answered once, and every answer signed by us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from gada.exchange.models import OwnNode
from gada.exchange.services.answering import who_signed
from gada.exchange.services.own_nodes import syncing
from gada.exchange.views.nodes import answered_to, read_json

Answered = Callable[..., bytes | dict[str, Any]]


def for_own_nodes(*methods: str) -> Callable[[Answered], Callable[..., HttpResponse]]:
    """A view for nodes of ours."""
    return answered_to(_recognise, *methods)


def _recognise(request: HttpRequest, body: bytes) -> OwnNode:
    nodes = {node.keys.http_key_id: node for node in OwnNode.objects.all()}
    return nodes[who_signed(
        {key_id: node.keys.http for key_id, node in nodes.items()}, method=request.method or "",
        url=request.build_absolute_uri(), headers=dict(request.headers), body=body, at=timezone.now(),
    )]


@for_own_nodes("POST")
def greeting(request: HttpRequest, node: OwnNode, body: bytes) -> dict[str, Any]:
    return syncing.greet(node)


@for_own_nodes("POST")
def arriving(request: HttpRequest, node: OwnNode, body: bytes, *, digest: str) -> dict[str, Any]:
    return syncing.announce(node, digest, read_json(body)["size"])


@for_own_nodes("PUT")
def arriving_piece(request: HttpRequest, node: OwnNode, body: bytes, *, digest: str, offset: int) -> dict[str, Any]:
    return syncing.add(node, digest, offset, body)


@for_own_nodes("POST")
def arriving_done(request: HttpRequest, node: OwnNode, body: bytes, *, digest: str) -> dict[str, Any]:
    return syncing.finish(node, digest, at=timezone.now())


@for_own_nodes("POST")
def leaving(request: HttpRequest, node: OwnNode, body: bytes) -> dict[str, Any]:
    return syncing.leave(node, read_json(body)["held"], at=timezone.now())


@for_own_nodes("POST")
def leaving_piece(request: HttpRequest, node: OwnNode, body: bytes, *, digest: str) -> bytes:
    return syncing.piece_of(node, digest, read_json(body)["offset"], at=timezone.now())
