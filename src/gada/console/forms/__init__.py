"""What is asked on these pages. Forms read; the services decide."""

from gada.console.forms.exporting import ExportForm
from gada.console.forms.importing import ColumnsForm, ImportForm, SheetForm
from gada.console.forms.members import FamilyForm, FamilySheet, MemberForm
from gada.console.forms.person import (
    AnswerForm,
    CorrectionForm,
    EraseForm,
    HeadForm,
    LeaveForm,
    VerifyForm,
    WhyForm,
)
from gada.console.forms.registering import AnswersForm, HouseholdForm
from gada.console.forms.searching import SearchForm

__all__ = [
    "AnswerForm", "AnswersForm", "ColumnsForm", "CorrectionForm", "EraseForm", "ExportForm", "FamilyForm",
    "FamilySheet", "HeadForm", "HouseholdForm", "ImportForm", "LeaveForm", "MemberForm", "SearchForm", "SheetForm",
    "VerifyForm", "WhyForm",
]
