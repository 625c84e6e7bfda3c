"""What the check at registration said, and files being imported."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FamilyCheck(models.Model):
    """The check of a family before it left: among how many people it looked, and when."""

    household = models.OneToOneField(
        "people.Household", on_delete=models.PROTECT, primary_key=True, related_name="check_at_registration"
    )
    people = models.PositiveIntegerField()
    sites = models.PositiveIntegerField()
    with_prints = models.PositiveIntegerField()
    cases = models.PositiveIntegerField()  # pairs that a person looks at
    at = models.DateTimeField()
    version = models.CharField(max_length=60)


class ImportState(models.TextChoices):
    PLANNED = "planned", _("tried out")
    RUNNING = "running", _("running")
    DONE = "done", _("finished")
    FAILED = "failed", _("stopped")


class ImportRun(models.Model):
    """One declared file on its way in. Not an entry: every household of it is one.

    The file itself is kept sealed under the run's own data key until the run is over, then its key goes.
    """

    id = models.UUIDField(primary_key=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    programme = models.ForeignKey("agencies.Programme", on_delete=models.PROTECT, null=True)
    operator = models.ForeignKey("agencies.Operator", on_delete=models.PROTECT)
    source = models.CharField(max_length=80)
    table = models.UUIDField(null=True)  # blob of the run: the CSV file
    records = models.UUIDField(null=True)  # blob of the run: a zip of ISO/IEC 19794-2 records
    state = models.CharField(max_length=8, choices=ImportState, default=ImportState.PLANNED)
    stage = models.CharField(max_length=8, blank=True)  # families | prints
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)  # counts, refused rows (number, reference, code, column), prints
    check_run = models.UUIDField(null=True)  # matching.CheckRun
    made_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["site", "-made_at"], name="imports_of_a_site")]
