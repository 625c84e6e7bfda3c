"""What is asked on this room's pages. Forms read; the services decide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from gada.agencies import queries
from gada.agencies.models import DEVICE_KINDS, LANGUAGES, SITE_KINDS, Operator
from gada.agencies.questions import LONGEST_ANSWER, LONGEST_LABEL, Kind, Of, Question, When, ready_groups
from gada.agencies.rules import Role


class CodeField(forms.CharField):
    """Asked of everybody, and empty once: before the codes are set up."""

    def validate(self, value: str) -> None:
        return


class SignInForm(forms.Form):
    use_required_attribute = False
    username = forms.CharField(label=_("User name"), max_length=60)
    password = forms.CharField(label=_("Password"), max_length=200, strip=False)
    code = CodeField(
        label=_("Code"), max_length=9,
        help_text=_("Six digits from your phone. The first time, leave this empty."),
    )

    def __init__(self, *args: Any, keeps_password: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {
            "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false",
        }
        # On a training node the page comes back with the code to type; the password need not be typed twice.
        self.fields["password"].widget = forms.PasswordInput(
            render_value=keeps_password, attrs={"autocomplete": "current-password"}
        )
        self.fields["code"].widget.attrs |= {"autocomplete": "one-time-code", "inputmode": "numeric"}


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("First code"), max_length=9,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class UnlockForm(forms.Form):
    passphrase = forms.CharField(
        label=_("Passphrase of this node"), max_length=400, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class NewPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("New password"), max_length=200, strip=False,
        help_text=_("At least 10 characters. Four words that have nothing to do with each other are best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class OwnPasswordForm(NewPasswordForm):
    current = forms.CharField(
        label=_("Present password"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["current", "password"]


class OperatorForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    username = forms.CharField(label=_("User name"), max_length=60, help_text=_("For example: a.diallo"))
    password = forms.CharField(
        label=_("First password"), max_length=200, strip=False,
        help_text=_("At least 10 characters. They can change it themselves after signing in."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    language = forms.ChoiceField(label=_("Language of pages"), choices=LANGUAGES, widget=forms.RadioSelect)


class AssignmentForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    site = forms.ModelChoiceField(label=_("Site"), queryset=None, required=False, empty_label=_("All sites"))
    programme = forms.ModelChoiceField(
        label=_("Programme"), queryset=None, required=False, empty_label=_("All programmes")
    )
    valid_until = forms.DateTimeField(
        label=_("Until"), required=False, help_text=_("Leave empty for no end."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, viewer: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = queries.sites_of(viewer)
        self.fields["programme"].queryset = queries.programmes_of(viewer)


class SiteForm(forms.Form):
    name = forms.CharField(label=_("Name of the site"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=SITE_KINDS, widget=forms.RadioSelect)
    pcode = forms.CharField(
        label=_("Place code"), max_length=20, required=False, help_text=_("The p-code of the place, if there is one.")
    )


class DeviceForm(forms.Form):
    name = forms.CharField(label=_("Name of the device"), max_length=120, help_text=_("As written on its label."))
    kind = forms.ChoiceField(label=_("Kind"), choices=DEVICE_KINDS, widget=forms.RadioSelect)
    site = forms.ModelChoiceField(label=_("Site"), queryset=None)

    def __init__(self, *args: Any, viewer: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = queries.sites_of(viewer, action="device.register")


class ProgrammeForm(forms.Form):
    name = forms.CharField(label=_("Name of the programme"), max_length=120)
    purpose = forms.CharField(
        label=_("Purpose"), max_length=300,
        help_text=_("What people are registered for, in one sentence they understand."),
    )
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300)
    biometrics_allowed = forms.BooleanField(label=_("Fingerprints may be taken"), required=False)
    impact_assessment = forms.CharField(
        label=_("Impact assessment"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Where it is kept and what it decided. Needed before fingerprints."),
    )
    assessed_on = forms.DateField(
        label=_("Signed on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    assessed_by = forms.CharField(label=_("Signed by"), max_length=120, required=False)
    minimum_age_prints = forms.IntegerField(
        label=_("Youngest age for fingerprints, in years"), min_value=0, max_value=120, initial=5
    )


class AssessmentForm(forms.Form):
    reference = forms.CharField(
        label=_("Impact assessment"), widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Where it is kept and what it decided. Needed before fingerprints."),
    )
    signed_on = forms.DateField(label=_("Signed on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    signed_by = forms.CharField(label=_("Signed by"), max_length=120)
    document = forms.FileField(
        label=_("The document"),
        required=False,
        help_text=_("PDF or another file, at most 10 MB. It is kept encrypted."),
    )


class QuestionForm(forms.Form):
    """One question of a programme, in both languages."""

    use_required_attribute = False
    fr = forms.CharField(label=_("Question in French"), max_length=LONGEST_LABEL)
    en = forms.CharField(label=_("Question in English"), max_length=LONGEST_LABEL)
    kind = forms.ChoiceField(label=_("Kind of answer"), choices=Kind.choices)
    choices = forms.CharField(
        label=_("Answers of the list"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One answer a line: French | English"),
    )
    of = forms.ChoiceField(label=_("Asked of"), choices=Of.choices)
    when = forms.ChoiceField(label=_("When"), choices=When.choices)
    required = forms.BooleanField(label=_("Must be answered"), required=False)
    sensitive = forms.BooleanField(label=_("About health, disability or weakness"), required=False)
    allowed_by = forms.CharField(
        label=_("Passage of the impact assessment that allows it"), max_length=LONGEST_LABEL, required=False
    )

    def __init__(self, *args: Any, changed: Question | None = None, **kwargs: Any) -> None:
        if changed is not None:
            lines = "\n".join(f"{fr} | {en}" for _code, fr, en in changed.choices)
            kwargs["initial"] = {
                name: getattr(changed, name) for name in self.base_fields if name != "choices"
            } | {"choices": lines}
        super().__init__(*args, **kwargs)
        self.changed = changed

    def clean_choices(self) -> tuple[tuple[str, str, str], ...]:
        held = {fr: code for code, fr, _en in self.changed.choices} if self.changed else {}
        lines = [line for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        parts = [[part.strip() for part in line.split("|")] for line in lines]
        if any(len(part) != 2 or not all(part) for part in parts):
            raise forms.ValidationError(_("Write each answer as: French | English"))
        return tuple((held.get(fr) or code_of(en), fr, en) for fr, en in parts)

    def question(self, taken: Iterable[str]) -> Question:
        """The question as written; a new one gets a code that nobody has yet."""
        said = self.cleaned_data
        code = self.changed.code if self.changed else code_of(said["en"])
        others, number = set(taken), 2
        while not self.changed and code in others:
            code, number = f"{code_of(said['en'])[:26]}_{number}", number + 1
        listed = said["kind"] in (Kind.ONE, Kind.SEVERAL)
        return Question(code=code, **said | {"choices": said["choices"] if listed else ()})


class ReadyForm(forms.Form):
    """Questions that come with the program, a group at a time."""

    group = forms.ChoiceField(label=_("Ready-made questions"))
    allowed_by = forms.CharField(
        label=_("Passage of the impact assessment that allows it"), max_length=LONGEST_LABEL, required=False
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [(group.code, group.label(language)) for group in ready_groups()]


def code_of(words: str) -> str:
    """A code from words: small letters, digits and _."""
    code = re.sub(r"[^a-z0-9]+", "_", slugify(words)).strip("_")[:30].strip("_")
    return code if code[:1].isalpha() else f"q_{code}"[:30].strip("_")


def answer_field(question: Question, language: str) -> forms.Field:
    """The control that takes an answer; whether it must be answered is decided when it is known of whom."""
    label: dict[str, Any] = {"label": question.label(language), "required": False}
    listed, blank = question.choice_labels(language), [("", "–")]
    match question.kind:
        case Kind.NUMBER:
            number = forms.IntegerField(min_value=-(10**9), max_value=10**9, **label)
            number.widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
            return number
        case Kind.ONE:
            return forms.ChoiceField(choices=blank + listed, **label)
        case Kind.SEVERAL:
            return forms.MultipleChoiceField(choices=listed, widget=forms.CheckboxSelectMultiple, **label)
        case Kind.DATE:
            typed = forms.DateInput(attrs={"placeholder": "14/3/2025", "autocomplete": "off"}, format="%d/%m/%Y")
            return forms.DateField(input_formats=["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y"], widget=typed, **label)
        case Kind.YES_NO:
            return forms.ChoiceField(choices=[*blank, ("yes", _("yes")), ("no", _("no"))], **label)
    return forms.CharField(max_length=LONGEST_ANSWER, **label)


def answers_in(questions: Iterable[Question], said: Mapping[str, Any]) -> dict[str, Any]:
    """Answers by the code of their question, as they are kept: text, number, code, codes, ISO date, yes or no."""
    kept = {}
    for question in questions:
        value = said.get(f"q_{question.code}")
        if value not in (None, "", []):
            kept[question.code] = value.isoformat() if isinstance(value, date) else value
    return kept
