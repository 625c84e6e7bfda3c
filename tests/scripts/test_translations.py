"""The catalogue compiler writes what gettext itself reads."""

from __future__ import annotations

import gettext
from io import BytesIO
from pathlib import Path

from scripts.translations import compiled, marked, read_po

CATALOGUE = r'''
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

#: somewhere
msgid "Say \"yes\"\n"
"twice"
msgstr "Dites « oui »\n"
"deux fois"

msgctxt "keyboard key"
msgid "Enter"
msgstr "Entrée"

msgid "%(count)s day"
msgid_plural "%(count)s days"
msgstr[0] "%(count)s jour"
msgstr[1] "%(count)s jours"

#, fuzzy
msgid "In doubt"
msgstr "Douteux"

msgid "Not yet"
msgstr ""
'''


def french(tmp_path: Path) -> gettext.GNUTranslations:
    path = tmp_path / "django.po"
    path.write_text(CATALOGUE, "utf-8")
    return gettext.GNUTranslations(BytesIO(compiled(path)))


def test_gettext_reads_what_we_compile(tmp_path: Path) -> None:
    said = french(tmp_path)
    assert said.gettext('Say "yes"\ntwice') == "Dites « oui »\ndeux fois"
    assert said.pgettext("keyboard key", "Enter") == "Entrée"
    days = [said.ngettext("%(count)s day", "%(count)s days", count) for count in (1, 2)]
    assert days == ["%(count)s jour", "%(count)s jours"]


def test_what_is_in_doubt_or_empty_stays_english(tmp_path: Path) -> None:
    said = french(tmp_path)
    assert (said.gettext("In doubt"), said.gettext("Not yet")) == ("In doubt", "Not yet")


def test_every_entry_is_read(tmp_path: Path) -> None:
    path = tmp_path / "django.po"
    path.write_text(CATALOGUE, "utf-8")
    assert [entry.originals[-1] for entry in read_po(path)] == [
        "", 'Say "yes"\ntwice', "Enter", "%(count)s days", "In doubt", "Not yet",
    ]  # fmt: skip


def test_marked_texts_are_found_with_their_context() -> None:
    source = '_("One"); pgettext_lazy("place", "Two"); ngettext("a", "b", n); _(name); other("no")'
    assert [(context, originals) for _, context, originals in marked(source)] == [
        (None, ("One",)), ("place", ("Two",)), (None, ("a", "b")),
    ]  # fmt: skip
