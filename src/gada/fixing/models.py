"""A sweep, its tokens, who carried and handed out which, and which family came with which.

Rows are only ever added, each by one entry; a token has no row of its own. Where each token stands is read from these
rows (`rules/ledger.py`), so the entries of several laptops may arrive in any order. What clashes is kept and shown.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Paper(models.TextChoices):
    """What tokens are printed on."""

    SHEET = "sheet", _("Tokens on A4, 24 a sheet, to cut")
    BAND = "band", _("Wristband strips, 7 a sheet, to cut")


class Why(models.TextChoices):
    """Why a token counts no longer."""

    LOST = "lost", pgettext_lazy("token", "lost")
    SPOILT = "spoilt", _("spoilt")
    LEFT = "left", _("left over, destroyed")
    OTHER = "other", _("another reason")


class Without(models.TextChoices):
    """Why a family is registered without spending a token. None of them is a no."""

    LATER = "later", _("It arrived after the sweep")
    MISSED = "missed", _("The sweep missed it")
    LOST = "lost", _("It lost its token")
    UNLISTED = "unlisted", _("Its token is not accepted here")
    OTHER = "other", _("Another reason")


class Sweep(models.Model):
    """One walk through a site before a registration. `prefix` begins the number of each of its tokens."""

    id = models.UUIDField(primary_key=True)
    site = models.ForeignKey("agencies.Site", on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    day = models.DateField()
    prefix = models.CharField(max_length=4)
    planned_at = models.DateTimeField()
    lamport = models.BigIntegerField()

    site_id: UUID

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> tuple[str, UUID]:
        return ("sweep", self.id)


class _Row(models.Model):
    """Something that happened in a sweep; the sweep itself may arrive later."""

    id = models.UUIDField(primary_key=True)
    sweep = models.ForeignKey(Sweep, on_delete=models.DO_NOTHING, db_constraint=False, related_name="%(class)ss")
    at = models.DateTimeField()
    operator_id = models.UUIDField()
    lamport = models.BigIntegerField()

    sweep_id: UUID

    class Meta:
        abstract = True


class Phase(_Row):
    """From now on registrations take a token, or no longer do. The newest counts."""

    is_open = models.BooleanField()


class Printing(_Row):
    """Tokens put on paper. `again`: they were printed before, and the first sheet is not used."""

    paper = models.CharField(max_length=5, choices=Paper)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    again = models.BooleanField(default=False)


class Load(_Row):
    """Tokens that a team carries out."""

    team = models.CharField(max_length=40)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()


class Visit(_Row):
    """A team went along some shelters: which tokens it handed out there, and where nobody was."""

    team = models.CharField(max_length=40)
    block = models.CharField(max_length=40, blank=True)
    round = models.PositiveSmallIntegerField(default=1)  # 2: a second visit to those found empty
    shelters = models.JSONField(default=list)
    empty = models.JSONField(default=list)
    first = models.PositiveIntegerField(null=True)  # none handed out: every shelter was empty
    last = models.PositiveIntegerField(null=True)


class Voiding(_Row):
    """Tokens that count no longer."""

    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    why = models.CharField(max_length=6, choices=Why)
    words = models.CharField(max_length=200, blank=True)


class Withdrawal(_Row):
    """A line of the sweep was entered by mistake and counts no longer."""

    line = models.UUIDField(db_index=True)  # of a Load, a Visit or a Voiding


class Spending(_Row):
    """A family was registered with this token."""

    number = models.PositiveIntegerField()
    household = models.ForeignKey(
        "people.Household", on_delete=models.DO_NOTHING, db_constraint=False, related_name="tokens"
    )

    household_id: UUID

    class Meta:
        indexes = [models.Index(fields=["sweep", "number"], name="spendings_of_a_token")]


class Tokenless(_Row):
    """A family was registered without a token, and why."""

    household = models.ForeignKey(
        "people.Household", on_delete=models.DO_NOTHING, db_constraint=False, related_name="without_token"
    )
    why = models.CharField(max_length=8, choices=Without)
    words = models.CharField(max_length=200, blank=True)
    shown = models.CharField(max_length=40, blank=True)  # the token it showed, as typed, when that one was not accepted


class Verdict(_Row):
    """A person looked at a token that several families came with. Their registrations stand."""

    number = models.PositiveIntegerField()
    keeps = models.UUIDField(null=True)  # the household whose token it is; None: nobody can tell
    among = models.JSONField(default=list)  # households it was about: one more opens it again
    words = models.CharField(max_length=200)
