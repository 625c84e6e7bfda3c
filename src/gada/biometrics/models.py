"""What was asked of a finger, and what came of it: capture, template, and what the gallery has yet to notice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Finger(models.IntegerChoices):
    """Finger positions of ISO/IEC 19794-2:2005, Table 2."""

    UNKNOWN = 0, _("a finger, not said which")
    RIGHT_THUMB = 1, _("right thumb")
    RIGHT_INDEX = 2, _("right index finger")
    RIGHT_MIDDLE = 3, _("right middle finger")
    RIGHT_RING = 4, _("right ring finger")
    RIGHT_LITTLE = 5, _("right little finger")
    LEFT_THUMB = 6, _("left thumb")
    LEFT_INDEX = 7, _("left index finger")
    LEFT_MIDDLE = 8, _("left middle finger")
    LEFT_RING = 9, _("left ring finger")
    LEFT_LITTLE = 10, _("left little finger")


class CaptureOutcome(models.TextChoices):
    """All four are full answers: none of them changes, delays or marks anybody's right to aid (R3)."""

    TAKEN = "taken", _("taken")
    EXCEPTION = "exception", _("no such finger")
    UNABLE = "unable", _("could not be taken")
    DECLINED = "declined", _("declined")


class Source(models.TextChoices):
    LIVE = "live", _("taken here")
    IMPORT = "import", _("from a file")


class Capture(models.Model):
    """One finger asked for, once. Position 0 of a decline means: all of them."""

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="captures")
    position = models.PositiveSmallIntegerField(choices=Finger)
    outcome = models.CharField(max_length=9, choices=CaptureOutcome)
    quality = models.PositiveSmallIntegerField(null=True)  # 0..100
    advice = models.CharField(max_length=20, blank=True)  # code of engine.fingerprint.ADVICE
    device = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)  # never asked for, kept when offered
    sample = models.UUIDField(null=True)  # blob of the person: PNG at 500 dpi, only of the best try
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(position__lte=10), name="a_known_finger")]
        indexes = [models.Index(fields=["person", "position"], name="captures_of_a_person")]


class Template(models.Model):
    """One finger of a person as an ISO/IEC 19794-2 record, sealed under that person's data key."""

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="templates")
    position = models.PositiveSmallIntegerField(choices=Finger)
    record = models.BinaryField()
    digest = models.CharField(max_length=64)  # SHA-256 of the record: the same file twice adds nothing
    quality = models.PositiveSmallIntegerField()
    minutiae = models.PositiveSmallIntegerField()
    algorithm = models.CharField(max_length=40)  # what found the minutiae
    source = models.CharField(max_length=6, choices=Source)
    capture = models.ForeignKey(Capture, on_delete=models.PROTECT, null=True, related_name="templates")
    taken_at = models.DateTimeField()
    random_fields = ("record",)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "position", "digest"], name="one_template_per_record")]


class GalleryChange(models.Model):
    """Somebody whose fingers the gallery must look at again. Ids grow; each process reads on from where it stood."""

    id = models.BigAutoField(primary_key=True)
    person = models.UUIDField()
