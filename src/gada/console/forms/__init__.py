"""What is asked on these pages. Forms read; the services decide."""

from gada.console.forms.exporting import ExportForm
from gada.console.forms.importing import ColumnsForm, ImportForm, SheetForm
from gada.console.forms.members import FamilyForm, FamilySheet, MemberForm
from gada.console.forms.person import AnswerForm, CorrectionForm, EraseForm, VerifyForm, WhyForm
from gada.console.forms.registering import AnswersForm, HouseholdForm
from gada.console.forms.searching import SearchForm

__all__ = [
    "AnswerForm", "AnswersForm", "ColumnsForm", "CorrectionForm", "EraseForm", "ExportForm", "FamilyForm",
    "FamilySheet", "HouseholdForm", "ImportForm", "MemberForm", "SearchForm", "SheetForm", "VerifyForm", "WhyForm",
]
