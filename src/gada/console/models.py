"""What the check at registration said, files being imported, and erasures being carried out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gada.people.words import Kept


class FamilyCheck(models.Model):
    """The check of a family before it left: among how many people it looked, and when."""

    household = models.OneToOneField(
        "people.Household", on_delete=models.PROTECT, primary_key=True, related_name="check_at_registration"
    )
    people = models.PositiveIntegerField()
    sites = models.PositiveIntegerField()
    site_names = models.JSONField(default=list)  # of the first sites by name; `sites` counts all
    with_prints = models.PositiveIntegerField()
    cases = models.PositiveIntegerField()  # pairs that a person looks at
    at = models.DateTimeField()
    version = models.CharField(max_length=60)


class ImportState(models.TextChoices):
    OPENED = "opened", _("columns to choose")
    PLANNING = "planning", _("being tried out")
    PLANNED = "planned", _("tried out")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    DONE = "done", _("finished")
    FAILED = "failed", _("stopped")
    DROPPED = "dropped", _("thrown away")


class ImportRun(models.Model):
    """One declared file on its way in. Not an entry: every household of it is one.

    The file itself is kept sealed under the run's own data key until the run is over, then its key goes.
    """

    id = models.UUIDField(primary_key=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    programme = models.ForeignKey("agencies.Programme", on_delete=models.PROTECT, null=True)
    operator = models.ForeignKey("agencies.Operator", on_delete=models.PROTECT)
    source = models.CharField(max_length=80)
    table = models.UUIDField(null=True)  # blob of the run: the CSV file or workbook
    records = models.UUIDField(null=True)  # blob of the run: a zip of ISO/IEC 19794-2 records
    reading = models.JSONField(default=dict)  # sheet, columns, words, order of dates: people.importing.Reading
    headings = models.JSONField(default=dict)  # sheet → headings, with a few sample cells each
    state = models.CharField(max_length=8, choices=ImportState, default=ImportState.PLANNED)
    stage = models.CharField(max_length=8, blank=True)  # families | names | prints
    cursor = models.PositiveIntegerField(default=0)  # families of the file that are done
    families = models.PositiveIntegerField(default=0)  # families registered by this run
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)  # counts, unknown words, what was noticed about the file, prints
    check_run = models.UUIDField(null=True)  # matching.CheckRun
    made_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    pace_since = models.DateTimeField(null=True)  # the pace is measured from here
    pace_from = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["site", "-made_at"], name="imports_of_a_site")]


class ImportLine(models.Model):
    """What became, or would become, of one row of a file; forgotten a month after the run."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=80)
    outcome = models.CharField(max_length=8)  # people.importing.Outcome
    code = models.CharField(max_length=60, blank=True)
    column = models.CharField(max_length=200, blank=True)
    person = models.UUIDField(null=True)
    likely = models.JSONField(default=list)  # people or other lines this may be: [id or number, permille]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="one_outcome_of_a_line")]
        indexes = [models.Index(fields=["run", "outcome", "number"], name="lines_by_outcome")]


class ErasureRun(models.Model):
    """One class of data of some people, proposed for erasure by one person and confirmed by another; then done.

    Each erasure is an entry; the run itself only says how far it is.
    """

    id = models.UUIDField(primary_key=True)
    agency = models.UUIDField()
    kept = models.CharField(max_length=10, choices=Kept)
    people = models.JSONField()  # ids, in order
    total = models.PositiveIntegerField()
    ground = models.CharField(max_length=300)
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    confirmed_by = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    declined_by = models.UUIDField(null=True)
    declined_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    spared = models.PositiveIntegerField(default=0)  # seen again, held or gone since it was proposed
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("proposed_by")),
                name="erasure_confirmed_by_another",
            ),
        ]
        indexes = [models.Index(fields=["agency", "-proposed_at"], name="erasures_of_an_agency")]


class DueCount(models.Model):
    """How many people of a site are overdue in one class, counted once an hour for the first page. Not an entry."""

    id = models.BigAutoField(primary_key=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.CASCADE)
    kept = models.CharField(max_length=10, choices=Kept)
    people = models.PositiveIntegerField()
    counted_at = models.DateTimeField()
