"""A campaign, its roll call at each site, who was seen, and each step about a family that was not.

One entry, one row, never changed: where a family stands is computed from its rows (`rules.standing_of`), so the order
in which they arrive cannot matter. References to what another node may bring later are plain ids.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Campaign(models.Model):
    """Everybody is to be seen again between two days; and the rule by which absence may be proposed."""

    id = models.UUIDField(primary_key=True)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT)
    programme = models.ForeignKey(
        "agencies.Programme", on_delete=models.PROTECT, null=True
    )  # None: whoever lives there
    name = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField()
    not_seen = models.BooleanField(default=True)  # not seen in this campaign: may be proposed
    misses = models.PositiveSmallIntegerField(null=True)  # distributions missed in a row: may be proposed (None: never)
    grace_days = models.PositiveSmallIntegerField(default=14)
    appeal_at = models.CharField(max_length=200)  # where, with whom: printed on every notice
    opened_by = models.UUIDField()
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__lte=models.F("ends_on")), name="campaign_in_order"),
        ]


class RollCall(models.Model):
    """A campaign at one site. Expected there is who was registered at `opened_at`."""

    id = models.UUIDField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="roll_calls")
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    opened_at = models.DateTimeField()
    lamport = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "site"], name="one_roll_call_of_a_site")]


class Closing(models.Model):
    """A supervisor said that a roll call is over."""

    id = models.UUIDField(primary_key=True)
    roll_call = models.UUIDField(db_index=True)
    operator_id = models.UUIDField()
    at = models.DateTimeField()


class Means(models.TextChoices):
    """By what somebody was recognised."""

    FINGER = "finger", _("Fingerprint")
    CARD = "card", _("Card and photo")
    KNOWN = "known", _("Two members of the community")
    FAMILY = "family", _("A member of the household")


class Sighting(models.Model):
    """Somebody was present. Several of one person are kept and counted once."""

    id = models.UUIDField(primary_key=True)
    campaign = models.UUIDField()
    person = models.UUIDField(db_index=True)
    household = models.UUIDField(db_index=True)
    visit = models.UUIDField()  # those confirmed together
    seen_at = models.UUIDField()  # the site, which may be another than theirs
    means = models.CharField(max_length=6, choices=Means)
    score = models.IntegerField(null=True)  # −10·log10(FMR), fingerprints only
    vouched_by = models.UUIDField(null=True)  # the member of the household who was there
    vouchers = models.JSONField(default=list)  # the names of two members of the community
    operator_id = models.UUIDField()
    at = models.DateTimeField()
    lamport = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["campaign", "person"], name="seen_in_a_campaign")]


class What(models.TextChoices):
    """One step of the way from absence to a decision and back. Nothing happens by itself."""

    WARNED = "warned", _("Listed as absent")
    NOTICED = "noticed", _("Notice given")
    APPEALED = "appealed", _("Appeal received")
    HEARD = "heard", _("Appeal refused")
    GRANTED = "granted", _("Appeal granted")
    SUSPENDED = "suspended", _("Suspended from the next lists")
    KEPT = "kept", _("Kept on the lists")


class Channel(models.TextChoices):
    POSTED = "posted", _("Posted list")
    IN_PERSON = "in-person", _("Said in person, at home or to neighbours")
    PHONE = "phone", _("Telephone")
    LEADERS = "leaders", _("Community leaders")
    RADIO = "radio", _("Radio or loudspeaker")


class Step(models.Model):
    """What somebody did about the absence of one family in one campaign."""

    id = models.UUIDField(primary_key=True)
    campaign = models.UUIDField()
    household = models.UUIDField(db_index=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    what = models.CharField(max_length=9, choices=What)
    reason = models.CharField(max_length=500, blank=True)
    grounds = models.JSONField(default=list)  # [{"kind": "not-seen"}, {"kind": "missed", "count": 3}]
    channel = models.CharField(max_length=9, choices=Channel, blank=True)
    grace_days = models.PositiveSmallIntegerField(null=True)
    not_before = models.DateTimeField(null=True)  # of a notice: what its node knew to be past, whatever its clock said
    appeal = models.UUIDField(null=True)  # of an answer: the appeal it answers
    hears = models.CharField(max_length=120, blank=True)  # of an appeal: who will hear it
    operator_id = models.UUIDField()
    at = models.DateTimeField()
    lamport = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["campaign", "household"], name="steps_of_an_absence")]
