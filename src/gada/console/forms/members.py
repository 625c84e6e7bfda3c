"""One line for each person of a family, and the sheet of all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gada.agencies.forms import answer_field, answers_in
from gada.agencies.questions import Question, is_asked
from gada.agencies.views.saying import words_of
from gada.biometrics.rules import age_years
from gada.console import rules
from gada.engine.refusal import Invalid
from gada.people.births import LONGEST_SAID, OLDEST, SaidBirth, birth_from, words_of_birth
from gada.people.calendars import Event, events_of
from gada.people.words import DOCUMENT_KINDS, Recipient, Relationship, ResidenceStatus, Sex

DOCUMENTS = [("", _("None shown")), *DOCUMENT_KINDS.items()]
MOST_MEMBERS = 60
UNTYPED = {"relationship", "surname", "recipient", "residence_status", "id"}  # filled in beforehand: say nothing alone


class MemberForm(forms.Form):
    """One person of the family. `birth` is said as people say it; programs send its parts (day … about) instead."""

    use_required_attribute = False
    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    given = forms.CharField(label=_("Given names"), max_length=80)
    surname = forms.CharField(label=_("Family name"), max_length=80, required=False)
    sex = forms.ChoiceField(label=_("Sex"), choices=[("", "–"), *((c, s) for c, s in Sex.choices if c)], required=False)
    birth = forms.CharField(label=_("Birth or age"), max_length=LONGEST_SAID, required=False)
    relationship = forms.ChoiceField(label=_("Relationship"), choices=Relationship.choices)
    day = forms.IntegerField(min_value=1, max_value=31, required=False)
    month = forms.IntegerField(min_value=1, max_value=12, required=False)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2100, required=False)
    age = forms.IntegerField(min_value=0, max_value=OLDEST, required=False)
    about = forms.BooleanField(required=False)
    father = forms.CharField(label=_("Name of the father"), max_length=120, required=False)
    mother = forms.CharField(label=_("Name of the mother"), max_length=120, required=False)
    recipient = forms.ChoiceField(label=_("Collects aid"), choices=Recipient.choices, required=False)
    residence_status = forms.ChoiceField(label=_("Situation"), choices=ResidenceStatus.choices, required=False)
    phone = forms.CharField(label=_("Number"), max_length=20, required=False)
    phone_unsafe = forms.BooleanField(label=_("Never call or write: this phone is shared or not safe"), required=False)
    document_kind = forms.ChoiceField(label=_("Kind"), choices=DOCUMENTS, required=False)
    document_number = forms.CharField(label=_("Number of the document"), max_length=40, required=False)
    document_kind_2 = forms.ChoiceField(label=_("Second document"), choices=DOCUMENTS, required=False)
    document_number_2 = forms.CharField(label=_("Its number"), max_length=40, required=False)

    def __init__(
        self, *args: Any, country: str = "", questions: Sequence[Question] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.country, self.questions = country, questions
        for question in questions:
            self.fields[f"q_{question.code}"] = answer_field(question, get_language() or "fr")
        self.said: SaidBirth | None = None
        self.fields["phone"].widget.attrs |= {"inputmode": "tel", "autocomplete": "off"}
        for name in ("given", "surname", "birth", "father", "mother", "document_number", "document_number_2"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        self.fields["birth"].widget.attrs |= {"data-birth": True, "list": "birth-events"}

    @property
    def events(self) -> tuple[Event, ...]:
        """The calendar a birth may be said by."""
        return events_of(self.country)

    @property
    def number(self) -> str:
        """Its place on the sheet."""
        return (self.prefix or "").rsplit("-", 1)[-1]

    @property
    def details_open(self) -> bool:
        """Whether something of the folded part was typed or refused."""
        folded = ("father", "mother", "phone", "document_number", "document_number_2")
        asked = any(bound.errors or bound.value() for bound in self.asked_too)
        return asked or any(self[name].errors or self[name].value() for name in folded) or bool(
            self["recipient"].errors
        )

    @property
    def birth_words(self) -> str:
        """What was understood of the birth, for the page; nothing where it was refused."""
        text = str(self["birth"].value() or "")
        if not text or self["birth"].errors:
            return ""
        today = timezone.localdate()
        try:
            return words_of_birth(birth_from(text, today=today, events=self.events).birth, today=today)
        except Invalid as refusal:
            return words_of(refusal)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        try:
            self.said = self._birth_of(said)
        except Invalid as refusal:
            self.add_error("birth", words_of(refusal))
        if (said.get("day") or said.get("month")) and not said.get("year"):
            self.add_error("birth", _("Give the year too, or only an age."))
        for number, kind in (("document_number", "document_kind"), ("document_number_2", "document_kind_2")):
            if said.get(number) and not said.get(kind):
                said[kind] = "other"
        self._check_answers(said)
        if said.get("relationship") == Relationship.COLLECTOR and not said.get("recipient"):
            said["recipient"] = str(Recipient.ALTERNATE)
        return said

    @property
    def always_asked(self) -> list[forms.BoundField]:
        """Questions that must be answered: they stand beside the names, the others are folded."""
        return [self[f"q_{question.code}"] for question in self.questions if question.required]

    @property
    def asked_too(self) -> list[forms.BoundField]:
        return [self[f"q_{question.code}"] for question in self.questions if not question.required]

    def _check_answers(self, said: Mapping[str, Any]) -> None:
        """Who must answer does, and nobody is asked what is not for them."""
        birth = self.said.birth if self.said else None
        today = timezone.localdate()
        at = datetime(today.year, today.month, today.day, tzinfo=UTC)
        age = age_years(birth.earliest, birth.latest, at) if birth else None
        is_head = said.get("relationship") == Relationship.HEAD
        for question in self.questions:
            asked = is_asked(question, is_head=is_head, sex=said.get("sex", ""), age=age)
            answered = said.get(f"q_{question.code}") not in (None, "", [])
            if question.required and asked and not answered and f"q_{question.code}" not in self.errors:
                self.add_error(f"q_{question.code}", _("Answer this question."))
            elif answered and asked is False:
                self.add_error(f"q_{question.code}", _("This is not asked of this person: leave it empty."))

    def _birth_of(self, said: Mapping[str, Any]) -> SaidBirth:
        today = timezone.localdate()
        if text := said.get("birth"):
            return birth_from(text, today=today, events=self.events)
        return SaidBirth(*rules.birth_said(said, today=today))

    def fields_to_keep(self) -> dict[str, Any]:
        """What the draft keeps: the birth as it was said, and as it was understood on the day it was said."""
        said = {name: value for name, value in self.cleaned_data.items() if name in self.base_fields and name not in (
            "id", "day", "month", "year", "age", "about",
        )}
        said["phone_is_safe"] = not said.pop("phone_unsafe")
        understood = self.said or SaidBirth(*rules.birth_said({}, today=timezone.localdate()))
        birth = understood.birth
        return said | {
            "birth_from": birth.earliest.isoformat() if birth.earliest else None,
            "birth_to": birth.latest.isoformat() if birth.latest else None,
            "birth_precision": str(birth.precision), "birth_source": understood.source,
            "birth_event": understood.event, "asked": answers_in(self.questions, self.cleaned_data),
        }


class FamilyForm(forms.Form):
    """What is asked of the household as a whole: where it comes from, and the programme’s own questions."""

    use_required_attribute = False
    origin = forms.CharField(
        label=_("Where it comes from"), max_length=80, required=False, help_text=_("Where it lived before.")
    )

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(*args, prefix="family", **kwargs)
        self.questions = questions
        self.fields["origin"].widget.attrs |= {"autocomplete": "off", "list": "places", "data-place": True}
        for question in questions:
            field = answer_field(question, get_language() or "fr")
            field.required = question.required
            self.fields[f"q_{question.code}"] = field

    @property
    def asked(self) -> list[forms.BoundField]:
        """The programme’s questions."""
        return [self[f"q_{question.code}"] for question in self.questions]

    @property
    def answers(self) -> dict[str, Any]:
        return answers_in(self.questions, self.cleaned_data)


class FamilySheet:
    """The members of a family as one page asks for them: a line each, `members-<n>-…`.

    A line in which nobody is named and nothing else was typed is nobody.
    """

    def __init__(
        self, data: QueryDict | None, *, noted: Sequence[Mapping[str, Any]] = (), country: str = "",
        questions: Sequence[Question] = (),
    ) -> None:
        self.asks: dict[str, Any] = {"country": country, "questions": questions}
        self.rows = (
            [MemberForm(data, prefix=f"members-{n}", **self.asks) for n in _numbers(data)]
            if data is not None
            else [
                MemberForm(prefix=f"members-{n}", initial=dict(member), **self.asks) for n, member in enumerate(noted)
            ]
        )
        self.faults: list[Any] = []
        self.is_bound = data is not None

    @property
    def forms(self) -> list[MemberForm]:
        """For the summary of errors."""
        return self.rows

    def non_form_errors(self) -> list[Any]:
        """What is wrong with the family as a whole."""
        return self.faults

    @staticmethod
    def typed_rows(typed: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The lines of a draft as they were typed, unchecked."""
        return [
            {name.split("-", 2)[2]: value for name, value in typed.items() if name.startswith(f"members-{number}-")}
            for number in _numbers(typed)
        ]

    def named(self) -> list[MemberForm]:
        """The lines that say somebody."""
        return [row for row in self.rows if not is_blank(row)]

    def is_valid(self) -> bool:
        """Everybody is named and understood, one is the head, one at most collects first."""
        rows = self.named()
        self.rows = rows
        valid = [row.is_valid() for row in rows]
        if not rows:
            self.faults.append(_("Write down at least one person."))
            return False
        if not all(valid):
            return False
        for part, value, words in (
            ("relationship", Relationship.HEAD, _("A household has exactly one head. Choose who it is.")),
            ("recipient", Recipient.PRINCIPAL, _("A household has only one principal recipient.")),
        ):
            for row in [row for row in rows if row.cleaned_data[part] == value][1:]:
                row.add_error(part, words)
                return False
        if not any(row.cleaned_data["relationship"] == Relationship.HEAD for row in rows):
            rows[0].add_error("relationship", _("A household has exactly one head. Choose who it is."))
            return False
        return True

    def to_keep(self) -> list[dict[str, Any]]:
        """Each member with the id they have in the draft, if they have one; the head collects unless another does."""
        kept = [{"id": str(row.cleaned_data["id"] or ""), **row.fields_to_keep()} for row in self.rows]
        if not any(member["recipient"] == Recipient.PRINCIPAL for member in kept):
            for member in kept:
                if member["relationship"] == Relationship.HEAD:
                    member["recipient"] = str(Recipient.PRINCIPAL)
        return kept

    def with_blank_row(self) -> None:
        """One more line, filled in with what is likely."""
        number = 1 + max((int(row.prefix.split("-")[1]) for row in self.rows), default=-1)
        self.rows.append(MemberForm(prefix=f"members-{number}", initial=self.likely(number), **self.asks))

    def likely(self, number: int) -> dict[str, str]:
        """What the next line probably says."""
        if not self.rows:
            return {"relationship": "head", "recipient": "principal"}
        head = self.rows[0]
        return {
            "relationship": "spouse" if number == 1 else "child", "surname": head["surname"].value() or "",
            "residence_status": head["residence_status"].value() or "",
        }

    @property
    def pattern(self) -> MemberForm:
        """The line that a page copies for the next person."""
        return MemberForm(prefix="members-__n__", initial={"relationship": "child"}, **self.asks)


def is_blank(row: MemberForm) -> bool:
    """Nothing was typed in this line beyond what was filled in beforehand."""
    return not any(
        str(row.data.get(row.add_prefix(name), "")).strip() for name in row.fields if name not in UNTYPED
    )


def _numbers(data: Mapping[str, Any]) -> list[int]:
    found = {int(named[1]) for name in data if (named := re.fullmatch(r"members-(\d{1,4})-given", name))}
    return sorted(found)[:MOST_MEMBERS]
