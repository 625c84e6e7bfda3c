"""What is asked on this room's pages, and the token that a registration asks for. Forms read; the services decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator, Site
from gada.agencies.views.saying import words_of
from gada.engine.refusal import Refusal
from gada.fixing.models import Paper, Why, Without
from gada.fixing.queries import open_sweeps
from gada.fixing.rules.numbers import LARGEST, read_number
from gada.fixing.rules.shelters import LARGEST_FILE, VisitDraft, visit_of
from gada.fixing.services import check_said


class PlanForm(forms.Form):
    """A new sweep."""

    use_required_attribute = False
    name = forms.CharField(
        label=_("Name of the sweep"), max_length=80, help_text=_("Such as “Intikane, second fixing”.")
    )
    day = forms.DateField(
        label=_("Day of the sweep"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    prefix = forms.CharField(
        label=_("Letters before each number"), max_length=4,
        help_text=_("One to four letters, such as NTK. I, L, O and U are left out: they are misread."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class PrintForm(forms.Form):
    """Which tokens are put on which paper."""

    use_required_attribute = False
    first = forms.IntegerField(label=_("First number"), min_value=1, max_value=LARGEST)
    last = forms.IntegerField(label=_("Last number"), min_value=1, max_value=LARGEST)
    paper = forms.ChoiceField(label=_("Paper"), choices=Paper.choices, initial=Paper.SHEET)
    again = forms.BooleanField(label=_("The first sheets with these numbers were destroyed"), required=False)


class SpanForm(forms.Form):
    """Two numbers as a team writes them: 120, or NTK-00120-7."""

    use_required_attribute = False
    first = forms.CharField(
        label=_("First token"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    last = forms.CharField(label=_("Last token"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, prefix_of_sweep: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.letters = prefix_of_sweep

    def clean_first(self) -> int:
        return self._number("first")

    def clean_last(self) -> int:
        return self._number("last")

    def _number(self, name: str) -> int:
        try:
            return read_number(self.cleaned_data[name], prefix=self.letters)
        except Refusal as refusal:
            raise forms.ValidationError(words_of(refusal)) from None


class LoadForm(SpanForm):
    """Which team carries which tokens."""

    team = forms.CharField(label=_("Team"), max_length=40)
    field_order = ("team", "first", "last")


class VoidForm(SpanForm):
    """Which tokens count no longer."""

    why = forms.ChoiceField(label=_("Why"), choices=Why.choices)
    words = forms.CharField(label=_("In a few words"), max_length=200, required=False)


class VisitForm(forms.Form):
    """One line of a team's list."""

    use_required_attribute = False
    team = forms.CharField(label=_("Team"), max_length=40)
    block = forms.CharField(label=_("Block"), max_length=40, required=False)
    shelters = forms.CharField(
        label=_("Shelters visited"), max_length=2000, required=False, help_text=_("Such as 12-37, 40, B7.")
    )
    first = forms.CharField(label=_("First token"), max_length=20, required=False)
    last = forms.CharField(label=_("Last token"), max_length=20, required=False)
    empty = forms.CharField(
        label=_("Empty shelters"), max_length=2000, required=False, help_text=_("Where nobody was: 15, 22.")
    )
    round = forms.ChoiceField(
        label=_("Which visit"), choices=[("1", _("First visit")), ("2", _("Second visit to shelters found empty"))]
    )
    draft: VisitDraft

    def __init__(self, *args: Any, prefix_of_sweep: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.letters = prefix_of_sweep

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            texts = {name: said[name] for name in ("team", "block", "shelters", "first", "last", "empty")}
            try:
                self.draft = visit_of(prefix=self.letters, round_=said["round"], **texts)
            except Refusal as refusal:
                raise forms.ValidationError(words_of(refusal)) from None
        return said


class ListForm(forms.Form):
    """The lists of all teams as one file."""

    use_required_attribute = False
    file = forms.FileField(
        label=_("List as a CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > LARGEST_FILE:
            raise forms.ValidationError(_("This file is too large (at most 2 MB)."))
        return self.cleaned_data["file"]


class JudgeForm(forms.Form):
    """Whose token it is."""

    use_required_attribute = False
    number = forms.IntegerField(widget=forms.HiddenInput)
    keeps = forms.CharField(max_length=40)
    words = forms.CharField(label=_("How you know"), max_length=200)

    def clean_keeps(self) -> UUID | None:
        """A household, or nobody can tell; nothing is chosen beforehand."""
        said = self.cleaned_data["keeps"]
        try:
            return None if said == "nobody" else UUID(said)
        except ValueError:
            raise forms.ValidationError(said) from None


class LineForm(forms.Form):
    """Which line is taken back."""

    line = forms.UUIDField()


class TokenField(forms.CharField):
    """Asked of everybody, and no obstacle: whether it or a reason is there is checked for both together."""

    def validate(self, value: Any) -> None:
        """Nothing here."""


def ask_for_token(form: forms.Form, site: Site | None) -> None:
    """Add the token, or why there is none, to the first page of a registration where a sweep is open."""
    if site is None or not open_sweeps(site):
        return
    form.fields["token"] = TokenField(
        label=_("Token of the sweep"), max_length=40,
        help_text=_("Scan its code, or type it with its last three signs."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    form.fields["without"] = forms.ChoiceField(
        label=_("No token: why"), required=False, choices=[("", _("The family has a token")), *Without.choices],
        help_text=_("A family without a token is registered as any other. The reason is counted."),
    )
    form.fields["without_words"] = forms.CharField(
        label=_("In a few words"), max_length=200, required=False,
        help_text=_("No names of people: this line is kept as long as the report of the sweep."),
    )


def check_token_said(form: forms.Form, said: Mapping[str, Any], *, viewer: Operator, site: Site | None) -> None:
    """The token as it was typed, seen now: a wrong one is corrected while the family stands at the desk."""
    if "token" not in form.fields or site is None:
        return
    try:
        check_said(operator=viewer, site=site, said=said)
    except Refusal as refusal:
        form.add_error("without_words" if refusal.code == "token-reason" else "token", words_of(refusal))
