"""What a data-protection officer says: days, the end of a programme, a hold, an erasure, an answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import programmes_of
from gada.people.retention import Class, Figures
from gada.people.words import Asked, Outcome

DAY = {"type": "date"}


class EraseDueForm(forms.Form):
    """Why a class of some people is erased now."""

    use_required_attribute = False
    seen = forms.IntegerField(widget=forms.HiddenInput)
    ground = forms.CharField(
        label=_("On what ground"), max_length=300, help_text=_("It stands in the journal, for each person.")
    )
    sure = forms.BooleanField(label=_("I understand that this cannot be undone"))


class FiguresForm(forms.Form):
    """Other days for one class."""

    use_required_attribute = False
    programme = forms.ModelChoiceField(
        label=_("Programme"), queryset=None, required=False, empty_label=_("All programmes of the agency")
    )
    after_contact = forms.IntegerField(label=_("Days after the last contact"))
    after_end = forms.IntegerField(label=_("Days after the end of the programme"))
    after_leaving = forms.IntegerField(label=_("Days after a death or a withdrawal"))
    reason = forms.CharField(label=_("Why"), max_length=300)

    def __init__(self, *args: Any, viewer: Operator, kept: Class, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes_of(viewer, action="retention.set")
        if kept.figures and not self.is_bound:
            self.initial |= kept.figures.as_facts()

    @property
    def figures(self) -> Figures:
        said = self.cleaned_data
        return Figures(said["after_contact"], said["after_end"], said["after_leaving"])


class EndForm(forms.Form):
    """When a programme ended; no day: it goes on."""

    use_required_attribute = False
    programme = forms.ModelChoiceField(label=_("Programme"), queryset=None, empty_label=None)
    ended_on = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        help_text=_("Leave it empty if the programme goes on."),
    )

    def __init__(self, *args: Any, viewer: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes_of(viewer, action="retention.end")


class HoldForm(forms.Form):
    """Data of one person that must be kept, why and until when."""

    use_required_attribute = False
    reason = forms.CharField(label=_("Why these data must be kept"), max_length=300)
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))


class RequestForm(forms.Form):
    """What a person asks about their data."""

    use_required_attribute = False
    asked = forms.ChoiceField(label=_("What the person asks"), choices=Asked.choices)
    words = forms.CharField(
        label=_("In their words"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class OutcomeForm(forms.Form):
    """How a request was answered."""

    use_required_attribute = False
    outcome = forms.ChoiceField(label=_("How it was answered"), choices=Outcome.choices, widget=forms.RadioSelect)
    answer = forms.CharField(
        label=_("What the person was told"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
