"""Why a submission waits, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext, override

from gada.engine.refusal import Refusal


def words_to_keep(refusal: Refusal) -> dict[str, str]:
    """The sentence and what it names, untranslated: whoever reads it later may read another language."""
    with override(None):
        sentence = str(refusal.message)
    return {**{name: str(value) for name, value in refusal.facts.items()}, "sentence": sentence}


def reason_in_words(*, reason: str, facts: Mapping[str, str], missing: Sequence[str] = ()) -> str:
    """What the tray says of a submission; `missing`: files that have not arrived."""
    if missing:
        return gettext("Files have not arrived yet: %(names)s. They come with the phone’s next contact.") % {
            "names": ", ".join(missing)
        }
    if reason == "submission-differs":
        return gettext("Other answers came before with the same identifier. Compare the two, then take one up.")
    if reason == "set-aside":
        return facts.get("why", "")
    sentence = facts.get("sentence", "")
    return gettext(sentence) % facts if sentence else reason
