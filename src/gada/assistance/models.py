"""What a household is owed this cycle, who collected it and how they were recognised."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Intervention(models.Model):
    """What a programme does: general food distribution, shelter kits."""

    id = models.UUIDField(primary_key=True)
    programme = models.ForeignKey("agencies.Programme", on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    item = models.CharField(max_length=60)  # what one entitlement is, e.g. "food ration"
    started_at = models.DateTimeField()


class Cycle(models.Model):
    """One round of an intervention: March, round 7. Nobody collects twice in one."""

    id = models.UUIDField(primary_key=True)
    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="cycles")
    name = models.CharField(max_length=60)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__lte=models.F("ends_on")), name="cycle_in_order"),
            models.UniqueConstraint(fields=["intervention", "name"], name="one_cycle_of_a_name"),
        ]


class ListStatus(models.TextChoices):
    DRAFT = "draft", _("being prepared")
    VERIFIED = "verified", _("checked by a second person")
    FROZEN = "frozen", _("open at the desks")
    CLOSED = "closed", _("closed")


class DistributionList(models.Model):
    """Who is to be served at one site in one cycle. Made by one person, checked by another (A3)."""

    id = models.UUIDField(primary_key=True)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="lists")
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    contents = models.JSONField()  # [{"item", "unit", "grams_each", "per": "household" | "member"}]
    status = models.CharField(max_length=8, choices=ListStatus, default=ListStatus.DRAFT)
    made_by = models.UUIDField()
    verified_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "site"], name="one_list_of_a_site_and_cycle"),
            models.CheckConstraint(
                condition=Q(verified_by=None) | ~Q(verified_by=models.F("made_by")),
                name="list_checked_by_another",
            ),
        ]


class EntitlementStatus(models.TextChoices):
    OPEN = "open", _("to collect")
    REDEEMED = "redeemed", _("collected")
    HELD = "held", _("held: the same family has another one")
    CANCELLED = "cancelled", _("cancelled")


class Entitlement(models.Model):
    """What one household is owed in one cycle. At most one open or redeemed per canonical household (A4)."""

    id = models.UUIDField(primary_key=True)
    list = models.ForeignKey(DistributionList, on_delete=models.PROTECT, related_name="entitlements")
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, db_index=False)
    household = models.ForeignKey("people.Household", on_delete=models.PROTECT)
    canonical_household = models.UUIDField()
    item = models.CharField(max_length=60)
    contents = models.JSONField()  # [{"item", "unit", "quantity": whole thousandths of the unit}]
    members = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=9, choices=EntitlementStatus, default=EntitlementStatus.OPEN)
    held_by = models.UUIDField(null=True)  # the judgement that holds it
    collected_twice = models.BooleanField(
        default=False
    )  # both were collected before anybody knew it was one family
    leased_to = models.ForeignKey("agencies.Device", on_delete=models.PROTECT, null=True)
    lease_until = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    lamport = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["canonical_household", "cycle", "item"],
                condition=Q(status__in=["open", "redeemed"], collected_twice=False),
                name="one_entitlement_of_a_family_and_cycle",
            ),
            models.CheckConstraint(
                condition=Q(status="held", held_by__isnull=False) | (~Q(status="held") & Q(held_by=None)),
                name="held_by_a_judgement",
            ),
        ]


class Method(models.TextChoices):
    """The ladder of fallbacks, in order: nobody leaves without aid because of a reader (A5)."""

    FINGER = "finger", _("Fingerprint")
    OTHER_FINGER = "other-finger", _("Another finger")
    PHOTO = "photo", _("Photo compared by the agent")
    PIN = "pin", _("Secret code")
    CARD_AND_ALTERNATE = "card-and-alternate", _("Card with another recipient")
    SUPERVISOR = "supervisor", _("Supervisor")


class Verification(models.Model):
    """One step of recognising somebody at the desk, with its outcome: the working behind a redemption."""

    id = models.UUIDField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="verifications")
    person_id = models.UUIDField(db_index=True)
    method = models.CharField(max_length=20, choices=Method)
    recognised = models.BooleanField()
    score = models.IntegerField(null=True)  # −10·log10(FMR), fingerprints only
    finger = models.PositiveSmallIntegerField(null=True)
    # Whose print it was, when not ours: {"record", "lender": [kind, id], "name"}.
    source = models.JSONField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    operator_id = models.UUIDField()
    at = models.DateTimeField()


class Redemption(models.Model):
    """Aid handed over. The database refuses a second one for the same entitlement, whoever presses first."""

    id = models.UUIDField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="redemptions")
    collected_by = models.UUIDField()  # the person who came
    method = models.CharField(max_length=20, choices=Method)
    source = models.JSONField(null=True)  # as of the verification behind it
    operator_id = models.UUIDField()
    device = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()
    collected_twice = models.BooleanField(
        default=False
    )  # a breach that already happened elsewhere: kept, never lost

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement"], condition=Q(collected_twice=False), name="collected_once"
            )
        ]


class RefusalSlip(models.Model):
    """A supervisor said no: why, what to do now, until when to appeal. Never the end of the entitlement."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=20, unique=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="refusals")
    claimed_by = models.CharField(max_length=120, blank=True)  # the name given, if any
    reason = models.CharField(max_length=300)
    way_forward = models.CharField(max_length=300)
    appeal_until = models.DateField()
    operator_id = models.UUIDField()
    at = models.DateTimeField()
