"""The documentation tells the truth about today: everything is named in it, its links and its code work."""

from __future__ import annotations

import ast
import doctest
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from scripts.catalogue import settings
from scripts.write_docs import commands, pages
from tests.architecture.source import ROOT, committed_files, name, say

DOCS = ROOT / "docs"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LANGUAGES = {"sh", "python", "json", "toml", "text"}


def markdown_files() -> list[Path]:
    return [path for path in committed_files() if path.suffix == ".md"]


def test_generated_pages_are_up_to_date() -> None:
    stale = [
        f"docs/{page}"
        for page, content in pages().items()
        if not (DOCS / page).exists() or (DOCS / page).read_text("utf-8") != content
    ]
    say(stale, "make docs")


def test_every_setting_is_described() -> None:
    described = (DOCS / "run.md").read_text("utf-8")
    say(
        sorted(found for found in settings() if f"`{found}`" not in described),
        "add it to the settings in docs/run.md.",
    )


def test_every_command_says_what_it_does() -> None:
    mute = [path for path, command in commands() if not (command.help or "").strip()]
    say(mute, "write its docstring: a new user reads it with --help.")


def test_links_lead_somewhere() -> None:
    problems = [
        f"{name(page)}: {target}"
        for page in markdown_files()
        for found in LINK.findall(without_code(page.read_text("utf-8")))
        if not _leads_somewhere(page, target := found[0] or found[1])
    ]
    say(problems, "mend the link, or take it away with what it spoke of.")


def without_code(markdown: str) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", markdown))


def _leads_somewhere(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    path, _, anchor = target.partition("#")
    goal = (page.parent / path).resolve() if path else page
    if not goal.exists() or not anchor:
        return goal.exists()
    titles = re.findall(r"^#+ (.*)$", goal.read_text("utf-8"), re.MULTILINE)
    return anchor in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def code_blocks() -> Iterator[tuple[Path, str, str]]:
    for page in markdown_files():
        for language, code in FENCE.findall(page.read_text("utf-8")):
            yield page, language, code


def test_code_blocks_name_a_language_that_is_checked() -> None:
    strange = [
        f"{name(page)}: ```{language}" for page, language, _ in code_blocks() if language not in LANGUAGES
    ]
    say(strange, f"use one of {', '.join(sorted(LANGUAGES))}, so that a test reads it.")


def test_code_blocks_parse_and_run() -> None:
    problems = [
        f"{name(page)}: {trouble}"
        for page, language, code in code_blocks()
        for trouble in troubles(language, code)
    ]
    say(problems, "mend the example: a reader will type it as it stands.")


def troubles(language: str, code: str) -> list[str]:
    """Sessions (`>>>`) are run; other Python, JSON and TOML are parsed; shell lines must name what exists."""
    try:
        if language == "python" and ">>>" in code:
            examples = doctest.DocTestParser().get_doctest(code, {}, "example", None, 0)
            said: list[str] = []
            doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=said.append)
            return said
        if language == "python":
            ast.parse(code)
        elif language == "json":
            json.loads(code)
        elif language == "toml":
            tomllib.loads(code)
    except (SyntaxError, ValueError) as trouble:
        return [str(trouble)]
    return _unknown_commands(code) if language == "sh" else []


def _unknown_commands(code: str) -> list[str]:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    known = [path for path, _ in commands()]
    unknown = []
    for line in code.splitlines():
        said = line.split("#")[0].strip()
        if made := re.match(r"make ([a-z-]+)", said):
            unknown += [] if made[1] in targets else [said]
        elif re.search(r"\bgada [a-z]", said) and known:
            asked = said[re.search(r"\bgada [a-z]", said).start() :]  # type: ignore[union-attr]
            unknown += [] if any(asked == path or asked.startswith(f"{path} ") for path in known) else [said]
    return unknown
