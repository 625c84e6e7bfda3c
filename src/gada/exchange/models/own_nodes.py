"""Nodes of our own agency: headquarters and the laptops it made kits for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from gada.engine.proof.key_cards import KeyCard, read_key_card


class OwnNodeState(models.TextChoices):
    ACTIVE = "active", _("in use")
    WITHDRAWN = "withdrawn", _("reported lost")


class OwnNode(models.Model):
    """One node of ours, as headquarters admitted it. `id` is its node id; what it may hold never grows."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=120)
    headquarters = models.BooleanField(default=False)
    agency = models.UUIDField()
    sites = models.JSONField(default=list)  # ids as text; empty: all (headquarters)
    card = models.TextField()
    certificate = models.TextField(blank=True)  # with which it signs for its own HTTPS
    address = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=OwnNodeState, default=OwnNodeState.ACTIVE)
    kept = models.JSONField(default=dict)  # of a lost device: how much of each of its logs still counts
    refused = models.JSONField(default=dict)  # by log, stretches [from, to) that a person refused: never taken in
    admitted_at = models.DateTimeField()
    versions = models.JSONField(default=dict)
    # Contact is no fact about anybody, and differs from node to node.
    last_contact = models.DateTimeField(null=True)
    holds = models.JSONField(default=dict)  # how far it holds each log, as it last said itself
    random_fields = ("last_contact", "holds")

    class Meta:
        ordering = ["-headquarters", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> tuple[str, UUID]:
        return ("node", self.id)

    @property
    def keys(self) -> KeyCard:
        """Its public keys."""
        return read_key_card(self.card.encode())

    @property
    def site_ids(self) -> frozenset[UUID]:
        return frozenset(UUID(site) for site in self.sites)

    @property
    def held(self) -> dict[UUID, int]:
        """How far it holds each log."""
        return {UUID(log): int(size) for log, size in self.holds.items()}

    def expired_at(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at
