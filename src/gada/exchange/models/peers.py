"""Partners: other nodes whose key card two humans checked by reading its fingerprint aloud."""

from __future__ import annotations

from django.db import models

from gada.engine.proof.key_cards import KeyCard, read_key_card


class Peer(models.Model):
    """Another node. `id` is its node id."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=3)
    kind = models.CharField(max_length=12)
    training = models.BooleanField()
    card = models.TextField()  # canonical JSON as received
    fingerprint = models.CharField(max_length=60)
    address = models.CharField(max_length=200, blank=True)  # where its node answers; empty: by file only
    state = models.CharField(max_length=10, default="active")  # active | revoked | forked
    our_operator = models.CharField(max_length=120)
    their_operator = models.CharField(max_length=120)
    met_at = models.DateTimeField()
    last_contact = models.DateTimeField(null=True)
    versions = models.JSONField(default=dict)
    random_fields = ("last_contact",)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> tuple[str, object]:
        return ("peer", self.id)

    @property
    def keys(self) -> KeyCard:
        """Its public keys."""
        return read_key_card(self.card.encode())


class SeenRequest(models.Model):
    """A signed request that was answered: the same one again is a replay. Kept as long as the clock window."""

    key_id = models.CharField(max_length=60)
    nonce = models.CharField(max_length=60)
    created = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key_id", "nonce"], name="one_request_once")]
