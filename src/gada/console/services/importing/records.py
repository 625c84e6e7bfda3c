"""The zip of fingerprint records beside a list: each is named after its row's reference, such as A-0001-02.fmr.

Several records of one person are told apart after two underscores: A-0001-02__right-thumb.fmr.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.biometrics.services import import_templates
from gada.console.models import ImportLine, ImportRun, ImportState
from gada.engine.refusal import Invalid

MOST_RECORDS: Final = 200_000
LARGEST_RECORD_BYTES: Final = 64 * 1024
PRINTS_CHUNK: Final = 200
DONE: Final = "prints_done"  # in the report while it runs: how many records were looked at


class Interrupted(Exception):
    """Somebody paused the run, or another worker has it."""


def import_prints(run: ImportRun) -> None:
    """Take in the records of everybody who is here, and count in the report what became of them.

    Each chunk is committed with how far it got: killed or paused, it goes on where it stood. Raises Interrupted.
    """
    assert run.records is not None
    with zipfile.ZipFile(io.BytesIO(vault.get_blob(run.id, run.records))) as archive:
        names = _names(archive)
        wanted = [(person, name) for reference, person in _people(run, list(names)) for name in names[reference]]
        for start in range(run.report.get(DONE, 0), len(wanted), PRINTS_CHUNK):
            part = [(person, archive.read(name)) for person, name in wanted[start : start + PRINTS_CHUNK]]
            _take(run, part, start=start, total=len(wanted))
    report = {name: value for name, value in run.report.items() if name != DONE}
    run.report = {"people_with_prints": 0, "fingers": 0, "prints_left_out": {}, **report}


def _take(run: ImportRun, part: list[tuple[UUID, bytes]], *, start: int, total: int) -> None:
    with transaction.atomic():
        now = ImportRun.objects.select_for_update().get(id=run.id)
        if now.state != ImportState.RUNNING or now.report.get(DONE, 0) != start:
            raise Interrupted
        done = import_templates(operator=run.operator, site=run.site, items=part, at=timezone.now())
        said = run.report
        report = {
            **said, DONE: start + len(part), "people_with_prints": said.get("people_with_prints", 0) + done.people,
            "fingers": said.get("fingers", 0) + done.fingers,
            "prints_left_out": dict(Counter(said.get("prints_left_out", {})) + Counter(done.left_out.values())),
        }
        ImportRun.objects.filter(id=run.id).update(report=report, done=start + len(part), total=total)
    run.report = report


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
