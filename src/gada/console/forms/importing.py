"""A declared file, and what its columns are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from gada.agencies.models import Operator
from gada.agencies.queries import programmes_of
from gada.console.models import ImportRun
from gada.people.importing import COLUMNS, KEEP, LEAVE_OUT
from gada.people.words import DOCUMENT_KINDS, Recipient, Relationship, ResidenceStatus, Sex

# What a word of the file may mean, by our column.
MEANINGS: dict[str, list[tuple[str, Any]]] = {
    "sex": [choice for choice in Sex.choices if choice[0]],
    "relationship": list(Relationship.choices),
    "residence_status": [choice for choice in ResidenceStatus.choices if choice[0]],
    "recipient": [choice for choice in Recipient.choices if choice[0]],
    "document_type": list(DOCUMENT_KINDS.items()),
}
ORDERS = [("day", _("Day first: 03/04/1984 is 3 April")), ("month", _("Month first: 03/04/1984 is 4 March"))]


class ImportForm(forms.Form):
    """Where it comes from, the list, and a zip of fingerprint records if there are any."""

    use_required_attribute = False
    source = forms.CharField(
        label=_("Where this file comes from"), max_length=80,
        help_text=_("The same name next time, so that nobody is registered twice."),
    )
    programme = forms.ModelChoiceField(label=_("Registered for"), queryset=None, empty_label=None)
    table = forms.FileField(
        label=_("List of people"),
        help_text=_(
            "A CSV file or a spreadsheet (XLSX, XLS, ODS), one person a line. Kobo and HOPE exports as they are."
        ),
    )
    records = forms.FileField(
        label=_("Fingerprints"),
        required=False,
        help_text=_(
            "A zip file of ISO/IEC 19794-2 records, each named after its registration_ref, such as A-0001-02.fmr."
        ),
    )

    def __init__(self, *args: Any, viewer: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes_of(viewer, action="person.import")


class SheetForm(forms.Form):
    """Which sheet of a workbook holds the people."""

    use_required_attribute = False
    sheet = forms.ChoiceField(label=_("The sheet with the people"))

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, initial={"sheet": run.reading.get("sheet", "")}, **kwargs)
        self.fields["sheet"].choices = [(name, name) for name in run.headings.get("sheets", [])]


class _Choice(forms.ChoiceField):
    """A choice whose first answer is an answer too: to leave something out is not to forget it."""

    empty_values = ()

    def to_python(self, value: Any) -> str:
        return str(value or "")


class ColumnsForm(forms.Form):
    """What each column of the file is, what its unknown words mean, and how its dates are written."""

    use_required_attribute = False
    dates = forms.ChoiceField(label=_("Dates"), choices=ORDERS, widget=forms.RadioSelect)

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        reading = run.reading
        super().__init__(*args, initial={"dates": "day" if reading.get("day_first", True) else "month"}, **kwargs)
        self.headings = [heading for heading, _samples in run.headings.get("columns", [])]
        self.samples = [samples for _heading, samples in run.headings.get("columns", [])]
        ours = [(LEAVE_OUT, _("Leave out")), (KEEP, _("Keep as additional information"))]
        ours += [(name, label) for name, (label, _others) in COLUMNS.items()]
        for place, heading in enumerate(self.headings):
            self.fields[f"column-{place}"] = _Choice(
                label=heading, choices=ours, initial=reading.get("columns", {}).get(heading, LEAVE_OUT)
            )
        self.unknown = [
            (column, word, count) for column, words in run.report.get("unknown_words", {}).items()
            for word, count in words if column in MEANINGS
        ]
        for place, (column, word, _count) in enumerate(self.unknown):
            self.fields[f"word-{place}"] = _Choice(
                label=word, choices=[("", _("Leave open")), *MEANINGS[column]]
            )

    def column_fields(self) -> Iterator[tuple[Any, str]]:
        """Each column's field with what stands under its heading."""
        return (
            (self[f"column-{place}"], " · ".join(self.samples[place]) or "–") for place in range(len(self.headings))
        )

    def word_fields(self) -> Iterator[tuple[Any, str]]:
        """Each unknown word's field, with the column it stands in and in how many lines."""
        for place, (column, _word, count) in enumerate(self.unknown):
            lines = ngettext("%(count)s line", "%(count)s lines", count) % {"count": count}
            yield self[f"word-{place}"], f"{COLUMNS[column][0]} · {lines}"

    @property
    def said(self) -> dict[str, Any]:
        """As the service takes it."""
        words: dict[str, dict[str, str]] = {}
        for place, (column, word, _count) in enumerate(self.unknown):
            words.setdefault(column, {})[word] = self.cleaned_data[f"word-{place}"]
        columns = {heading: self.cleaned_data[f"column-{place}"] for place, heading in enumerate(self.headings)}
        return {"columns": columns, "words": words, "day_first": self.cleaned_data["dates"] == "day"}
