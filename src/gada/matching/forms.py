"""What a person types on the pages about duplicates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

USUAL_PERIOD = timedelta(days=90)


class PeriodForm(forms.Form):
    """First and last day of a report; nothing typed: the last ninety days."""

    first = forms.DateField(label=_("First day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any = None, *, today: date) -> None:
        usual = {"first": (today - USUAL_PERIOD).isoformat(), "last": today.isoformat()}
        super().__init__({**usual, **{name: said for name in usual if (said := (data or {}).get(name))}})
        self.today = today

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("first") and said.get("last") and said["first"] > said["last"]:
            self.add_error("last", _("The last day lies before the first."))
        return said

    def period(self) -> tuple[datetime, datetime]:
        """[since, until): whole days of this place's clock. The usual period while what was typed is none."""
        valid = self.is_valid()
        first = self.cleaned_data["first"] if valid else self.today - USUAL_PERIOD
        last = self.cleaned_data["last"] if valid else self.today
        here = timezone.get_current_timezone()
        days = (first, last + timedelta(days=1))
        since, until = (datetime(day.year, day.month, day.day, tzinfo=here) for day in days)
        return since, until
