"""What is asked on these pages. Forms read; the services decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator, Site
from gada.agencies.queries import holders_of as operators_at
from gada.agencies.queries import programmes_of
from gada.surveys.actions import FIELD
from gada.surveys.rules.mapping import ANSWERS, FAMILIES, HOUSEHOLD_FIELDS, PERSON_FIELDS, TRANSLATED
from gada.surveys.rules.xlsform import label_in


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(SeveralFilesField, self).clean(each, initial) for each in given]


class PublishForm(forms.Form):
    """The spreadsheet, what people are registered for, and files that the form shows."""

    use_required_attribute = False
    workbook = forms.FileField(
        label=_("Form"),
        help_text=_(
            "An Excel workbook (.xlsx) as XLSForm describes it, with the sheets survey, choices, settings."
        ),
    )
    programme = forms.ModelChoiceField(
        label=_("Registered for"),
        queryset=None,
        required=False,
        empty_label=_("no programme: a survey only"),
    )
    media = SeveralFilesField(
        label=_("Pictures and lists"),
        required=False,
        help_text=_("Files that the form names, such as logo.png or villages.csv."),
    )

    def __init__(self, *args: Any, viewer: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes_of(viewer, action="survey.publish")


class PhoneForm(forms.Form):
    """Whose phone, and what it is called."""

    use_required_attribute = False
    whose = forms.ModelChoiceField(
        label=_("Whose phone"),
        queryset=None,
        empty_label=None,
        help_text=_("What comes from this phone is registered in their name."),
    )
    name = forms.CharField(
        label=_("Name of the phone"), max_length=60, help_text=_("Such as “Amina’s phone”.")
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whose"].queryset = operators_at(FIELD, site=site).order_by("name")


class SetAsideForm(forms.Form):
    use_required_attribute = False
    why = forms.CharField(label=_("Why"), max_length=200)


class MappingForm(forms.Form):
    """Which question gives what. Choices are translated for the questions that were mapped before."""

    use_required_attribute = False
    use = forms.ChoiceField(
        label=_("What becomes of the answers"),
        widget=forms.RadioSelect,
        choices=[
            (FAMILIES, _("Families are registered")),
            (ANSWERS, _("Answers are kept, nobody is registered")),
        ],
    )
    programme = forms.ModelChoiceField(
        label=_("Registered for"),
        queryset=None,
        required=False,
        empty_label=_("no programme"),
    )

    def __init__(
        self,
        *args: Any,
        viewer: Operator,
        mapping: Mapping[str, Any],
        questions: Sequence[Mapping[str, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes_of(viewer, action="survey.map")
        self.mapping, self.questions = mapping, questions
        self.by_path = {question["path"]: question for question in questions}
        repeats = [question for question in questions if question["kind"] == "repeat"]
        outside = [
            q
            for q in questions
            if q["kind"] != "repeat" and not any(_is_in(q, each["path"]) for each in repeats)
        ]
        self.initial |= {"use": mapping.get("use", ANSWERS)}
        self._ask("household", HOUSEHOLD_FIELDS, outside, "")
        of_head = {field: label for field, label in PERSON_FIELDS.items() if field != "relationship"}
        self._ask("head", of_head, outside, "")
        self.fields["repeat"] = forms.ChoiceField(
            label=_("Repeated for each member"),
            required=False,
            choices=[("", _("nothing is repeated")), *((each["path"], _named(each)) for each in repeats)],
        )
        self.initial["repeat"] = mapping.get("repeat", "")
        inside = [
            q for q in questions if q["kind"] != "repeat" and any(_is_in(q, each["path"]) for each in repeats)
        ]
        self._ask("member", PERSON_FIELDS, inside, f"{mapping.get('repeat', '')}/")
        self._ask_choices()

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Fields as the page shows them."""
        return [
            {"name": "household", "label": _("The household"), "fields": self._fields_of("household")},
            {
                "name": "head",
                "label": _("The head, when the form asks for them outside of the repeat"),
                "fields": self._fields_of("head"),
            },
            {
                "name": "member",
                "label": _("Each member"),
                "fields": [self["repeat"], *self._fields_of("member")],
            },
            {"name": "choice", "label": _("What the choices mean"), "fields": self._fields_of("choice")},
        ]

    def said(self) -> dict[str, Any]:
        """The mapping as data."""
        data, repeat = self.cleaned_data, self.cleaned_data["repeat"]
        member = {
            field: path.removeprefix(f"{repeat}/")
            for field, path in self._values("member").items()
            if repeat and path.startswith(f"{repeat}/")
        }
        choices: dict[str, dict[str, str]] = {}
        for path, name, key in self._choices:
            choices.setdefault(path, {})[name] = data[key]
        return {
            "use": data["use"],
            "household": self._values("household"),
            "head": self._values("head"),
            "repeat": repeat,
            "member": member,
            "choices": choices,
        }

    def _values(self, part: str) -> dict[str, str]:
        return {
            name.partition("-")[2]: text
            for name, text in self.cleaned_data.items()
            if name.startswith(f"{part}-") and text
        }

    def _fields_of(self, part: str) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(f"{part}-")]

    def _ask(
        self, part: str, fields: Mapping[str, Any], offered: Sequence[Mapping[str, Any]], above: str
    ) -> None:
        for field, label in fields.items():
            fitting = [q for q in offered if (q["kind"] == "photo") == (field == "photo")]
            self.fields[f"{part}-{field}"] = forms.ChoiceField(
                label=label, required=False, choices=[("", "–"), *((q["path"], _named(q)) for q in fitting)]
            )
            if path := self.mapping.get(part, {}).get(field):
                self.initial[f"{part}-{field}"] = f"{above}{path}" if part == "member" else path

    def _ask_choices(self) -> None:
        self._choices: list[tuple[str, str, str]] = []
        for part, above in (("head", ""), ("member", f"{self.mapping.get('repeat', '')}/")):
            for field, path in self.mapping.get(part, {}).items():
                question = self.by_path.get(f"{above}{path}")
                if field not in TRANSLATED or question is None:
                    continue
                for number, (name, labels) in enumerate(question["choices"]):
                    key = f"choice-{part}-{field}-{number}"
                    self._choices.append((question["path"], name, key))
                    self.fields[key] = forms.ChoiceField(
                        label=f"{_named(question)}: {label_in(labels, get_language() or 'fr') or name}",
                        required=False,
                        choices=[("", "–"), *((value, words) for value, words in TRANSLATED[field] if value)],
                    )
                    self.initial[key] = (
                        self.mapping.get("choices", {}).get(question["path"], {}).get(name, "")
                    )


def _is_in(question: Mapping[str, Any], repeat: str) -> bool:
    return bool(question["path"].startswith(f"{repeat}/"))


def _named(question: Mapping[str, Any]) -> str:
    label = label_in(question["label"], get_language() or "fr")
    return f"{label} ({question['path']})" if label else str(question["path"])
