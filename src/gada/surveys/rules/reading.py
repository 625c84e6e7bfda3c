"""What stands in a submission: whose it is, which files belong to it, and the answers by their path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from django.utils.translation import gettext_lazy as _

from gada.engine.formats.plain_xml import child_named, local_name, read_plain_xml
from gada.engine.proof.canonical import normalise_text
from gada.engine.refusal import Invalid
from gada.surveys.rules.xlsform import FILES

LONGEST_INSTANCE_ID = 72  # a member's reference is this and a number, and people keep 80 characters
LONGEST_ANSWER = 10_000
INSTANCE_ID = re.compile(r"[\w:.{}-]{8,72}")
Answers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Envelope:
    """The outside of a submission. Sealed ones name their files themselves; `answers_file` is the last of them."""

    xml_id: str
    version: str
    instance_id: str
    root: Element
    sealed: bool = False
    sealed_key: str = ""
    signature: str = ""
    media: tuple[str, ...] = ()
    answers_file: str = ""


def read_envelope(xml: bytes) -> Envelope:
    """Raises Invalid `xml-…`, `submission-no-id`, `submission-malformed`."""
    root = read_plain_xml(xml)
    meta = child_named(root, "meta")
    instance = child_named(meta, "instanceID") if meta is not None else None
    instance_id = (
        (instance.text or "").strip() if instance is not None else root.get("instanceID", "").strip()
    )
    if not INSTANCE_ID.fullmatch(instance_id):
        raise Invalid(
            "submission-no-id",
            _("These answers carry no identifier (instanceID), or one that cannot be used."),
        )
    xml_id, version = root.get("id", "").strip(), root.get("version", "").strip()
    if not xml_id or len(xml_id) > 64 or len(version) > 60:
        raise Invalid("submission-malformed", _("These answers do not say which form they belong to."))
    if root.get("encrypted") != "yes":
        return Envelope(xml_id, version, instance_id, root)
    media = [
        _text(file)
        for each in root
        if local_name(each) == "media"
        for file in each
        if local_name(file) == "file"
    ]
    answers_file = _text(child_named(root, "encryptedXmlFile"))
    if not answers_file or len(media) > 500:
        raise Invalid("submission-malformed", _("These answers do not say which form they belong to."))
    return Envelope(
        xml_id,
        version,
        instance_id,
        root,
        sealed=True,
        sealed_key=_text(child_named(root, "base64EncryptedKey")),
        signature=_text(child_named(root, "base64EncryptedElementSignature")),
        media=tuple(media),
        answers_file=answers_file,
    )


def files_of(envelope: Envelope, questions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the files without which a submission is not whole."""
    if envelope.sealed:
        return list(dict.fromkeys([*envelope.media, envelope.answers_file]))
    wanted = {question["path"] for question in questions if question["kind"] in FILES}
    answers = answers_of(envelope.root, repeats_in(questions))
    return list(dict.fromkeys(text for path, text in answers.items() if text and plain_path(path) in wanted))


def repeats_in(questions: Sequence[Mapping[str, Any]]) -> set[str]:
    return {question["path"] for question in questions if question["kind"] == "repeat"}


def answers_of(root: Element, repeats: Collection[str]) -> Answers:
    """Text of every leaf by its path, in the order of the form; repeats are numbered: `members[2]/given`."""
    return dict(_leaves(root, "", "", repeats))


def plain_path(path: str) -> str:
    """The path of the question, whichever time it was asked."""
    return re.sub(r"\[\d+\]", "", path)


def _leaves(
    parent: Element, above: str, plain_above: str, repeats: Collection[str]
) -> Iterator[tuple[str, str]]:
    seen: Counter[str] = Counter()
    for child in parent:
        name = local_name(child)
        plain, path = f"{plain_above}{name}", f"{above}{name}"
        if not above and name in ("meta", "__version__", "formhub"):
            continue
        seen[name] += 1
        if plain in repeats or seen[name] > 1:
            path = f"{path}[{seen[name]}]"
        if len(child):
            yield from _leaves(child, f"{path}/", f"{plain}/", repeats)
        elif plain not in repeats:
            yield path, _text(child)


def _text(element: Element | None) -> str:
    text = (element.text or "").strip() if element is not None else ""
    return normalise_text(text)[:LONGEST_ANSWER]
