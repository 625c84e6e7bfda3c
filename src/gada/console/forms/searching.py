"""One line to find somebody by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gada.biometrics.models import Finger
from gada.console.rules import Why


class SearchForm(forms.Form):
    """`q` or `finger` (a picture or ISO record, with `position`); `why` is asked unless a task is open."""

    use_required_attribute = False
    q = forms.CharField(label=_("Number, name, phone or document"), max_length=120, required=False)
    finger = forms.FileField(label=_("or a fingerprint"), required=False)
    position = forms.TypedChoiceField(
        label=_("Which finger"), choices=Finger.choices, coerce=int, required=False, empty_value=0, initial=0
    )
    why = forms.ChoiceField(label=_("Why?"), choices=[("", _("Choose…")), *Why.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        self.fields["why"].error_messages["required"] = _("Say why you look: the person can read it later.")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("q") and not said.get("finger") and not self.errors:
            self.add_error("q", _("Type something to look for, or choose a fingerprint."))
        return said
