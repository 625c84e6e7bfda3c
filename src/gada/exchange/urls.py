"""Pages for people, and `/exchange/v1/` for partners' nodes."""

from __future__ import annotations

from django.urls import path

from gada.exchange.views import nodes

app_name = "exchange"
NODES = "exchange/v1/"
urlpatterns = [
    path(f"{NODES}heartbeat", nodes.heartbeat),
    path(f"{NODES}countersignature", nodes.countersignature),
    path(f"{NODES}witnessed", nodes.witnessed),
    path(f"{NODES}card", nodes.card),
    path(f"{NODES}agreements", nodes.agreement),
    path(f"{NODES}equality", nodes.equality),
    path(f"{NODES}overlap/<uuid:run>/stop", nodes.overlap_stop),
    path(f"{NODES}overlap/<uuid:run>/<slug:step>", nodes.overlap_step),
    path(f"{NODES}uploads", nodes.uploads),
    path(f"{NODES}uploads/<uuid:upload>", nodes.upload_piece),
    path(f"{NODES}uploads/<uuid:upload>/finish", nodes.upload_finish),
]
