"""The zip of fingerprint records beside a list: each is named after its row's reference, such as A-0001-02.fmr.

Several records of one person are told apart after two underscores: A-0001-02__right-thumb.fmr.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.biometrics.services import import_templates
from gada.console.models import ImportLine, ImportRun
from gada.engine.refusal import Invalid

MOST_RECORDS: Final = 200_000
LARGEST_RECORD_BYTES: Final = 64 * 1024
PRINTS_CHUNK: Final = 200


def import_prints(run: ImportRun, *, note: Callable[[int, int], None]) -> dict[str, Any]:
    """Take in the records of everybody who is here; what became of them, in numbers. Doing it twice adds nothing."""
    assert run.records is not None
    people = fingers = 0
    left_out: dict[str, int] = {}
    with zipfile.ZipFile(io.BytesIO(vault.get_blob(run.id, run.records))) as archive:
        names = _names(archive)
        wanted = [(person, name) for reference, person in _people(run, list(names)) for name in names[reference]]
        for start in range(0, len(wanted), PRINTS_CHUNK):
            part = [(person, archive.read(name)) for person, name in wanted[start : start + PRINTS_CHUNK]]
            done = import_templates(operator=run.operator, site=run.site, items=part, at=timezone.now())
            people, fingers = people + done.people, fingers + done.fingers
            for code in done.left_out.values():
                left_out[code] = left_out.get(code, 0) + 1
            note(min(start + PRINTS_CHUNK, len(wanted)), len(wanted))
    return {"people_with_prints": people, "fingers": fingers, "prints_left_out": left_out}


def names_in(records: bytes) -> dict[str, list[str]]:
    """registration_ref → names in the archive. Raises Invalid `import-records…`."""
    try:
        with zipfile.ZipFile(io.BytesIO(records)) as archive:
            return _names(archive)
    except zipfile.BadZipFile:
        raise Invalid("import-records", _("The file of fingerprints is not a zip file, or it is damaged.")) from None


def _people(run: ImportRun, references: list[str]) -> list[tuple[str, UUID]]:
    found: list[tuple[str, UUID]] = []
    for start in range(0, len(references), 500):
        lines = ImportLine.objects.filter(run=run, reference__in=references[start : start + 500]).order_by("number")
        found += [(ref, person) for ref, person in lines.values_list("reference", "person") if person is not None]
    return found


def _names(archive: zipfile.ZipFile) -> dict[str, list[str]]:
    """Raises Invalid for what no collection of records looks like."""
    names: dict[str, list[str]] = {}
    count = 0
    for item in archive.infolist():
        if item.is_dir():
            continue
        stem, _dot, ending = item.filename.rsplit("/", 1)[-1].rpartition(".")
        if ending.lower() not in ("fmr", "iso", "ist"):
            continue
        if item.file_size > LARGEST_RECORD_BYTES or count >= MOST_RECORDS:
            raise Invalid(
                "import-records-too-large",
                _("A fingerprint record in this zip file is too large, or there are too many."),
            )
        names.setdefault(stem.partition("__")[0], []).append(item.filename)
        count += 1
    if not names:
        raise Invalid("import-records-none", _("There is no fingerprint record (.fmr) in this zip file."))
    return names
