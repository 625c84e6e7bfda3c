"""Who is linked, what the partner said about them, what differs, and what still waits for a person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Link(models.Model):
    """Our person ↔ their handle under one agreement: one-to-one, reversible."""

    id = models.UUIDField(primary_key=True)
    agreement_id = models.UUIDField(db_index=True)
    peer = models.ForeignKey("exchange.Peer", on_delete=models.PROTECT, related_name="links")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="partner_links")
    our_handle = models.CharField(max_length=64)
    their_handle = models.CharField(max_length=64)
    pair = models.CharField(max_length=64)  # digest of both handles, sorted: the same on both sides
    run_id = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=6, blank=True)  # ours | theirs
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement_id", "person"], condition=Q(withdrawn_at=None), name="one_link_per_person"
            ),
            models.UniqueConstraint(
                fields=["agreement_id", "their_handle"],
                condition=Q(withdrawn_at=None),
                name="one_link_per_handle",
            ),
        ]
        indexes = [models.Index(fields=["agreement_id", "pair"], name="links_in_pair_order")]


class Statement(models.Model):
    """What the partner said about a linked person, with its source; never written over ours.

    Shown once its package is complete (`package.state` done).
    """

    id = models.UUIDField(primary_key=True)
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="statements")
    field = models.CharField(max_length=20)
    value = models.JSONField()
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    package = models.ForeignKey(
        "exchange.Package", on_delete=models.PROTECT, related_name="statements", db_index=False
    )
    ordinal = models.BigIntegerField()  # sequence and record number: the greatest of a field counts

    class Meta:
        indexes = [
            models.Index(fields=["link", "field", "ordinal"], name="newest_statement"),
            models.Index(fields=["package", "ordinal"], name="statements_in_order"),
        ]


class PartnerPrints(models.Model):
    """Fingerprints the partner delivered for a linked person: an ISO/IEC 19794-2 record under that person's key."""

    id = models.UUIDField(primary_key=True)
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="prints")
    blob = models.UUIDField()
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    package = models.ForeignKey("exchange.Package", on_delete=models.PROTECT, related_name="prints")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "digest"], name="one_record_per_link")]


class Proposal(models.Model):
    """A difference between what the partner says and what we hold."""

    id = models.UUIDField(primary_key=True)
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="proposals")
    field = models.CharField(max_length=20)
    ours = models.JSONField()
    theirs = models.JSONField()
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True)
    state = models.CharField(max_length=9, default="open")  # open | accepted | kept | lapsed
    settled_by = models.CharField(max_length=9, blank=True)  # authority | person
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    versions = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["opened_at"], condition=Q(state="open"), name="proposals_waiting")]


class PairCase(models.Model):
    """Two people, one of each side, of whom no rule can say whether they are one: both sides must agree."""

    id = models.UUIDField(primary_key=True)
    agreement_id = models.UUIDField()
    peer = models.ForeignKey("exchange.Peer", on_delete=models.PROTECT)
    run_id = models.UUIDField()
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="pair_cases")
    our_handle = models.CharField(max_length=64)
    their_handle = models.CharField(max_length=64)
    pair = models.CharField(max_length=64, db_index=True)
    why = models.CharField(max_length=8)  # unsure | differ | second
    relations = models.JSONField()  # field → agree | close | differ, never a value
    print_scores = models.JSONField()  # finger → score
    total = models.IntegerField()
    opened_at = models.DateTimeField()
    our_answer = models.CharField(max_length=9, blank=True)  # same | different
    their_answer = models.CharField(max_length=9, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    versions = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run_id", "pair"], name="one_case_per_pair_and_run")]
