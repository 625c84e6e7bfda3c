"""What is asked about one person, and about a household."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada.agencies.views.saying import words_of
from gada.biometrics.models import Finger
from gada.console.rules import Why
from gada.engine.refusal import Invalid
from gada.people.births import LONGEST_SAID, SaidBirth, birth_from, text_of_birth, words_of_birth
from gada.people.calendars import Event, events_of
from gada.people.models import Person
from gada.people.rules import Birth
from gada.people.words import Answer, BirthPrecision, Purpose, ResidenceStatus, Sex

TEXTS = ("given", "surname", "father", "mother", "sex", "residence_status", "phone")
BIRTH = ("birth_from", "birth_to", "birth_precision", "birth_source")


class WhyForm(forms.Form):
    why = forms.ChoiceField(label=_("Why?"), choices=Why.choices, widget=forms.RadioSelect)


class AnswerForm(forms.Form):
    """A new answer of a person to one purpose."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices)
    answer = forms.ChoiceField(label=_("Answer"), choices=Answer.choices)
    reason = forms.CharField(label=_("Reason, if one was given"), max_length=200, required=False)


class CorrectionForm(forms.Form):
    """The fields of a person; `saw_<field>` is the version that this page shows."""

    use_required_attribute = False
    given = forms.CharField(label=_("Given names"), max_length=80)
    surname = forms.CharField(label=_("Family name"), max_length=80, required=False)
    father = forms.CharField(label=_("Name of the father"), max_length=120, required=False)
    mother = forms.CharField(label=_("Name of the mother"), max_length=120, required=False)
    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, required=False)
    birth = forms.CharField(label=_("Birth or age"), max_length=LONGEST_SAID, required=False)
    residence_status = forms.ChoiceField(label=_("Situation"), choices=ResidenceStatus.choices, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    phone_unsafe = forms.BooleanField(label=_("Never call or write: this phone is shared or not safe"), required=False)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, initial=_shown(person), **kwargs)
        self.person, self.said = person, SaidBirth(_held(person), person.birth_source)
        self.fields["birth"].widget.attrs |= {
            "autocomplete": "off", "spellcheck": "false", "data-birth": True, "list": "birth-events",
        }
        for name in (*TEXTS, *BIRTH, "phone_is_safe"):
            self.fields[f"saw_{name}"] = forms.CharField(
                required=False, widget=forms.HiddenInput, initial=person.versions.get(name, "")
            )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("birth") != self.initial["birth"]:
            try:
                self.said = birth_from(said.get("birth", ""), today=timezone.localdate(), events=self.events)
            except Invalid as refusal:
                self.add_error("birth", words_of(refusal))
        return said

    @property
    def events(self) -> tuple[Event, ...]:
        """The calendar a birth may be said by."""
        return events_of(self.person.site.agency.country)

    @property
    def birth_words(self) -> str:
        """What is held, or was understood, of the birth; nothing where it was refused."""
        return "" if self.errors.get("birth") else words_of_birth(self.said.birth, today=timezone.localdate())

    @property
    def changes(self) -> dict[str, Any]:
        """Only what differs from what is held."""
        said, person = self.cleaned_data, self.person
        changes: dict[str, Any] = {name: said[name] for name in TEXTS if said[name] != getattr(person, name)}
        if "phone" in changes:
            changes["phone"] = "".join(changes["phone"].split())
        if said["phone_unsafe"] == person.phone_is_safe:
            changes["phone_is_safe"] = not said["phone_unsafe"]
        if said["birth"] != self.initial["birth"]:  # written out from what is held: left alone, it stays as it is
            birth = self.said.birth
            changes |= {
                "birth_from": birth.earliest.isoformat() if birth.earliest else None,
                "birth_to": birth.latest.isoformat() if birth.latest else None,
                "birth_precision": str(birth.precision), "birth_source": self.said.source,
            }
        return changes

    @property
    def saw(self) -> dict[str, str]:
        return {name: self.cleaned_data[f"saw_{name}"] for name in (*TEXTS, *BIRTH, "phone_is_safe")}


def _shown(person: Person) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(person, name) for name in TEXTS}
    return shown | {"birth": text_of_birth(_held(person)), "phone_unsafe": not person.phone_is_safe}


def _held(person: Person) -> Birth:
    return Birth(person.birth_from, person.birth_to, BirthPrecision(person.birth_precision))


class VerifyForm(forms.Form):
    """A finger shown now, or the word of a supervisor."""

    finger = forms.FileField(label=_("Fingerprint shown now"), required=False)
    position = forms.TypedChoiceField(
        label=_("Which finger"), choices=Finger.choices, coerce=int, required=False, empty_value=0, initial=0
    )
    reason = forms.CharField(
        label=_("How do you know that it is them?"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class EraseForm(forms.Form):
    """Two confirmations: the number typed from the page, and a box ticked."""

    ground = forms.CharField(
        label=_("On what ground"), max_length=300, help_text=_("The decision, its date, who took it.")
    )
    number = forms.CharField(label=_("Type the number of this person"), max_length=20)
    sure = forms.BooleanField(label=_("I understand that this cannot be undone"))

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].strip().upper()
        if number.replace("-", "") != self.person.number.replace("-", ""):
            raise forms.ValidationError(_("This is not the number on this page."))
        return number
