"""French and English complete: whatever a person may read has both, and the compiled form is current."""

from __future__ import annotations

import re
import string

from scripts.translations import catalogues, compiled, missing, read_po, texts
from tests.architecture.source import name, say

TRANSLATE = "scripts/translations.py add ROOM; write the French into its django.po; scripts/translations.py compile"


def test_every_text_has_its_french() -> None:
    say([f"{text.place}: {text.originals[0]!r}" for text in missing()], TRANSLATE)


def test_every_translation_is_of_a_text_that_is_said() -> None:
    said = {(text.context, text.originals[0]) for text in texts()}
    problems = [
        f"{name(path)}: {entry.originals[0]!r}"
        for path in catalogues()
        for entry in read_po(path)[1:]
        if (entry.context, entry.originals[0]) not in said
    ]
    say(problems, "nobody says this any more: take it out of the catalogue, then scripts/translations.py compile.")


def test_no_translation_is_empty_or_in_doubt() -> None:
    problems = [
        f"{name(path)}: {entry.originals[0]!r}{' (fuzzy)' if entry.fuzzy else ''}"
        for path in catalogues()
        for entry in read_po(path)[1:]
        if entry.fuzzy or not entry.translations or not all(entry.translations)
    ]
    say(problems, "write the French sentence and take the fuzzy mark away.")


def test_translations_fill_in_what_the_original_fills_in() -> None:
    problems = [
        f"{name(path)}: {entry.originals[0]!r} -> {translation!r}"
        for path in catalogues()
        for entry in read_po(path)[1:]
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
    problems = [
        name(path)
        for path in catalogues()
        if not (binary := path.with_suffix(".mo")).exists()
        or messages_in(binary.read_bytes()) != messages_in(compiled(path))
    ]
    say(problems, "python scripts/translations.py compile, and commit both files.")


def messages_in(content: bytes) -> dict[bytes, bytes]:
    """What a compiled catalogue says, whoever compiled it."""
    word = lambda at: int.from_bytes(content[at : at + 4], "little")  # noqa: E731
    ids_at, texts_at = word(12), word(16)
    text = lambda at: content[word(at + 4) : word(at + 4) + word(at)]  # noqa: E731
    held = {text(ids_at + 8 * index): text(texts_at + 8 * index) for index in range(word(8))}
    return {key: value for key, value in held.items() if key}
