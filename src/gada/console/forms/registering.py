"""The questions of a registration, in the order of a paper form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import LANGUAGES, Operator, Site
from gada.agencies.queries import programmes_of
from gada.console.services.drafting import ASKED
from gada.fixing.forms import ask_for_token, check_token_said

YES_NO = [("yes", _("agrees")), ("no", _("refuses"))]
FAMILY_ANSWERS = [
    ("yes", _("Everybody agrees")),
    ("no", _("Everybody refuses")),
    ("each", _("It depends on the person")),
]


class HouseholdForm(forms.Form):
    """Where the family lives now, where it comes from, and what it is registered for."""

    use_required_attribute = False
    place = forms.CharField(
        label=_("Where the family lives now"), max_length=80, help_text=_("Village, quarter or place code.")
    )
    origin = forms.CharField(
        label=_("Where it comes from"), max_length=80, required=False, help_text=_("Where it lived before.")
    )
    programme = forms.ModelChoiceField(label=_("Registered for"), queryset=None, empty_label=None)
    language = forms.ChoiceField(label=_("Language of the receipt"), choices=LANGUAGES, widget=forms.RadioSelect)

    def __init__(self, *args: Any, viewer: Operator, site: Site | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer, self.site = viewer, site
        ask_for_token(self, site)
        self.fields["place"].widget.attrs |= {"autocomplete": "off", "list": "places", "data-place": True}
        self.fields["programme"].queryset = programmes_of(viewer, action="person.enrol")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        check_token_said(self, said, viewer=self.viewer, site=self.site)
        return said

    def fields_to_keep(self) -> dict[str, Any]:
        """What the draft keeps."""
        said = {**self.cleaned_data, "programme": str(self.cleaned_data["programme"].id)}
        if "origin" not in self.data:  # the page asks it with the members
            said.pop("origin")
        return said


class AnswersForm(forms.Form):
    """The notice, then each purpose put to everybody. Nothing is chosen beforehand.

    `answer_<purpose>`: yes, no, or each; `members-<n>-answer_<purpose>` speaks for one person and goes before.
    """

    use_required_attribute = False
    notice = forms.BooleanField(label=_("I read this notice to the family, in a language they understand"))

    def __init__(self, *args: Any, members: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = members
        for purpose in ASKED:
            self.fields[f"answer_{purpose}"] = forms.ChoiceField(
                label=purpose.label, choices=FAMILY_ANSWERS if len(members) > 1 else YES_NO, widget=forms.RadioSelect
            )
            self.fields[f"reason_{purpose}"] = forms.CharField(
                label=_("Reason, if one was given"), max_length=200, required=False
            )
            for index, member in enumerate(members):
                self.fields[f"members-{index}-answer_{purpose}"] = forms.ChoiceField(
                    label=f"{member['given']} {member['surname']}".strip(),
                    choices=YES_NO,
                    required=False,
                    widget=forms.RadioSelect,
                )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for purpose in ASKED:
            if said.get(f"answer_{purpose}") != "each":
                continue
            for index in range(len(self.members)):
                if not said.get(f"members-{index}-answer_{purpose}"):
                    self.add_error(f"members-{index}-answer_{purpose}", _("Ask this person too."))
        return said

    @property
    def answers(self) -> dict[int, dict[str, str]]:
        """By member and purpose: yes or no."""
        said = self.cleaned_data
        return {
            index: {str(p): said[f"members-{index}-answer_{p}"] or said[f"answer_{p}"] for p in ASKED}
            for index in range(len(self.members))
        }

    @property
    def reasons(self) -> dict[str, str]:
        return {str(p): self.cleaned_data[f"reason_{p}"] for p in ASKED if self.cleaned_data[f"reason_{p}"]}

    @staticmethod
    def initial_of(members: Sequence[Mapping[str, Any]], content: Mapping[str, Any]) -> dict[str, Any]:
        """What was answered before, as this form shows it."""
        initial: dict[str, Any] = {"notice": content["notice"]}
        for purpose in ASKED:
            given = {member["answers"].get(purpose) for member in members}
            if len(given) == 1 and None not in given:
                initial[f"answer_{purpose}"] = given.pop()
            elif given != {None}:
                initial[f"answer_{purpose}"] = "each"
                initial |= {f"members-{i}-answer_{purpose}": m["answers"].get(purpose) for i, m in enumerate(members)}
            initial[f"reason_{purpose}"] = content["reasons"].get(purpose, "")
        return initial

    def groups(self) -> list[dict[str, Any]]:
        """For the page: each purpose with its fields."""
        return [
            {
                "purpose": str(purpose),
                "family": self[f"answer_{purpose}"],
                "reason": self[f"reason_{purpose}"],
                "each": [self[f"members-{index}-answer_{purpose}"] for index in range(len(self.members))]
                if len(self.members) > 1
                else [],
                "open": any(
                    self[f"members-{index}-answer_{purpose}"].errors
                    or self[f"members-{index}-answer_{purpose}"].value()
                    for index in range(len(self.members))
                ),
            }
            for purpose in ASKED
        ]
