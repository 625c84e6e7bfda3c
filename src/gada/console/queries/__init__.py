"""Readers of the pages that show several rooms together."""

from gada.console.queries.drafts import (
    draft_for,
    drafts_of,
    household_of_draft,
    members_to_ask,
    why_no_prints,
)
from gada.console.queries.exports import exports_of
from gada.console.queries.families import FamilyLine, names_of_sites_searched, newest_families
from gada.console.queries.figures import Figures, figures
from gada.console.queries.health import health_of_node
from gada.console.queries.imports import import_for, imports_for, lines_of
from gada.console.queries.journal_state import journal_state, newest_entries, proof_of_journal
from gada.console.queries.person import PersonSheet, disclosure_opened, person_sheet, photo_for
from gada.console.queries.reading import Reading, readings_of
from gada.console.queries.today import day_of, things_to_watch

__all__ = [
    "FamilyLine", "Figures", "PersonSheet", "Reading", "day_of", "disclosure_opened", "draft_for", "drafts_of",
    "exports_of", "figures", "health_of_node", "household_of_draft", "import_for", "imports_for", "journal_state",
    "lines_of", "members_to_ask", "names_of_sites_searched", "newest_entries", "newest_families", "person_sheet",
    "photo_for", "proof_of_journal", "readings_of", "things_to_watch", "why_no_prints",
]
