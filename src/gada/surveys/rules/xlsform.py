"""From an XLSForm (a spreadsheet) to the XForm that phones download, and to its questions as plain data."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid

LARGEST_UPLOAD = 5 * 1024 * 1024
LARGEST_UNPACKED = 60 * 1024 * 1024
LARGEST_XFORM = 4 * 1024 * 1024
MOST_PARTS = 500
LONGEST_ID, LONGEST_VERSION, LONGEST_TITLE = 64, 60, 120
KINDS = {
    "select one": "choice",
    "select all that apply": "choices",
    "photo": "photo",
    "image": "photo",
    "audio": "file",
    "video": "file",
    "file": "file",
    "integer": "number",
    "decimal": "number",
    "date": "date",
}
FILES = ("photo", "file")
LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class ReadForm:
    """What was made of an XLSForm. `warnings` are pyxform's own sentences."""

    xml_id: str
    version: str
    title: str
    xform: str
    md5: str
    questions: list[dict[str, Any]]
    warnings: list[str]


def read_xlsform(workbook: bytes, *, public_key: str, version: str) -> ReadForm:
    """Convert a spreadsheet. `version`: what it gets when it names none. Raises Invalid `form-…`.

    Where answers go and with which key they are sealed is ours to say: what the spreadsheet says of it is dropped.
    """
    # Here: loading it takes half a second, and every command loads this module.
    from pyxform.builder import create_survey_element_from_dict
    from pyxform.errors import PyXFormError
    from pyxform.xls2json import workbook_to_json
    from pyxform.xls2json_backends import get_xlsform

    _check_package(workbook)
    warnings: list[str] = []
    try:
        tree = workbook_to_json(
            workbook_dict=get_xlsform(workbook, file_type=".xlsx"), form_name="data", warnings=warnings
        )
        tree = {
            name: value
            for name, value in tree.items()
            if name not in ("submission_url", "auto_send", "auto_delete")
        }
        tree |= {"public_key": public_key, "version": str(tree.get("version") or version)}
        xform = create_survey_element_from_dict(tree).to_xml(
            validate=False, pretty_print=False, warnings=warnings
        )
    except PyXFormError as fault:
        raise Invalid(
            "form-refused", _("This form has a fault: %(why)s"), why=" ".join(str(fault).split())
        ) from fault
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        OSError,
        RecursionError,
    ) as fault:
        raise _unreadable() from fault
    if len(xform) > LARGEST_XFORM:
        raise _too_large()
    read = ReadForm(
        xml_id=str(tree["id_string"]),
        version=tree["version"],
        title=str(tree.get("title") or tree["id_string"]),
        xform=xform,
        md5=hashlib.md5(xform.encode(), usedforsecurity=False).hexdigest(),
        questions=list(questions_in(tree["children"], tree.get("choices", {}))),
        warnings=warnings,
    )
    if (
        len(read.xml_id) > LONGEST_ID
        or len(read.version) > LONGEST_VERSION
        or len(read.title) > LONGEST_TITLE
    ):
        raise Invalid(
            "form-name-long",
            _("The form’s id, version or title is too long (at most 64, 60, 120 characters)."),
        )
    return read


def questions_in(
    children: list[Mapping[str, Any]], choices: Mapping[str, list[Mapping[str, Any]]], above: str = ""
) -> Iterator[dict[str, Any]]:
    """`{path, kind, label, choices}` of each question and repeat, in the order of the form."""
    for child in children:
        kind, path = str(child["type"]), f"{above}{child['name']}"
        if kind in ("group", "repeat"):
            if child["name"] == "meta":
                continue
            if kind == "repeat":
                yield {"path": path, "kind": "repeat", "label": _labels(child), "choices": []}
            yield from questions_in(child.get("children", []), choices, f"{path}/")
        elif kind != "note":
            offered = choices.get(str(child.get("list_name") or child.get("itemset") or ""), [])
            yield {
                "path": path,
                "kind": KINDS.get(kind, "text"),
                "label": _labels(child),
                "choices": [[str(each["name"]), _labels(each)] for each in offered],
            }


def label_in(labels: Mapping[str, str], language: str) -> str:
    """The words of a question in this language, else in any."""
    return labels.get(language) or next(filter(None, (labels.get(each) for each in ("", *LANGUAGES))), "")


def _labels(element: Mapping[str, Any]) -> dict[str, str]:
    label = element.get("label") or ""
    if isinstance(label, str):
        return {"": label}
    found: dict[str, str] = {}
    for name, text in label.items():
        code = name.casefold().rpartition("(")[2].rstrip(")")[:2] if "(" in name else name.casefold()[:2]
        found.setdefault(code if code in LANGUAGES else "", str(text))
    return found


def _check_package(workbook: bytes) -> None:
    if len(workbook) > LARGEST_UPLOAD:
        raise _too_large()
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise _too_large()
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and _declares(package.read(part)):
                    raise Invalid(
                        "form-unsafe",
                        _("This file holds what no spreadsheet of a form needs, and was not opened."),
                    )
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as fault:
        raise _unreadable() from fault


def _declares(xml: bytes) -> bool:
    """A document type or an entity, in whatever encoding."""
    plain = xml.replace(b"\x00", b"")
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain


def _unreadable() -> Invalid:
    return Invalid(
        "form-unreadable",
        _("This is not an XLSForm that can be read. Save the form as an Excel workbook (.xlsx)."),
    )


def _too_large() -> Invalid:
    return Invalid(
        "form-too-large",
        _("This form is too large (at most 5 MB). Put pictures and lists into files beside it."),
    )
