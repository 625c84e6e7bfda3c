"""One comparison with a partner: its steps, and every message of it, so that a killed process goes on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class OverlapRun(models.Model):
    """The course of one comparison at this side. What must stay provable is in the journal beside it."""

    id = models.UUIDField(primary_key=True)
    agreement = models.ForeignKey("exchange.Agreement", on_delete=models.PROTECT, related_name="runs")
    agreement_key = models.UUIDField(db_index=True)  # the agreement through all its versions
    peer = models.ForeignKey("exchange.Peer", on_delete=models.PROTECT, related_name="runs")
    initiator = models.BooleanField()
    asks = models.BooleanField()  # this side learns the common tokens first
    started_by = models.UUIDField(null=True)
    state = models.CharField(max_length=8, default="running")  # running | done | stopped
    step = models.CharField(max_length=12, blank=True)  # the last step completed
    reason = models.CharField(max_length=60, blank=True)
    secrets = models.BinaryField()  # keys, seeds and salts, sealed
    figures = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement_key"], condition=Q(state="running"), name="one_run_at_a_time"
            )
        ]
        ordering = ["-started_at"]


class RunMessage(models.Model):
    """One step's question and answer, sealed. The same question again gets the same answer."""

    run = models.ForeignKey(OverlapRun, on_delete=models.CASCADE, related_name="messages")
    step = models.CharField(max_length=12)
    request_digest = models.CharField(max_length=64)
    request = models.BinaryField()
    response = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "step"], name="one_message_per_step")]
