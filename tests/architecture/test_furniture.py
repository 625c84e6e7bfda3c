"""Files have the names and sizes of the house, and rooms their furniture."""

from __future__ import annotations

from tests.architecture.source import (
    BELOW_AND_ABOVE,
    SOURCE,
    name,
    python_files,
    room_of,
    rooms,
    say,
    text_of,
)

LINES_AT_MOST = 400
NAMES_THAT_SAY_NOTHING = ("util", "helper", "common", "manager", "handler", "processor", "misc")
FURNITURE = {
    "__init__.py",
    "apps.py",
    "models",
    "actions",
    "rules",
    "queries",
    "apply",
    "services",
    "forms",
    "views",
    "api",
    "urls",
    "messages",
    "tasks",
    "middleware",
    "templatetags",
    "templates",
    "static",
    "locale",
    "migrations",
    "README.md",
}
# What a room holds beside the furniture, with the reason. A new name here needs one too.
NOUNS_OF_THEIR_OWN = {
    "agencies/questions.py",  # what a question of a programme is, pure: read by every room that asks
    "people/births.py",  # a birth as it is said to an interval and back to words, pure: a parser, not a decision
    "people/photos.py",  # pictures to pictures, pure: console and surveys keep them
    "people/calendars.py",  # events by which births are said, read from config/<country>/
    "people/drafts.py",  # what a clerk has typed and not yet registered: no entry explains it, so no apply writes it
    "people/features.py",  # a person's rows as the linkage engine wants them
    "people/fields.py",  # the one table of fields: class, retention, purpose, type
    "people/importing",  # CSV and ISO records to registrations, row by row: calls the services, holds no rules
    "people/keeping_keys.py",  # the rows by which a person is searched, written in bulk for apply
    "people/places.py",  # places by their p-codes, read from the gazetteer a node is given
    "people/retention.py",  # how long each class of data is kept and when it falls due, pure: its table in config/
    "people/merging.py",  # what two nodes wrote becomes one state: for apply alone
    "people/words.py",  # the choices a form offers, as the screen says them
    "matching/population.py",  # what a check of everybody decides by, as pure arithmetic: beside rules, not among them
    "matching/reports",  # counting without I/O and drawing on paper: neither decides, reads nor writes anything
    "credentials/papers",  # drawing cards, slips and sheets without I/O: neither decides, reads nor writes anything
    "presence/papers.py",  # drawing the list of notices without I/O
    "fixing/papers.py",  # drawing tokens and wristbands without I/O: neither decides, reads nor writes anything
    "biometrics/gallery.py",  # the engine's gallery opened from this node's encrypted files
}


def test_no_file_is_too_long() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in python_files()}
    too_long = [f"{name(path)}: {lines} lines" for path, lines in lengths.items() if lines > LINES_AT_MOST]
    say(
        too_long, f"past {LINES_AT_MOST} lines make it a package of the same name, one file per noun or verb."
    )


def test_no_name_says_nothing() -> None:
    vague = [
        name(path)
        for path in python_files()
        if any(word in path.stem for word in NAMES_THAT_SAY_NOTHING)
        or any(word in path.parent.name for word in NAMES_THAT_SAY_NOTHING)
    ]
    say(vague, "name the file after the noun it holds or the verb it does.")


def test_rooms_hold_furniture_only() -> None:
    strange = [
        name(item)
        for room in rooms()
        if room.name not in BELOW_AND_ABOVE
        for item in sorted(room.iterdir())
        if f"{room.name}/{item.name}" not in NOUNS_OF_THEIR_OWN
        if item.name != "__pycache__" and item.name not in FURNITURE and item.stem not in FURNITURE
    ]
    say(
        strange,
        "move it into one of models, actions, rules, queries, apply, services, forms, views, api, urls, "
        "tasks (as a package when it grows), or down into the engine when it needs no Django.",
    )


def test_every_room_says_what_it_is() -> None:
    problems = []
    for room in rooms():
        readme = room / "README.md"
        lines = len(text_of(readme).splitlines()) if readme.exists() else 0
        if not 5 <= lines <= 40:
            problems.append(f"{name(room)}/README.md: {lines} lines")
    say(problems, "write 10 to 20 lines: what lives here, the two or three ideas, where to start.")


def test_templates_lie_under_the_name_of_their_room() -> None:
    astray = [
        name(page)
        for page in SOURCE.glob("*/templates/*")
        if room_of(page) != "project" and page.name not in (room_of(page), "components")
    ]
    say(astray, "pages of a room lie in templates/<room>/, so that two rooms never fight for a name.")
