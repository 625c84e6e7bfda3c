"""What the API remembers so that a repeated request is answered, not done again."""

from __future__ import annotations

from django.db import models


class KeptAnswer(models.Model):
    """The answer once given to a write with this `Idempotency-Key` by this operator, sealed for the node."""

    operator = models.UUIDField()
    key = models.CharField(max_length=80)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=80)
    box = models.BinaryField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator", "key"], name="one_answer_per_key")]
