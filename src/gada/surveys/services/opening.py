"""From what a phone sent to its answers and files in plain; nothing of it is written anywhere."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.engine.formats.plain_xml import read_plain_xml
from gada.engine.proof.digests import same_digest
from gada.engine.proof.sealed_forms import FormOpener, damage_digest
from gada.engine.refusal import Invalid, NotFound
from gada.surveys.models import FormVersion, Submission, SurveyForm
from gada.surveys.rules.reading import Answers, Envelope, answers_of, read_envelope, repeats_in


@dataclass(frozen=True, slots=True)
class Opened:
    """Answers by path, with what was put right here, and the files that came, by the name the answers use."""

    answers: Answers
    files: dict[str, bytes] = field(default_factory=dict)
    corrected: frozenset[str] = frozenset()


def open_submission(submission: Submission) -> Opened:
    """Raises Invalid `form-seal-broken`, `submission-…`, `xml-…`, Shredded, NotFound."""
    if submission.content is None:
        raise NotFound(
            "submission-forgotten", _("These answers were erased with the person they were about.")
        )
    envelope = read_envelope(vault.get_blob(submission.id, submission.content))
    sent = {each.name: vault.get_blob(submission.id, each.blob) for each in submission.attachments.all()}
    form = submission.form
    if envelope.sealed:
        root, sent = _unsealed(form, envelope, sent)
    else:
        root = envelope.root
    version = version_of(form, submission.version)
    answers = answers_of(root, repeats_in(version.questions if version else []))
    changes = corrections_of(submission)
    return Opened({**answers, **changes}, sent, frozenset(changes))


def version_of(form: SurveyForm, version: str) -> FormVersion | None:
    """The version the phone filled in; one that was never published here is read like the newest."""
    return form.published.filter(version=version).first() or form.published.first()


def corrections_of(submission: Submission) -> Answers:
    if submission.corrected is None:
        return {}
    changes: Answers = json.loads(vault.get_blob(submission.id, submission.corrected))
    return changes


def _unsealed(form: SurveyForm, envelope: Envelope, sent: dict[str, bytes]):  # type: ignore[no-untyped-def]
    if envelope.answers_file not in sent:
        raise Invalid(
            "submission-files-missing",
            _("The file with the answers has not arrived. Send the form again from the phone."),
        )
    opener = _opener(form.id, form.private_key)
    names = [*envelope.media, envelope.answers_file]
    contents = opener.open_files(
        [sent.get(name) for name in names], sealed_key=envelope.sealed_key, instance_id=envelope.instance_id
    )
    plain = [(name.removesuffix(".enc"), content) for name, content in zip(names, contents, strict=True)]
    whole = [(name, content) for name, content in plain if content is not None]
    if envelope.signature and len(whole) == len(plain):
        said = damage_digest(
            form_id=envelope.xml_id,
            version=envelope.version,
            sealed_key=envelope.sealed_key,
            instance_id=envelope.instance_id,
            files=whole,
        )
        if not same_digest(opener.unseal(envelope.signature), said):
            raise Invalid(
                "submission-damaged",
                _("These answers were changed or mixed up on their way. Send the form again."),
            )
    answers = whole[-1][1]
    inner = read_envelope(answers)
    if inner.instance_id != envelope.instance_id or inner.xml_id != envelope.xml_id or inner.sealed:
        raise Invalid(
            "submission-damaged",
            _("These answers were changed or mixed up on their way. Send the form again."),
        )
    return read_plain_xml(answers), dict(whole[:-1])


@lru_cache(maxsize=64)
def _opener(form: UUID, key: UUID) -> FormOpener:
    return FormOpener(vault.get_blob(form, key))
