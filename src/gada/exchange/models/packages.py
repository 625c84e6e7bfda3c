"""Packages sent and received, and uploads that are under way."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Package(models.Model):
    """One package: the sealed file lies in the node's folder, its course is here."""

    id = models.UUIDField(primary_key=True)
    outgoing = models.BooleanField()
    agreement_key = models.UUIDField(db_index=True)  # the agreement through all its versions
    agreement = models.ForeignKey("exchange.Agreement", on_delete=models.PROTECT, related_name="packages")
    peer = models.ForeignKey("exchange.Peer", on_delete=models.PROTECT, related_name="packages")
    sequence = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # of its manifest
    previous = models.CharField(max_length=64, blank=True)
    sealed_bytes = models.BigIntegerField()
    sealed_digest = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)  # records by kind
    state = models.CharField(
        max_length=10
    )  # made | delivered | done | refused; waiting | applying | done | refused
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    skipped = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=60, blank=True)  # code of the refusal
    receipt = models.TextField(blank=True)
    offset = models.BigIntegerField(default=0)  # applied so far
    number = models.PositiveIntegerField(default=0)
    settled = models.BigIntegerField(default=0)  # statements up to this ordinal were compared with ours
    refused_records = models.JSONField(default=list)
    versions = models.JSONField(default=dict)
    random_fields = ("offset", "number", "settled", "refused_records", "state")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement_key", "outgoing", "sequence"],
                condition=~Q(state="refused"),
                name="one_package_per_sequence",
            )
        ]
        ordering = ["-made_at"]


class Upload(models.Model):
    """A package file arriving in pieces."""

    id = models.UUIDField(primary_key=True)
    peer = models.ForeignKey("exchange.Peer", on_delete=models.PROTECT)
    sealed_digest = models.CharField(max_length=64)
    sealed_bytes = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    begun_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "sealed_digest"], name="one_upload_per_file")]


class RefusedPackage(models.Model):
    """A file that was refused whole, and why."""

    id = models.UUIDField(primary_key=True)
    peer = models.ForeignKey("exchange.Peer", on_delete=models.PROTECT, null=True)
    sealed_digest = models.CharField(max_length=64)
    sealed_bytes = models.BigIntegerField()
    code = models.CharField(max_length=60)
    refused_at = models.DateTimeField()

    class Meta:
        ordering = ["-refused_at"]


class SentValue(models.Model):
    """What a partner was last told about a linked person, by digest: only what changed is sent again."""

    link = models.ForeignKey("exchange.Link", on_delete=models.CASCADE, related_name="sent")
    field = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    package_id = models.UUIDField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "field"], name="one_sent_value_per_field")]
