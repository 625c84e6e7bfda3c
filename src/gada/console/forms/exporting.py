"""What is to leave, and what for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import permissions_of, programmes_of, sites_of


class ExportForm(forms.Form):
    """Whose data, with what, and why."""

    use_required_attribute = False
    site = forms.ModelChoiceField(label=_("Site"), queryset=None, required=False, empty_label=_("All sites"))
    programme = forms.ModelChoiceField(
        label=_("Programme"), queryset=None, required=False, empty_label=_("All programmes")
    )
    prints = forms.BooleanField(label=_("With fingerprints, as ISO/IEC 19794-2 records"), required=False)
    protected = forms.BooleanField(label=_("With people who need protection"), required=False)
    reason = forms.CharField(
        label=_("What this export is for"), max_length=200, help_text=_("It stands in the journal with your name."),
    )

    def __init__(self, *args: Any, viewer: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites_of(viewer, action="person.export")
        self.fields["programme"].queryset = programmes_of(viewer, action="person.export")
        allowed = permissions_of(viewer, at=timezone.now())
        for name, action in (("prints", "print.export"), ("protected", "person.protect")):
            if action not in allowed:
                del self.fields[name]
