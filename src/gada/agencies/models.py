"""Agencies, their sites, programmes and devices; operators and what each is assigned to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Role
from gada.journal import Scope

LANGUAGES = [("fr", "Français"), ("en", "English")]
SITE_KINDS = [
    ("office", _("Office")), ("camp", _("Camp or settlement")), ("distribution", _("Distribution point")),
    ("mobile", _("Mobile team")),
]
DEVICE_KINDS = [
    ("laptop", _("Laptop")), ("server", _("Server")), ("tablet", _("Tablet")), ("scanner", _("Fingerprint scanner")),
]


class Agency(models.Model):
    """Whoever answers for people's data: a UN agency, an NGO, a ministry."""

    id = models.UUIDField(primary_key=True, editable=False)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=3)  # ISO 3166-1 alpha-3
    versions = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="one_agency_per_name")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A place where an agency works: an office, a camp, a distribution point."""

    id = models.UUIDField(primary_key=True, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="sites")
    agency_id: UUID
    name = models.CharField(max_length=120)
    pcode = models.CharField(max_length=20, blank=True)  # place code of the Common Operational Datasets
    kind = models.CharField(max_length=20, choices=SITE_KINDS, default="office")
    versions = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="one_site_per_name")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Programme(models.Model):
    """What people are registered for: the purpose, its legal basis, and what may be taken for it."""

    id = models.UUIDField(primary_key=True, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="programmes")
    agency_id: UUID
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=300)
    legal_basis = models.CharField(max_length=300)
    impact_assessment = models.TextField(blank=True)  # where it is kept and what it decided
    assessed_on = models.DateField(null=True)  # when it was signed
    assessed_by = models.CharField(max_length=120, blank=True)  # who signed it
    assessment_file = models.UUIDField(null=True)  # a blob of the programme, on the node where it was attached
    assessment_file_name = models.CharField(max_length=120, blank=True)
    assessment_digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the file: it travels, the file stays
    biometrics_allowed = models.BooleanField(default=False)
    minimum_age_prints = models.PositiveSmallIntegerField(default=5)
    versions = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "name"], name="one_programme_per_name"),
            models.CheckConstraint(
                condition=Q(biometrics_allowed=False) | ~Q(impact_assessment=""),
                name="prints_need_an_impact_assessment",
            ),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_assessed(self) -> bool:
        """Whether a signed impact assessment is attached: what was written here before it had to be, counts."""
        return bool(self.impact_assessment)


class QuestionSet(models.Model):
    """What a programme asks beyond the common questions. A change is a new one: answers keep the one they came by."""

    id = models.UUIDField(primary_key=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="question_sets")
    questions = models.JSONField()  # agencies.questions.Question, as dictionaries
    made_at = models.DateTimeField()
    lamport = models.BigIntegerField()

    class Meta:
        ordering = ["lamport", "id"]  # the newest counts, in whatever order they arrived


class OperatorManager(BaseUserManager["Operator"]):
    def get_by_natural_key(self, username: str | None) -> Operator:
        return self.get(username=username)


class Operator(AbstractBaseUser):
    """A person who works with Gada. Never deleted: what they did keeps its author."""

    id = models.UUIDField(primary_key=True, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="operators")
    agency_id: UUID
    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=5, choices=LANGUAGES, default="fr")
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField()
    versions = models.JSONField(default=dict)
    # Secrets stay on this node and out of every entry.
    totp_box = models.BinaryField(null=True)  # sealed for the node
    last_totp_step = models.BigIntegerField(default=0)  # a code of this 30-second step or before was used

    objects = OperatorManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []
    random_fields = ("password", "last_login", "totp_box", "last_totp_step")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> tuple[str, UUID]:
        return ("operator", self.id)

    @property
    def has_totp(self) -> bool:
        return self.totp_box is not None

    def roles_at(self, site: Site | None, *, at: datetime | None = None) -> frozenset[Role]:
        """Roles held now at this site (None: anywhere)."""
        held = Assignment.running(at or timezone.now()).filter(operator=self)
        if site is not None:
            held = held.filter(Q(site=site) | Q(site=None, operator__agency=site.agency_id))
        return frozenset(Role(role) for role in held.values_list("role", flat=True))

    def standing_at(self, scope: Scope, *, at: datetime) -> dict[str, Any]:
        """Of which agency and in which roles they act there and then: what a reading says of its reader.

        Roles of other places count only where the scope names no site, or none was held at it.
        """
        held = Assignment.running(at).filter(operator=self).values_list("role", "site_id")
        ours = scope.agency == self.agency_id
        here = {role for role, site in held if scope.site and (site == scope.site or (ours and site is None))}
        return {"agency": str(self.agency_id), "roles": sorted(here or {role for role, _site in held})}


class Assignment(models.Model):
    """A role somebody holds: at one site or all of the agency's, for one programme or all."""

    id = models.UUIDField(primary_key=True, editable=False)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=20, choices=Role.choices)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="assignments")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True, related_name="assignments")
    valid_until = models.DateTimeField(null=True)
    versions = models.JSONField(default=dict)

    operator_id: UUID
    site_id: UUID | None
    programme_id: UUID | None

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(role__in=Role.values), name="a_known_role")]

    @classmethod
    def running(cls, at: datetime) -> models.QuerySet[Assignment]:
        """Those still valid, of operators who are still active."""
        return cls.objects.filter(Q(valid_until=None) | Q(valid_until__gt=at), operator__is_active=True)


class Device(models.Model):
    """A laptop, a tablet, a scanner: what it may hold runs out without contact."""

    id = models.UUIDField(primary_key=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=DEVICE_KINDS, default="laptop")
    lease_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    last_contact = models.DateTimeField(null=True)
    versions = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="one_device_per_name")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> tuple[str, UUID]:
        return ("device", self.id)


class SignInFailures(models.Model):
    """Failures in a row for one name (or one address), whether or not anybody bears it: a wait tells nothing.

    `key` is a digest under the node key, never the name itself.
    """

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    last_failure = models.DateTimeField()
