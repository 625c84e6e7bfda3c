"""A declared file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import programmes_of


class ImportForm(forms.Form):
    """Where it comes from, the CSV file, and a zip of fingerprint records if there are any."""

    use_required_attribute = False
    source = forms.CharField(
        label=_("Where this file comes from"), max_length=80,
        help_text=_("The same name next time, so that nobody is registered twice."),
    )
    programme = forms.ModelChoiceField(label=_("Registered for"), queryset=None, empty_label=None)
    table = forms.FileField(label=_("List of people"), help_text=_("A CSV file in UTF-8, one person a line."))
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
