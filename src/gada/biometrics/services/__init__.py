"""Writers: take prints at the desk, import records, follow a withdrawal."""

from gada.biometrics.services.following import (
    forget_erased_prints,
    forget_prints,
    notice_household,
    notice_person,
)
from gada.biometrics.services.importing import ImportedPrints, import_templates
from gada.biometrics.services.reading import read_fingers, read_print
from gada.biometrics.services.scanning import ask_for_finger, authorities_folder, read_scan
from gada.biometrics.services.taking import take_captures

__all__ = [
    "ImportedPrints",
    "ask_for_finger",
    "authorities_folder",
    "forget_erased_prints",
    "forget_prints",
    "import_templates",
    "notice_household",
    "notice_person",
    "read_fingers",
    "read_print",
    "read_scan",
    "take_captures",
]
