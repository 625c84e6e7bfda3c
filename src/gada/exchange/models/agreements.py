"""Agreements, version by version, and the notices that stop and resume them."""

from __future__ import annotations

from django.db import models

from gada.exchange.rules.terms import Terms, read_terms


class Agreement(models.Model):
    """One version of an agreement: the canonical document and what both sides put under it."""

    digest = models.CharField(max_length=64, primary_key=True)
    agreement_id = models.UUIDField(db_index=True)
    version = models.PositiveIntegerField()
    peer = models.ForeignKey("exchange.Peer", on_delete=models.PROTECT, related_name="agreements")
    document = models.TextField()
    drafted_here = models.BooleanField()
    prepared_at = models.DateTimeField()
    signed_by = models.CharField(
        max_length=120, blank=True
    )  # the officer of ours; the DPO countersigns after
    signer = models.UUIDField(null=True)
    signed_at = models.DateTimeField(null=True)
    our_signature = models.TextField(blank=True)  # a signed document each, canonical JSON
    their_signature = models.TextField(blank=True)
    our_receipt = models.TextField(blank=True)
    their_receipt = models.TextField(blank=True)
    active_since = models.DateTimeField(null=True)
    versions = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement_id", "version"], name="one_text_per_version")
        ]
        ordering = ["-prepared_at"]

    @property
    def terms(self) -> Terms:
        return read_terms(self.document.encode())


class Notice(models.Model):
    """A signed word of one side: the agreement is suspended, or lifted. The greatest serial of a side counts."""

    id = models.UUIDField(primary_key=True)
    agreement_id = models.UUIDField(db_index=True)
    peer = models.ForeignKey("exchange.Peer", on_delete=models.PROTECT, related_name="notices")
    ours = models.BooleanField()
    serial = models.PositiveIntegerField()
    suspended = models.BooleanField()
    said_by = models.CharField(max_length=120)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    document = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement_id", "ours", "serial"], name="one_notice_per_serial")
        ]
