"""What is asked on this room's pages. Forms read; the services decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from gada.credentials.models import Paper, State
from gada.credentials.queries import COLLECTORS, EVERYBODY

WITHOUT = "none"


class QueueForm(forms.Form):
    """Which part of the queue is looked at."""

    state = forms.ChoiceField(choices=[(WITHOUT, ""), *State.choices], required=False)
    who = forms.ChoiceField(
        label=_("Who gets a card"), required=False,
        choices=[(COLLECTORS, _("Those who collect for a family")), (EVERYBODY, _("Everybody"))],
    )

    def state_asked(self) -> str:
        return str((self.is_valid() and self.cleaned_data["state"]) or WITHOUT)

    def who_asked(self) -> str:
        return str((self.is_valid() and self.cleaned_data["who"]) or COLLECTORS)


class ChosenForm(forms.Form):
    """What was ticked, what is to happen to it, and on which paper or why."""

    act = forms.ChoiceField(choices=[(act, act) for act in ("issue", "now", "print", "lose", "replace", "cancel")])
    paper = forms.ChoiceField(label=_("Paper"), choices=Paper.choices, required=False, initial=Paper.CARD)
    reason = forms.CharField(label=_("Why the card is cancelled"), max_length=200, required=False)


class _Ids(forms.TypedMultipleChoiceField):
    """Ids nobody listed beforehand: whether they may be seen is the services' question."""

    def valid_value(self, value: Any) -> bool:
        return True


class TickedForm(forms.Form):
    """The ids that were ticked."""

    ids = _Ids(coerce=UUID, required=False)


class CheckForm(forms.Form):
    """A card as a hand scanner types it, its number, or a picture of it."""

    # A code may begin or end with a space: Base45 counts it among its 45.
    code = forms.CharField(
        label=_("Code or number of the card"), required=False, strip=False, max_length=5000,
        help_text=_("Scan with a hand scanner, or type the number."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    picture = forms.FileField(
        label=_("Picture of the card"), required=False, help_text=_("A photo or a scan of the side with the code."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )
