"""What is asked on this room's pages. Forms read; the services decide."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import programmes_of, sites_of
from gada.assistance.queries import cycles_for, interventions_for

LARGEST_FILE_BYTES = 8 * 1024 * 1024  # a whole hand at 1000 dpi, uncompressed, stays below
LARGEST_QUANTITY = Decimal(100_000)
HALF_A_LINE = _("A line of the ration needs a name, a quantity and a unit.")


class InterventionForm(forms.Form):
    programme = forms.ModelChoiceField(label=_("Programme"), queryset=None, empty_label=None)
    name = forms.CharField(
        label=_("Name of the intervention"), max_length=120, help_text=_("For example: food distribution")
    )
    item = forms.CharField(
        label=_("What one family collects"),
        max_length=60,
        help_text=_("For example: food ration. One per family and cycle."),
    )

    def __init__(self, *args: Any, viewer: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes_of(viewer, action="intervention.create")


class CycleForm(forms.Form):
    intervention = forms.ModelChoiceField(label=_("Intervention"), queryset=None, empty_label=None)
    name = forms.CharField(
        label=_("Name of the cycle"), max_length=60, help_text=_("For example: March 2026")
    )
    starts_on = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, viewer: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["intervention"].queryset = interventions_for(viewer)
        self.fields["intervention"].label_from_instance = lambda found: (
            f"{found.name} ({found.programme.name})"
        )


class ListForm(forms.Form):
    cycle = forms.ModelChoiceField(label=_("Cycle"), queryset=None, empty_label=None)
    site = forms.ModelChoiceField(label=_("Site"), queryset=None, empty_label=None)

    def __init__(self, *args: Any, viewer: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cycle"].queryset = cycles_for(viewer)
        self.fields["cycle"].label_from_instance = lambda found: f"{found.intervention.name} · {found.name}"
        self.fields["site"].queryset = sites_of(viewer, action="list.make")


class RationLineForm(forms.Form):
    """One line of the ration; a line left as it was is no line."""

    item = forms.CharField(label=_("Item"), max_length=60, error_messages={"required": HALF_A_LINE})
    quantity = forms.DecimalField(
        label=_("Quantity"),
        min_value=Decimal("0.001"),
        max_value=LARGEST_QUANTITY,
        decimal_places=3,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"required": HALF_A_LINE},
    )
    unit = forms.CharField(
        label=_("Unit"),
        max_length=20,
        error_messages={"required": HALF_A_LINE},
        widget=forms.TextInput(attrs={"list": "units"}),
    )
    per = forms.ChoiceField(
        label=_("For each"),
        initial="household",
        choices=[("household", _("family")), ("member", _("person"))],
    )

    def has_changed(self) -> bool:
        """Whom a line is for has an answer before anybody answers."""
        return bool({"item", "quantity", "unit"} & set(self.changed_data))

    def line(self) -> dict[str, Any] | None:
        """As `make_list` takes it: quantities in whole thousandths of their unit."""
        said = self.cleaned_data
        if not said:
            return None
        return {
            "item": said["item"],
            "unit": said["unit"],
            "quantity": int(said["quantity"] * 1000),
            "per": said["per"],
        }


RationForms = forms.formset_factory(RationLineForm, extra=4, max_num=12, validate_max=True)


class FingerForm(forms.Form):
    """A finger on the reader: an image or an ISO record, as scanners give them."""

    finger = forms.FileField(label=_("Finger"))

    def clean_finger(self) -> bytes:
        given = self.cleaned_data["finger"]
        if given.size > LARGEST_FILE_BYTES:
            raise ValidationError(_("This file is too large for a fingerprint."))
        return given.read()


class FindForm(FingerForm):
    """A number, a name, or a finger."""

    q = forms.CharField(label=_("Find"), max_length=120, required=False)
    field_order = ["q", "finger"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["finger"].required = False

    def clean_finger(self) -> bytes | None:
        return super().clean_finger() if self.cleaned_data.get("finger") else None


class StepForm(forms.Form):
    """One step of the ladder after the finger."""

    method = forms.ChoiceField(
        choices=[(name, name) for name in ("photo", "card-and-alternate", "supervisor")]
    )
    person = forms.ChoiceField(label=_("Who came"))
    recognised = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
    reason = forms.CharField(
        label=_("Why this step"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "reasons", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people
        self.fields["person"].initial = people[0][0] if len(people) == 1 else None
        self.fields["person"].widget = (
            forms.RadioSelect(choices=people) if len(people) > 1 else forms.HiddenInput()
        )


class RefusalForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    way_forward = forms.CharField(
        label=_("What the person can do now"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    claimed_by = forms.CharField(
        label=_("Name the person gave"),
        max_length=120,
        required=False,
        help_text=_("Printed on the slip. Nothing about the family is."),
    )


class DeskNameForm(forms.Form):
    name = forms.CharField(label=_("Name of this desk"), max_length=60)
