"""XML from strangers: elements, attributes and text; no document type, no entities of its own, bounded in every way."""

from __future__ import annotations

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from gada.engine.refusal import Invalid

LARGEST_BYTES = 8 * 1024 * 1024
MOST_ELEMENTS = 200_000
DEEPEST = 100


def read_plain_xml(data: bytes, *, largest: int = LARGEST_BYTES) -> Element:
    """The root element; names in namespaces as `{namespace}name`.

    Raises Invalid `xml-too-large`, `xml-unsafe` (a document type, an entity, a far too deep tree), `xml-malformed`.
    """
    if len(data) > largest:
        raise Invalid("xml-too-large", "This XML is too large (at most %(most)s MB).", most=largest // 2**20)
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as fault:
        raise Invalid("xml-malformed", "This XML cannot be read, or it was cut off on its way.") from fault
    return reader.tree.close()


def local_name(element: Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]


def child_named(element: Element, name: str) -> Element | None:
    """The first child of this name, in whatever namespace."""
    return next((child for child in element if local_name(child) == name), None)


class _Reader:
    def __init__(self) -> None:
        self.tree, self.depth, self.count = TreeBuilder(), 0, 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.tree.data
        self.parser.StartDoctypeDeclHandler = _unsafe
        self.parser.EntityDeclHandler = _unsafe

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth, self.count = self.depth + 1, self.count + 1
        if self.depth > DEEPEST or self.count > MOST_ELEMENTS:
            _unsafe()
        self.tree.start(_full(name), {_full(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.tree.end(_full(name))


def _full(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _unsafe(*_said: object) -> None:
    raise Invalid("xml-unsafe", "This XML holds what no form needs (a document type, entities, or far too much).")
