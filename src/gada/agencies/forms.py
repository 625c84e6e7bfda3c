"""What is asked on this room's pages. Forms read; the services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gada.agencies import queries
from gada.agencies.models import DEVICE_KINDS, LANGUAGES, SITE_KINDS, Operator
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
        help_text=_("Where it is kept, its date, and what it decided. Needed before fingerprints."),
    )
    minimum_age_prints = forms.IntegerField(
        label=_("Youngest age for fingerprints, in years"), min_value=0, max_value=120, initial=5
    )
