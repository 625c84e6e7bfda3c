"""Extracts for partners without Gada: who asked, what was decided, which families are in it, who was served."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models
from django.utils import timezone

from gada.exchange.rules.extracts import ExtractPurpose, Kind, Source, state_of_extract
from gada.people.words import LegalBasis


class Extract(models.Model):
    """One request and, once approved, the file made from it. `number` stands in header, footer and properties."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=20, unique=True)
    agency = models.UUIDField(db_index=True)
    organisation = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    country = models.CharField(max_length=3)
    asked_by = models.CharField(max_length=120)  # the person of the partner's who asks
    contact = models.CharField(max_length=120)
    purpose = models.CharField(max_length=12, choices=ExtractPurpose)
    why = models.CharField(max_length=500)
    legal_basis = models.CharField(max_length=16, choices=LegalBasis)
    source = models.CharField(max_length=9, choices=Source)
    of = models.UUIDField(null=True)  # the list, site or programme
    of_name = models.CharField(max_length=160)
    households = models.JSONField(default=list)  # of a list of numbers
    fields = models.JSONField()  # field → why it is needed ("": the purpose proposes it)
    expires_at = models.DateTimeField()
    requested_at = models.DateTimeField()
    requested_by = models.UUIDField()
    state = models.CharField(max_length=8, default="asked")  # asked | approved | refused | made
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(null=True)
    times_made = models.PositiveSmallIntegerField(default=0)
    families = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict)  # why → how many families
    digest = models.CharField(max_length=64, blank=True)
    file_bytes = models.PositiveBigIntegerField(default=0)
    destroyed_at = models.DateTimeField(null=True)
    destroyed_said_by = models.CharField(max_length=120, blank=True)
    destroyed_how = models.CharField(max_length=300, blank=True)
    versions = models.JSONField(default=dict)

    class Meta:
        ordering = ["-requested_at"]

    @property
    def last_day(self) -> date:
        """The last day on which the partner may use it; it expires at the midnight after."""
        return timezone.localdate(self.expires_at - timedelta(seconds=1))

    def state_at(self, at: datetime) -> str:
        """asked, approved, made, due … as `state_of_extract` says."""
        return state_of_extract(self.state, self.expires_at, self.destroyed_at, at)


class ExtractRow(models.Model):
    """One family of an extract under the code it has there alone, and what the partner said of it last."""

    id = models.UUIDField(primary_key=True)
    extract = models.ForeignKey(Extract, on_delete=models.PROTECT, related_name="rows")
    household = models.ForeignKey("people.Household", on_delete=models.PROTECT, related_name="extract_rows")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="extract_rows")  # who is named
    code = models.CharField(max_length=14, unique=True)
    made = models.PositiveSmallIntegerField()  # in which making it was last
    served = models.BooleanField(null=True)
    served_on = models.DateField(null=True)
    quantity = models.PositiveBigIntegerField(null=True)  # thousandths of the unit that the partner counts in
    reason = models.CharField(max_length=12, blank=True)
    said_at = models.DateTimeField(null=True)
    versions = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["extract", "household"], name="one_row_of_a_family")]
