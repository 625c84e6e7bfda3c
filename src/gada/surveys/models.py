"""Forms and their versions, the keys of phones, and what phones sent."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _


class SurveyForm(models.Model):
    """One form of one site. Phones know it by `xml_id`; its private key lies in a blob under its own data key."""

    id = models.UUIDField(primary_key=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    programme = models.ForeignKey("agencies.Programme", on_delete=models.PROTECT, null=True)
    xml_id = models.CharField(max_length=64)
    public_key = models.TextField()
    private_key = models.UUIDField()
    mapping = models.JSONField(default=dict)  # what becomes of its answers (rules/mapping.py)
    is_open = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    versions = models.JSONField(default=dict)

    site_id: UUID
    programme_id: UUID | None

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "xml_id"], name="one_form_per_site_and_id")]

    def __str__(self) -> str:
        return self.xml_id

    @property
    def reference(self) -> tuple[str, UUID]:
        return ("survey-form", self.id)


class FormVersion(models.Model):
    """A form as it was published once: the XForm that phones download, and its questions in plain data."""

    id = models.UUIDField(primary_key=True)
    form = models.ForeignKey(SurveyForm, on_delete=models.PROTECT, related_name="published")
    version = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    xform = models.TextField()
    md5 = models.CharField(max_length=32)
    questions = models.JSONField(default=list)  # [{path, kind, label, choices: [[name, label]]}]
    media = models.JSONField(default=list)  # [{name, md5, blob}], sealed under the form's key
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "version"], name="one_form_version")]
        ordering = ["-published_at", "-id"]


class PhoneKey(models.Model):
    """What a phone signs in with: whoever holds it may fetch forms and send answers for one operator, at one site."""

    id = models.UUIDField(primary_key=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    operator = models.ForeignKey("agencies.Operator", on_delete=models.PROTECT)
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)  # of the key, under the node key: the key itself is nowhere
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    versions = models.JSONField(default=dict)

    site_id: UUID


class SubmissionState(models.TextChoices):
    ARRIVING = "arriving", _("files still missing")
    ARRIVED = "arrived", _("arrived")
    REGISTERED = "registered", _("registered")
    KEPT = "kept", _("answers kept")
    WAITING = "waiting", _("needs a person")
    SET_ASIDE = "set-aside", _("set aside")


class Submission(models.Model):
    """One filled-in form as it came, sealed under its own data key. Another content under the same instance id is
    another edition: both stay."""

    id = models.UUIDField(primary_key=True)
    form = models.ForeignKey(SurveyForm, on_delete=models.PROTECT, related_name="submissions")
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    operator = models.ForeignKey("agencies.Operator", on_delete=models.PROTECT)
    phone = models.UUIDField(null=True)  # PhoneKey; None: signed in by name
    version = models.CharField(max_length=60)  # of the form, as the phone said
    instance_id = models.CharField(max_length=80, db_index=True)
    edition = models.PositiveSmallIntegerField(default=1)
    digest = models.CharField(max_length=64)  # of what came, under the node key
    sealed = models.BooleanField(default=False)  # by the phone
    content = models.UUIDField(null=True)  # blob: the XML that came
    corrected = models.UUIDField(null=True)  # blob: answers put right here, {path: text}
    expected = models.JSONField(default=list)  # names of the files that belong to it
    state = models.CharField(max_length=10, choices=SubmissionState)
    reason = models.CharField(max_length=60, blank=True)  # code of the refusal, while it waits or was set aside
    facts = models.JSONField(default=dict)  # what the words of the reason name
    household = models.UUIDField(null=True)  # people.Household made of it
    received_at = models.DateTimeField()
    versions = models.JSONField(default=dict)

    site_id: UUID

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form", "instance_id", "edition"], name="one_submission_per_edition")
        ]
        indexes = [
            models.Index(fields=["form", "state", "-received_at"], name="submissions_of_a_form"),
            models.Index(fields=["state", "site"], name="submissions_waiting"),
            models.Index(fields=["household"], name="submission_of_a_household"),
        ]

    @property
    def reference(self) -> tuple[str, UUID]:
        return ("submission", self.id)


class Attachment(models.Model):
    """A file that came with a submission, as it came (sealed by the phone, then by us)."""

    id = models.UUIDField(primary_key=True)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=120)
    blob = models.UUIDField()
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "name", "digest"], name="one_attachment_per_content")
        ]
        ordering = ["received_at", "id"]
