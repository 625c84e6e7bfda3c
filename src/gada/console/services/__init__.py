"""What can be done on these pages: each view, command or API call uses exactly one of these."""

from gada.console.services.disclosing import open_disclosure
from gada.console.services.drafting import (
    begin_draft,
    discard_draft,
    keep_photo,
    keep_typed,
    save_answers,
    save_household,
    save_members,
)
from gada.console.services.erasing import MOST as MOST_ERASED
from gada.console.services.erasing import confirm_erasure, continue_erasure, decline_erasure, propose_erasure
from gada.console.services.expiring import count_due, forget_copies
from gada.console.services.exporting import Export, export_people
from gada.console.services.importing import (
    choose_columns,
    drop_import,
    open_import,
    pause_import,
    plan_file,
    plan_large_file,
    read_likely,
    resume_import,
    run_import,
    start_import,
)
from gada.console.services.living import take_back
from gada.console.services.prints import keep_no_print, keep_print
from gada.console.services.registering import FamilyAsked, finish_registration, register_family
from gada.console.services.scanning import begin_scan, keep_scan
from gada.console.services.searching import Found, find_by_finger, find_people

__all__ = [
    "MOST_ERASED", "Export", "FamilyAsked", "Found", "begin_draft", "begin_scan", "choose_columns",
    "confirm_erasure", "continue_erasure", "count_due", "decline_erasure", "discard_draft", "drop_import",
    "export_people", "find_by_finger", "find_people", "finish_registration", "forget_copies", "keep_no_print",
    "keep_photo", "keep_print", "keep_scan", "keep_typed", "open_disclosure", "open_import", "pause_import",
    "plan_file", "plan_large_file", "propose_erasure", "read_likely", "register_family", "resume_import",
    "run_import", "save_answers", "save_household", "save_members", "start_import", "take_back",
]
