"""A card of a person, each printed copy of it, and what became of it.

Rows are only ever added, each by one entry, and a row holds the id of another without asking whether it is there yet:
in whatever order the entries of several laptops arrive, the same rows stand at the end. Where a card stands is read
from them (`queries.cards`).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a card stands."""

    ISSUED = "issued", _("to print")
    PRINTED = "printed", _("printed, to confirm")
    CONFIRMED = "confirmed", _("confirmed")
    LOST = "lost", _("lost")
    CANCELLED = "cancelled", pgettext_lazy("card", "cancelled")


class Paper(models.TextChoices):
    """What a copy is printed on."""

    CARD = "card", _("Cards on A4, to cut and fold")
    PRINTER = "printer", _("Cards on a card printer")
    SLIP = "slip", _("A6 slips, four on A4")


class Card(models.Model):
    """What a person carries. `number` is its own, so that a lost card is told from the one that replaced it."""

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey(
        "people.Person", on_delete=models.DO_NOTHING, db_constraint=False, related_name="cards"
    )
    number = models.CharField(max_length=20, db_index=True)
    replaces = models.UUIDField(null=True)
    issued_at = models.DateTimeField()
    issued_by = models.UUIDField()
    lamport = models.BigIntegerField()


class Copy(models.Model):
    """One printing of a card. Its id stands in the QR code; `serial` is what the eye reads."""

    id = models.UUIDField(primary_key=True)
    card = models.ForeignKey(Card, on_delete=models.DO_NOTHING, db_constraint=False, related_name="copies")
    batch = models.UUIDField(db_index=True)
    serial = models.CharField(max_length=12)
    paper = models.CharField(max_length=8, choices=Paper)
    printed_at = models.DateTimeField()
    printed_by = models.UUIDField()
    lamport = models.BigIntegerField()


class Step(models.Model):
    """What became of a card: a copy came out well, the card is lost, it counts no longer."""

    id = models.UUIDField(primary_key=True)
    card = models.ForeignKey(Card, on_delete=models.DO_NOTHING, db_constraint=False, related_name="steps")
    copy = models.UUIDField(null=True, db_index=True)
    what = models.CharField(max_length=9, choices=State)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    operator_id = models.UUIDField()
    lamport = models.BigIntegerField()
