"""French and English complete: every text that a person may read has both, and the compiled form is current."""

from __future__ import annotations

import ast
import gettext
import re
import string

from django.utils.translation.template import templatize

from scripts.catalogue import refusals
from tests.architecture.source import SOURCE, name, python_files, say
from tests.architecture.translations import Catalogue, catalogues

MARKS = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
    "gettext_noop",
}


def french() -> tuple[Catalogue, ...]:
    return tuple(catalogue for catalogue in catalogues() if "fr" in catalogue.path.parts)


def translated() -> set[str]:
    return {original for catalogue in french() for entry in catalogue.entries for original in entry.originals}


def test_every_text_has_its_french() -> None:
    known = translated()
    problems = [f"{place}: {text!r}" for place, text in texts() if text not in known]
    say(problems, "add it to the room's locale/fr/LC_MESSAGES/django.po and compile it.")


def texts() -> list[tuple[str, str]]:
    """Place and text of everything marked for translation, in Python and in templates; and every refusal."""
    found = [
        (f"{name(path)}:{line}", text)
        for path in python_files()
        for line, text in marked(path.read_text("utf-8"))
    ]
    for page in sorted(SOURCE.rglob("templates/**/*.html")):
        found += [(name(page), text) for _, text in marked(_python_of(page.read_text("utf-8")))]
    return found + [(no.place, no.message) for no in refusals() if no.message]


def _python_of(template: str) -> str:
    """Django turns a template into calls of gettext, with x for everything else; only the calls are kept."""
    calls = re.findall(
        r"\b(?:n?p?gettext|_)\((?:[^()\"']|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|u(?=['\"]))*\)",
        templatize(template),
    )
    return "\n".join(re.sub(r",\s*count\)$", ", 1)", call) for call in calls)


def marked(source: str) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in MARKS:
            called = ast.unparse(node.func).split(".")[-1]
            wanted = node.args[1:] if "pgettext" in called else node.args[:1]
            wanted = node.args[:2] if called.startswith("ngettext") else wanted
            found += [
                (node.lineno, arg.value)
                for arg in wanted
                if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            ]
    return found


def test_no_translation_is_missing_or_in_doubt() -> None:
    problems = [
        f"{name(catalogue.path)}: {entry.originals[0]!r}{' (fuzzy)' if entry.fuzzy else ''}"
        for catalogue in french()
        for entry in catalogue.entries
        if entry.fuzzy or not entry.translations or not all(entry.translations)
    ]
    say(problems, "write the French sentence and take the fuzzy mark away.")


def test_translations_keep_what_is_filled_in() -> None:
    problems = [
        f"{name(catalogue.path)}: {entry.originals[0]!r} -> {translation!r}"
        for catalogue in french()
        for entry in catalogue.entries
        for translation in entry.translations
        if not filled_in(translation) <= set().union(*map(filled_in, entry.originals))
    ]
    say(problems, "use the same %(name)s and {name} as the original.")


def filled_in(text: str) -> set[str]:
    """The names of the placeholders of both kinds."""
    percent = set(re.findall(r"%\((\w+)\)", text))
    try:
        braces = {field for _, field, _, _ in string.Formatter().parse(text) if field}
    except ValueError:
        braces = set()
    return percent | braces


def test_compiled_catalogues_are_current() -> None:
    problems = []
    for catalogue in catalogues():
        compiled = catalogue.path.with_suffix(".mo")
        if not compiled.exists():
            problems.append(f"{name(compiled)}: missing")
            continue
        with compiled.open("rb") as file:
            held = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for entry in catalogue.entries:
            key = (entry.key, 0) if len(entry.originals) > 1 else entry.key
            if held.get(key) != entry.translations[0]:
                problems.append(f"{name(compiled)}: {entry.originals[0]!r} is not current")
    say(problems, "msgfmt -o django.mo django.po in that folder (package gettext), and commit both.")
