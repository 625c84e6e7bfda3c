"""Case, judgement, and what follows from judgements: who is one person, which households are one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CaseStatus(models.TextChoices):
    OPEN = "open", _("to be checked")
    DECIDED = "decided", _("decided")


class Verdict(models.TextChoices):
    SAME = "same", _("the same person")
    DIFFERENT = "different", _("two people")
    UNSURE = "unsure", _("not sure")


class Reading(models.TextChoices):
    """Whether somebody else must read the case, too."""

    NONE = "", _("read")
    SECOND = "second", _("waits for a second reader")
    THIRD = "third", _("two readers disagree")
    SAMPLE = "sample", _("read again to measure")


class Case(models.Model):
    """Two registrations that may be one person. One case per pair, ever: a decision is remembered.

    `left` is the older registration (the smaller id). `lines` are the terms of the sum that opened the case:
    whole numbers and reason codes, never a value of a field.
    """

    id = models.UUIDField(primary_key=True)
    left = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="cases_as_left")
    right = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="cases_as_right")
    status = models.CharField(max_length=7, choices=CaseStatus, default=CaseStatus.OPEN)
    lines = models.JSONField(default=list)
    total = models.IntegerField(default=0)  # tenths of a decade of odds
    rules_version = models.CharField(max_length=40, blank=True)
    priority = models.IntegerField(default=0)
    # Of the judgements not undone, the one with the greatest version; "" and None: nobody decided yet.
    verdict = models.CharField(max_length=9, choices=Verdict, blank=True)
    standing = models.UUIDField(null=True)
    reading = models.CharField(max_length=6, choices=Reading, blank=True)
    place = models.IntegerField(null=True)  # in the queue, greatest first; None: nobody needs to look
    # Of the lines, what a bulk decision asks for: the best finger (None: none compared), and whether the sexes differ.
    best_finger = models.SmallIntegerField(null=True)
    sexes_differ = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    versions = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="one_case_per_pair"),
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="the_older_stands_left"),
        ]
        indexes = [
            models.Index(fields=["-place", "opened_at", "id"], name="cases_in_order", condition=Q(place__isnull=False)),
            models.Index(fields=["status", "-opened_at", "-id"], name="cases_by_status"),
        ]


class Judgement(models.Model):
    """What somebody decided about a case. Never deleted: undone, with a reason."""

    id = models.UUIDField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="judgements")
    verdict = models.CharField(max_length=9, choices=Verdict)
    reason = models.BinaryField(default=bytes)  # sealed under the data key of the case's left person
    by = models.UUIDField()
    at = models.DateTimeField()
    version = models.CharField(max_length=60)  # of the entry: of several that stand, the greatest counts
    second_of = models.UUIDField(null=True)  # the judgement of which this is a second reading
    waits = models.BooleanField(default=False)  # counts only once another operator says the same
    sampled = models.BooleanField(default=False)  # drawn to be read again, to measure how far readers agree
    seconds = models.PositiveIntegerField(null=True)  # from the page opened to the decision; None: not known
    batch = models.UUIDField(null=True)  # made with others in one go
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_reason = models.BinaryField(default=bytes)
    undone_version = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["by", "at"], name="judgements_by_reader"),
            models.Index(fields=["batch"], name="judgements_of_a_batch", condition=Q(batch__isnull=False)),
        ]


class HouseholdLink(models.Model):
    """That one judgement speaks for two households being one family; `needed` is how many such links it takes."""

    id = models.UUIDField(primary_key=True)
    judgement = models.ForeignKey(Judgement, on_delete=models.CASCADE, related_name="household_links")
    left = models.ForeignKey("people.Household", on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey("people.Household", on_delete=models.PROTECT, related_name="+")
    needed = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["judgement", "left", "right"], name="one_link_per_pair")]


class CanonicalPerson(models.Model):
    """A person who is one with others: the smallest id of the set. People on their own have no row."""

    person = models.OneToOneField("people.Person", on_delete=models.PROTECT, primary_key=True, related_name="canonical")
    canonical = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="one_with")


class CanonicalHousehold(models.Model):
    """A household that is one family with others, likewise."""

    household = models.OneToOneField(
        "people.Household", on_delete=models.PROTECT, primary_key=True, related_name="canonical"
    )
    canonical = models.ForeignKey("people.Household", on_delete=models.PROTECT, related_name="one_with")


class CheckRun(models.Model):
    """A batch of people being checked, chunk by chunk: killed and started again, it goes on where it stood."""

    id = models.UUIDField(primary_key=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    by = models.UUIDField()
    people = models.JSONField()  # ids, in order
    done = models.PositiveIntegerField(default=0)
    cases = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    stopped = models.BooleanField(default=False)  # too many cases to be true: somebody must look first


class Opening(models.Model):
    """When an operator last opened a case on this node: others get another one for a while. Not in the journal."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="openings", db_index=False)
    by = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "by"], name="one_opening_per_reader")]


