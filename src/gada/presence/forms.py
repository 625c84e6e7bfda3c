"""What is asked on this room's pages. Forms read; the services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import programmes_of
from gada.assistance.forms import FingerForm
from gada.presence import rules
from gada.presence.models import Channel, Means
from gada.presence.queries import open_sites_of

LONGEST_CODE = 4000  # the text of a card's QR code


class DayInput(forms.DateInput):
    def __init__(self) -> None:
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


class CampaignForm(forms.Form):
    name = forms.CharField(label=_("Name of the campaign"), max_length=120, help_text=_("For example: March 2026"))
    sites = forms.ModelMultipleChoiceField(
        label=_("Sites"), queryset=None, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one site.")},
    )
    programme = forms.ModelChoiceField(
        label=_("Programme"), queryset=None, required=False, empty_label=_("everybody registered there"),
        help_text=_("Only households of this programme are expected, and only its lists are touched by a decision."),
    )
    starts_on = forms.DateField(label=_("First day"), widget=DayInput())
    ends_on = forms.DateField(label=_("Last day"), widget=DayInput())
    not_seen = forms.BooleanField(
        label=_("Not seen in this campaign"), required=False, initial=True,
        help_text=_("From the last day on, families of whom nobody was seen may be proposed as absent."),
    )
    misses = forms.IntegerField(
        label=_("Distributions missed in a row"),
        required=False,
        min_value=rules.LEAST_MISSES,
        max_value=rules.MOST_MISSES,
        initial=rules.MISSES,
        help_text=_("Left empty, missing distributions counts for nothing."),
    )
    grace_days = forms.IntegerField(
        label=_("Days of grace after notice"), min_value=rules.LEAST_GRACE, max_value=rules.MOST_GRACE,
        initial=rules.GRACE_DAYS, help_text=_("Until then nothing changes for the family."),
    )
    appeal_at = forms.CharField(
        label=_("Where families can appeal"), max_length=200,
        help_text=_("The place, the days and whom to ask for. Printed on every notice."),
    )

    def __init__(self, *args: Any, viewer: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sites"].queryset = open_sites_of(viewer)
        self.fields["programme"].queryset = programmes_of(viewer, action="presence.open")


class FindForm(FingerForm):
    """A card, a number, a name, or a finger."""

    q = forms.CharField(label=_("Find"), max_length=LONGEST_CODE, required=False)
    field_order = ["q", "finger"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["finger"].required = False

    def clean_finger(self) -> bytes | None:
        return super().clean_finger() if self.cleaned_data.get("finger") else None


class PresentForm(FindForm):
    """Who came, by what they were recognised, and who of the household is there with them."""

    who = forms.UUIDField(required=False)
    people = forms.TypedMultipleChoiceField(coerce=str, required=False)
    means = forms.ChoiceField(label=_("Recognised by"), required=False, choices=[("", ""), *Means.choices])
    first_witness = forms.CharField(label=_("First witness"), max_length=80, required=False)
    second_witness = forms.CharField(label=_("Second witness"), max_length=80, required=False)

    def __init__(self, *args: Any, members: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(each, each) for each in members]


class ChosenForm(forms.Form):
    """Families ticked on the list of the absent; for a notice also how they were told."""

    households = forms.TypedMultipleChoiceField(
        coerce=str, error_messages={"required": _("Choose at least one family.")}
    )
    channel = forms.ChoiceField(label=_("How they were told"), choices=Channel.choices, required=False)

    def __init__(self, *args: Any, households: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["households"].choices = [(each, each) for each in households]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("The reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("In words the family can be told."),
    )


class AppealForm(forms.Form):
    reason = forms.CharField(label=_("What the family says"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    hears = forms.CharField(
        label=_("Who will answer"), max_length=120, help_text=_("Neither who gave notice nor who decided.")
    )
