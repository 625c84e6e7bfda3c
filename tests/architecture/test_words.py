"""One word per idea: docs/words.md defines them; five of them never reach a screen."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from scripts.catalogue import refusals
from scripts.translations import catalogues, read_po
from tests.architecture.source import ROOT, SOURCE, name, say

WORDS = ROOT / "docs" / "words.md"
NEVER_ON_A_SCREEN = ("probe", "gallery", "template", "canonical", "vault")
SPOKEN_ATTRIBUTES = {
    "alt",
    "title",
    "placeholder",
    "aria-label",
    "aria-description",
    "label",
    "value",
    "content",
}
OF_THE_DESIGN = """
person, household, member, agency, site, operator, device, enrolment, identifier, document, capture, sample, template,
quality, probe, gallery, candidate, comparison, score, case, adjudication, judgement, canonical, agreement, purpose,
disclosure, proposal, package, programme, intervention, cycle, entitlement, distribution, redemption, grievance,
crossing, post, watch entry, inspection, vital event, notification, declaration, registration, certificate,
correction, credential, issuer, holder, verifier, status list, movement, flow, round, key informant, signal, alert,
exercise, recommendation, overlap
"""
SCREEN_WORDS_OF_THE_DESIGN = {
    "adjudication": "vérification des doublons",
    "judgement": "décision",
    "redemption": "remise",
    "entitlement": "droit",
    "package": "envoi",
    "proposal": "écart à régler",
    "overlap": "personnes en commun",
    "signal": "information reçue",
    "watch entry": "signalement",
}


def defined_words() -> dict[str, list[str]]:
    """Word -> definition, French screen word, English screen word."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in WORDS.read_text("utf-8").splitlines()
        if line.startswith("|")
    ]
    return {cells[0]: cells[1:] for cells in rows if cells[0] != "word" and not cells[0].startswith("-")}


def test_every_word_is_defined_in_one_sentence() -> None:
    words = defined_words()
    problems = [
        f"{word}: not defined"
        for word in re.split(r",\s*", OF_THE_DESIGN.strip().replace("\n", " "))
        if word not in words
    ]
    for word, cells in words.items():
        if len(cells) != 3 or not all(cells):
            problems.append(
                f"{word}: wants a definition, a French and an English screen word (– when never shown)"
            )
        elif not cells[0].endswith(".") or ". " in cells[0]:
            problems.append(f"{word}: the definition is not one sentence")
    say(problems, "mend the table in docs/words.md.")


def test_screen_words_are_those_of_the_design() -> None:
    words = defined_words()
    problems = [
        f"{word}: the screen says {words[word][1]}, the design {french}"
        for word, french in SCREEN_WORDS_OF_THE_DESIGN.items()
        if french not in words[word][1]
    ]
    problems += [
        f"{word}: has a screen word but must never be shown"
        for word in NEVER_ON_A_SCREEN
        if words[word][1:] != ["–", "–"]
    ]
    say(problems, "mend the table in docs/words.md.")


def unspeakable_words_in(text: str) -> list[str]:
    without_placeholders = re.sub(r"%\(\w+\)s|\{\w*\}", " ", text)
    return [
        word
        for word in NEVER_ON_A_SCREEN
        if re.search(rf"\b{word}(s|ies)?\b", without_placeholders, re.IGNORECASE)
    ]


class SpokenText(HTMLParser):
    """What a reader or a screen reader gets of a page: text and the attributes that are read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value or "" for attribute, value in attrs if attribute in SPOKEN_ATTRIBUTES]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def spoken(page: str) -> str:
    """Django's own tags fall away, but for the text they translate."""
    page = re.sub(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}", " ", page, flags=re.DOTALL)
    page = re.sub(r"{%\s*(?:translate|trans)\s+(\"[^\"]*\"|'[^']*').*?%}", lambda tag: tag[1][1:-1], page)
    page = re.sub(r"{%.*?%}|{{.*?}}", " ", page, flags=re.DOTALL)
    parser = SpokenText()
    parser.feed(page)
    return " ".join(parser.said)


def test_pages_never_say_our_trade_words() -> None:
    problems = [
        f"{name(page)}: {word}"
        for page in sorted([*SOURCE.rglob("templates/**/*.html"), *SOURCE.rglob("templates/**/*.txt")])
        for word in unspeakable_words_in(spoken(page.read_text("utf-8")))
    ]
    say(problems, "say what the person sees: fingerprint, photo, the same person (docs/words.md).")


def test_translated_texts_never_say_our_trade_words() -> None:
    problems = [
        f"{name(path)}: {word}: {text}"
        for path in catalogues()
        for entry in read_po(path)[1:]
        for text in (*entry.originals, *entry.translations)
        for word in unspeakable_words_in(text)
    ]
    say(problems, "say what the person sees: fingerprint, photo, the same person (docs/words.md).")


def test_refusals_never_say_our_trade_words() -> None:
    problems = [
        f"{no.place}: {word}: {no.message}" for no in refusals() for word in unspeakable_words_in(no.message)
    ]
    say(problems, "a refusal is read by the person at the desk: say fingerprint, photo (docs/words.md).")
