"""What the program can say no to, and which settings and commands it has: read from its own source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src" / "gada"
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SETTING = re.compile(r"\b(?:GADA_[A-Z0-9_]+|DATABASE_URL)\b")


@dataclass(frozen=True, slots=True, order=True)
class No:
    """One refusal as it stands in the source. `message` is "" where it is put together elsewhere."""

    code: str
    message: str
    room: str
    place: str


def refusals() -> tuple[No, ...]:
    """Every refusal code in the source, with its message in English, sorted by code."""
    sources = [(path, ast.parse(path.read_text("utf-8"))) for path in sorted(SOURCE.rglob("*.py"))]
    kinds = _kinds_of_refusal([tree for _, tree in sources])
    return tuple(sorted({no for path, tree in sources for no in _refusals_in(path, tree, kinds)}))


def settings() -> frozenset[str]:
    """Every environment variable that the source reads."""
    return frozenset(
        found for path in SOURCE.rglob("*.py") for found in SETTING.findall(path.read_text("utf-8"))
    )


def _kinds_of_refusal(trees: list[ast.Module]) -> frozenset[str]:
    """`Refusal` and all classes that descend from it, by name."""
    bases = {
        node.name: {ast.unparse(base).split(".")[-1] for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    kinds = {"Refusal"}
    while more := {name for name, above in bases.items() if above & kinds} - kinds:
        kinds |= more
    return frozenset(kinds)


def _refusals_in(path: Path, tree: ast.Module, kinds: frozenset[str]) -> Iterator[No]:
    inside_kinds = {
        id(node)
        for cls in ast.walk(tree)
        if isinstance(cls, ast.ClassDef) and cls.name in kinds
        for node in ast.walk(cls)
    }
    sentences = _sentences(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        called = ast.unparse(call.func)
        ours = called.split(".")[-1] in kinds or (called == "super().__init__" and id(call) in inside_kinds)
        code = _text(call.args[0], {}) if ours and call.args else None
        if code and CODE.fullmatch(code):
            said = call.args[1] if len(call.args) > 1 else _keyword(call, "message")
            room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
            place = f"{path.relative_to(SOURCE.parent.parent).as_posix()}:{call.lineno}"
            # A name means what it was last given above the call.
            names = {name: text for line, name, text in sentences if line <= call.lineno}
            yield No(code, (_text(said, names) if said else None) or "", room, place)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _sentences(tree: ast.Module) -> list[tuple[int, str, str]]:
    """Names that stand for one sentence, with their line: `message = "…"`, `GONE = _("…")`."""
    return sorted(
        (node.lineno, target.id, text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and (text := _text(node.value, {}))
    )


def _text(node: ast.expr, names: dict[str, str]) -> str | None:
    """The constant behind `"…"`, `_("…")` or a name for one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if (
        isinstance(node, ast.Call)
        and node.args
        and ast.unparse(node.func).split(".")[-1]
        in (
            "_",
            "gettext",
            "gettext_lazy",
            "gettext_noop",
            "N_",
        )
    ):
        return _text(node.args[0], names)
    return None
