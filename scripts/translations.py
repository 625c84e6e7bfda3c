"""French beside English: which texts still lack it, and the compiled catalogues.

    python scripts/translations.py missing [room]    list what has no French yet
    python scripts/translations.py add [room]        put it into the room's django.po, to be filled in
    python scripts/translations.py compile           write each django.mo from its django.po

Needs none of gettext's own tools, which Windows and fresh machines lack.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.catalogue import SOURCE, refusals  # noqa: E402

SPEAKS_THROUGH = {"command": "project", "story": "project"}  # they have no catalogue of their own
FOLDER = "locale/fr/LC_MESSAGES"
CALL = re.compile(
    r"""\b(?:np?gettext|pgettext|gettext|_)\((?:[^()"']|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')*\)""", re.DOTALL
)
MARKS = {
    "_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2,
    "pgettext": 1, "pgettext_lazy": 1, "npgettext": 2, "npgettext_lazy": 2,
}  # fmt: skip


@dataclass(slots=True)
class Entry:
    """One text: its original (and plural), its context, its translations, and whether it is in doubt (fuzzy)."""

    context: str | None = None
    originals: list[str] = field(default_factory=list)
    translations: list[str] = field(default_factory=list)
    fuzzy: bool = False

    @property
    def key(self) -> str:
        """How the compiled form names it."""
        singular = f"{self.context}\x04{self.originals[0]}" if self.context is not None else self.originals[0]
        return "\0".join([singular, *self.originals[1:]])


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """Something marked for translation, and where."""

    place: str
    room: str
    context: str | None
    originals: tuple[str, ...]


def catalogues() -> list[Path]:
    return sorted(SOURCE.rglob(f"{FOLDER}/*.po"))


def read_po(path: Path) -> tuple[Entry, ...]:
    """Every entry of a .po file, its header first; obsolete ones are left out."""
    entries = [_entry(block) for block in re.split(r"\n\s*\n", path.read_text("utf-8"))]
    return tuple(entry for entry in entries if entry.originals)


def _entry(block: str) -> Entry:
    entry = Entry()
    part: list[str] = []
    for line in block.splitlines():
        entry.fuzzy |= line.startswith("#,") and "fuzzy" in line
        if line.startswith("#") or not line.strip():
            continue
        keyword = re.match(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+", line)
        text = ast.literal_eval(line[keyword.end() :] if keyword else line.strip())
        if keyword:
            part = [] if keyword[1] == "msgctxt" else entry.translations if "str" in keyword[1] else entry.originals
            part.append("")
        part[-1] += text
        if keyword and keyword[1] == "msgctxt":
            entry.context = text
    return entry


def texts() -> list[Text]:
    """Everything marked for translation in Python and in templates, and every refusal."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        found += [_text(path, *each) for each in marked(path.read_text("utf-8"))]
    for page in sorted(SOURCE.rglob("templates/**/*.html")):
        found += [_text(page, *each) for each in marked(calls_in(page.read_text("utf-8")))]
    found += [
        Text(no.place, _speaker(no.room), None, (no.message,)) for no in refusals() if no.message
    ]
    return sorted(set(found), key=lambda text: (text.room, text.place))


def _text(path: Path, line: int, context: str | None, originals: tuple[str, ...]) -> Text:
    where = path.relative_to(ROOT).as_posix() + (f":{line}" if path.suffix == ".py" else "")
    return Text(where, _speaker(path.relative_to(SOURCE).parts[0].removesuffix(".py")), context, originals)


def _speaker(room: str) -> str:
    return SPEAKS_THROUGH.get(room, room)


def calls_in(template: str) -> str:
    """Django turns a template into calls of gettext with x for everything else; only the calls are kept."""
    from django.utils.translation.template import templatize

    return "\n".join(re.sub(r",\s*count\)$", ", 1)", call) for call in CALL.findall(templatize(template)))


def marked(source: str) -> list[tuple[int, str | None, tuple[str, ...]]]:
    """Line, context and originals of every call that marks a constant text."""
    found = []
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        called = ast.unparse(call.func).split(".")[-1]
        if called not in MARKS:
            continue
        said = [arg.value if isinstance(arg, ast.Constant) else None for arg in call.args]
        context = said.pop(0) if "pgettext" in called and said else None
        originals = said[: MARKS[called]]
        if len(originals) == MARKS[called] and all(isinstance(text, str) and text for text in originals):
            found.append((call.lineno, context, tuple(map(str, originals))))
    return found


def missing(room: str | None = None) -> list[Text]:
    """Texts without French. One catalogue serves all: Django looks through every room's."""
    known = {
        (entry.context, entry.originals[0])
        for path in catalogues() for entry in read_po(path)
        if entry.translations and all(entry.translations) and not entry.fuzzy
    }  # fmt: skip
    return [text for text in texts() if (text.context, text.originals[0]) not in known and room in (None, text.room)]


def add(room: str | None) -> None:
    """Append to each room's catalogue what it lacks, with an empty translation."""
    by_room = defaultdict(dict)
    for text in missing(room):
        by_room[text.room].setdefault((text.context, text.originals), text.place)
    for name, lacking in by_room.items():
        path = SOURCE / name / FOLDER / "django.po"
        held = {(entry.context, entry.originals[0]) for entry in read_po(path)} if path.exists() else set()
        path.parent.mkdir(parents=True, exist_ok=True)
        blocks = [path.read_text("utf-8").rstrip("\n") if path.exists() else HEADER]
        new = [_block(place, *text) for text, place in lacking.items() if (text[0], text[1][0]) not in held]
        path.write_text("\n\n".join(blocks + new) + "\n", "utf-8")
        print(f"{path.relative_to(ROOT).as_posix()}: {len(new)} to translate")


HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Language: fr\\n"\n"Plural-Forms: nplurals=2; plural=(n > 1);\\n"'
)


def _block(place: str, context: str | None, originals: tuple[str, ...]) -> str:
    lines = [f"#: {place}"] + ([f"msgctxt {_quoted(context)}"] if context else [])
    lines += [f"msgid{'_plural' if index else ''} {_quoted(text)}" for index, text in enumerate(originals)]
    return "\n".join(lines + (['msgstr ""'] if len(originals) == 1 else ['msgstr[0] ""', 'msgstr[1] ""']))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def compiled(path: Path) -> bytes:
    """A catalogue in gettext's binary form (GNU .mo, little-endian, no hash table)."""
    held = {
        entry.key.encode(): "\0".join(entry.translations).encode()
        for entry in read_po(path)
        if entry.translations and all(entry.translations) and not entry.fuzzy
    }
    ids, places, body = sorted(held), [], b""
    texts_begin = 28 + 16 * len(ids)
    for text in [*ids, *(held[key] for key in ids)]:
        places.append((len(text), texts_begin + len(body)))
        body += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(ids), 28, 28 + 8 * len(ids), 0, texts_begin)
    return head + b"".join(struct.pack("<2I", *place) for place in places) + body


def main(arguments: list[str]) -> int:
    match arguments:
        case ["missing", *rooms]:
            for text in missing(*rooms):
                print(f"{text.place}: {text.originals[0]!r}")
        case ["add", *rooms]:
            add(*rooms or (None,))
        case ["compile"]:
            for path in catalogues():
                path.with_suffix(".mo").write_bytes(compiled(path))
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