class BulkRun(models.Model):
    """Many cases decided "two people" in one go, case by case: killed and started again, it goes on where it stood."""

    id = models.UUIDField(primary_key=True)
    by = models.UUIDField()
    filters = models.JSONField(default=dict)
    cases = models.JSONField()  # ids, in order
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)  # decided by somebody meanwhile, or no longer registered
    undone = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undo_by = models.UUIDField(null=True)
    undo_at = models.DateTimeField(null=True)
    undo_finished_at = models.DateTimeField(null=True)


class RunState(models.TextChoices):
    ESTIMATING = "estimating", _("being estimated")
    ESTIMATED = "estimated", _("waits for your word")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    HELD = "held", _("held: something looks wrong")
    DONE = "done", _("finished")
    STOPPED = "stopped", _("stopped")


class PopulationRun(models.Model):
    """Everybody on this node checked against everybody, chunk by chunk. Not an entry: its beginning and its end are.

    `cursor` is how far the present stage got; what a worker had not committed when it was killed is done again.
    """

    id = models.UUIDField(primary_key=True)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT)
    by = models.UUIDField()
    state = models.CharField(max_length=10, choices=RunState, default=RunState.ESTIMATING)
    unfinished = models.BooleanField(default=True)
    stage = models.CharField(max_length=10, default="sample")  # sample | text | weighing | fingers | opening
    cursor = models.UUIDField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    newest = models.UUIDField(null=True)  # people registered after it began are not part of it
    turn = models.PositiveIntegerField(default=0)  # of the task that may work on it; older ones end at once
    pace_since = models.DateTimeField(null=True)
    pace_from = models.PositiveIntegerField(default=0)
    sample = models.JSONField(default=dict)
    estimate = models.JSONField(default=dict)
    hold = models.JSONField(default=dict)
    accepted = models.JSONField(default=dict)  # reason of a hold → all | without
    report = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(
            fields=["unfinished"], condition=Q(unfinished=True), name="one_population_run_at_a_time"
        )]


class PopulationPair(models.Model):
    """Two people whom a run would have somebody look at; gone when the run is over."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(PopulationRun, on_delete=models.CASCADE, related_name="pairs")
    left = models.UUIDField()
    right = models.UUIDField()
    total = models.IntegerField()
    kind = models.CharField(max_length=8, blank=True)  # reports.figures.Kind
    # What became of it: candidate, found, opened, known, same, different, left-out, gone
    fate = models.CharField(max_length=9, default="found")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "left", "right"], name="one_row_per_pair_of_a_run")]
        indexes = [
            models.Index(fields=["run", "right"], name="pairs_of_the_newer"),
            models.Index(fields=["run", "fate", "id"], name="pairs_by_fate"),
        ]


class WideCheck(models.Model):
    """That the worker looked again for a family, without the keys of the first check; rebuilt from entries."""

    household = models.OneToOneField(
        "people.Household", on_delete=models.PROTECT, primary_key=True, related_name="looked_for_again"
    )
    people = models.PositiveIntegerField()  # looked through
    candidates = models.PositiveIntegerField()  # weighed one by one
    cases = models.PositiveIntegerField()  # opened by it
    at = models.DateTimeField()
    version = models.CharField(max_length=60)
