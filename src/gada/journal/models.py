"""Logs, entries, facts, heads and who countersigned them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Log(models.Model):
    """One log per authoring node and epoch. A restore without witnesses opens a new epoch."""

    id = models.UUIDField(primary_key=True)
    node_id = models.UUIDField()
    epoch = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    restored_from = models.JSONField(null=True)  # the last head of the epoch before, and who confirmed it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node_id", "epoch"], name="one_log_per_epoch")]


class LogEntry(models.Model):
    """One entry's public header. Columns repeat the header for queries; the header bytes are the truth."""

    id = models.UUIDField(primary_key=True)
    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="entries", db_index=False)
    position = models.BigIntegerField(null=True)  # gap-free, given by the sealer
    action = models.CharField(max_length=60)
    about_type = models.CharField(max_length=40)
    about_id = models.UUIDField(db_index=True)
    by_type = models.CharField(max_length=40)
    by_id = models.UUIDField()
    agency = models.UUIDField(null=True)
    site = models.UUIDField(null=True)
    programme = models.UUIDField(null=True)
    purpose = models.CharField(max_length=40, blank=True)
    lamport = models.BigIntegerField()
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_index=True)
    header = models.BinaryField()
    leaf = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "position"], name="gap_free_position")]
        indexes = [models.Index(fields=["log", "recorded_at"], condition=Q(position=None), name="entries_to_seal")]


class Facts(models.Model):
    """The facts of an entry: `salt ‖ canonical bytes`, sealed under the subject's data key when they name a person."""

    entry = models.OneToOneField(LogEntry, on_delete=models.PROTECT, primary_key=True, related_name="kept_facts")
    subject = models.UUIDField(null=True, db_index=True)
    body = models.BinaryField()


class Mention(models.Model):
    """People an entry shows or concerns beside the one it is about: the data tracker's index."""

    entry = models.ForeignKey(LogEntry, on_delete=models.PROTECT, related_name="mentions")
    person_id = models.UUIDField(db_index=True)


class Head(models.Model):
    """A signed head: how many entries, the Merkle root over their leaves, the running chain hash."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="heads")
    size = models.BigIntegerField()
    root = models.BinaryField()
    chain = models.BinaryField()
    frontier = models.BinaryField()
    document = models.BinaryField()  # canonical bytes that were signed
    signature = models.TextField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "size"], name="one_head_per_size")]
        ordering = ["size"]


class Countersignature(models.Model):
    """A witness (another node) signed this very head of ours: from here on we cannot rewrite it unseen."""

    head = models.ForeignKey(Head, on_delete=models.PROTECT, related_name="countersignatures")
    witness = models.UUIDField()
    witness_name = models.CharField(max_length=120)
    public_key = models.BinaryField()
    signature = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["head", "witness"], name="one_countersignature_per_witness")]


class WitnessedHead(models.Model):
    """A head of somebody else's log that we countersigned: their memory, kept by us."""

    node_id = models.UUIDField(db_index=True)
    log_id = models.UUIDField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    document = models.BinaryField()
    signature = models.TextField()
    countersignature = models.TextField()
    witnessed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node_id", "log_id", "size"], name="one_witnessed_head_per_size")
        ]


class Clock(models.Model):
    """The Lamport counter on SQLite, one row. PostgreSQL uses a sequence: no writer waits for another."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    value = models.BigIntegerField()


class Withheld(models.Model):
    """A position in another node's log that this node may not see: its leaf alone, so that the whole still verifies."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="withheld", db_index=False)
    position = models.BigIntegerField()
    leaf = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "position"], name="one_leaf_per_position")]


class HeldEntry(models.Model):
    """An entry of another node that arrived and is not applied: not its author's to make, too new, or early.

    Nothing else reads these, so that what a stolen laptop wrote has no effect; nothing deletes them but being applied.
    """

    class Why(models.TextChoices):
        WAITING = "waiting", _("waits for something that has not arrived yet")
        NEWER = "newer", _("was written by a newer release")
        UNKNOWN = "unknown", _("comes from a node that is not known here")
        EXPIRED = "expired", _("comes from a device whose key had expired")
        WITHDRAWN = "withdrawn", _("comes from a device that was reported lost")
        BEYOND = "beyond", _("is not its author’s to make")
        REFUSED = "refused", _("was refused by a person")

    id = models.UUIDField(primary_key=True)
    log_id = models.UUIDField(db_index=True)
    author = models.UUIDField(db_index=True)
    position = models.BigIntegerField()
    action = models.CharField(max_length=60)
    lamport = models.BigIntegerField()
    why = models.CharField(max_length=9, choices=Why)
    detail = models.CharField(max_length=200, blank=True)
    box = models.BinaryField()  # the whole record as it came, sealed for this node
    arrived_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["lamport", "author"], name="held_in_order")]


class HeldHead(models.Model):
    """How far a lost or expired device brought its log at one time: a batch that a person accepts or refuses."""

    id = models.UUIDField(primary_key=True)  # made from the log and the size
    log_id = models.UUIDField(db_index=True)
    author = models.UUIDField()
    size = models.BigIntegerField()
    why = models.CharField(max_length=9, choices=HeldEntry.Why)
    box = models.BinaryField()  # the head as it came, sealed for this node
    arrived_at = models.DateTimeField()
