"""The catalogues of translations, read without gettext's own tools (users and fresh machines lack them)."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.architecture.source import SOURCE


@dataclass(slots=True)
class Entry:
    """One text: its original (and plural), its context, its translations, and whether it is marked fuzzy."""

    context: str | None = None
    originals: list[str] = field(default_factory=list)
    translations: list[str] = field(default_factory=list)
    fuzzy: bool = False

    @property
    def key(self) -> str:
        """As gettext's compiled form writes it."""
        return f"{self.context}\x04{self.originals[0]}" if self.context is not None else self.originals[0]


@dataclass(frozen=True, slots=True)
class Catalogue:
    path: Path
    entries: tuple[Entry, ...]


@cache
def catalogues() -> tuple[Catalogue, ...]:
    return tuple(Catalogue(path, read_po(path)) for path in sorted(SOURCE.rglob("locale/*/LC_MESSAGES/*.po")))


def read_po(path: Path) -> tuple[Entry, ...]:
    """The entries of a .po file, without its header and without obsolete ones."""
    entries: list[Entry] = []
    for block in re.split(r"\n\s*\n", path.read_text("utf-8")):
        entry, target = Entry(), None
        for line in block.splitlines():
            if line.startswith("#,") and "fuzzy" in line:
                entry.fuzzy = True
            if line.startswith("#") or not line.strip():
                continue
            keyword = re.match(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+", line)
            text = ast.literal_eval(line[keyword.end() :] if keyword else line.strip())
            if keyword and keyword[1] == "msgctxt":
                target, entry.context = None, text
            elif keyword:
                target = entry.originals if keyword[1].startswith("msgid") else entry.translations
                target.append(text)
            elif target is None:
                entry.context = (entry.context or "") + text
            else:
                target[-1] += text
        if entry.originals and entry.originals[0]:
            entries.append(entry)
    return tuple(entries)
