"""Forms, phones and submissions, at the viewer's sites."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import sites_of, within
from gada.engine.refusal import NotFound
from gada.surveys.models import FormVersion, PhoneKey, Submission, SubmissionState, SurveyForm
from gada.surveys.rules.reasons import reason_in_words
from gada.surveys.services.phones import LetIn


def forms_for(viewer: Operator) -> QuerySet[SurveyForm]:
    """Forms at the viewer's sites, with the title of the newest version and how many submissions there are."""
    newest = FormVersion.objects.filter(form=OuterRef("pk")).order_by("-published_at", "-id")
    return SurveyForm.objects.filter(within(viewer, action="survey.see")).select_related(
        "site__agency", "programme"
    ).annotate(
        title=Subquery(newest.values("title")[:1]), newest=Subquery(newest.values("version")[:1]),
        came=Count("submissions"), waiting=Count("submissions", filter=Q(submissions__state=SubmissionState.WAITING)),
    ).order_by("-made_at", "-id")


def form_for(viewer: Operator, form_id: UUID) -> SurveyForm:
    """One of them. Raises NotFound outside the viewer's sites."""
    form = forms_for(viewer).filter(id=form_id).first()
    if form is None:
        raise NotFound("form-unknown", _("There is no such form here."))
    return form


def phones_for(viewer: Operator) -> QuerySet[PhoneKey]:
    """Phones at the viewer's sites, those let in first."""
    sites = sites_of(viewer, action="phone.let_in")
    return PhoneKey.objects.filter(site__in=sites).select_related("site__agency", "operator").order_by(
        "revoked_at", "name", "id"
    )


def phone_for(viewer: Operator, phone_id: UUID) -> PhoneKey:
    phone = phones_for(viewer).filter(id=phone_id).first()
    if phone is None:
        raise NotFound("phone-unknown", _("There is no such phone here."))
    return phone


def submissions_for(viewer: Operator, *, states: Sequence[str] = ()) -> QuerySet[Submission]:
    """What phones sent to the viewer's sites, newest first."""
    found = Submission.objects.filter(within(viewer, programme="form__programme", action="survey.see")).select_related(
        "form__programme", "site__agency", "operator"
    )
    return (found.filter(state__in=states) if states else found).order_by("-received_at", "-id")


def submission_for(viewer: Operator, submission_id: UUID) -> Submission:
    submission = submissions_for(viewer).filter(id=submission_id).first()
    if submission is None:
        raise NotFound("submission-unknown", _("There are no such answers here."))
    return submission


def how_many_wait_for(viewer: Operator) -> int:
    """Submissions in the tray at the viewer's sites."""
    return submissions_for(viewer, states=[SubmissionState.WAITING]).order_by().count()


def versions_on_phones(who: LetIn) -> list[FormVersion]:
    """The newest version of every open form of the site where this phone works: what `formList` offers."""
    return [
        newest for form in SurveyForm.objects.filter(site=who.site, is_open=True).order_by("xml_id")
        if (newest := form.published.first()) is not None
    ]


def version_on_phone(who: LetIn, version_id: UUID) -> FormVersion:
    version = FormVersion.objects.filter(id=version_id, form__site=who.site).select_related("form").first()
    if version is None:
        raise NotFound("form-unknown", _("There is no such form here."))
    return version


def reason_of(submission: Submission) -> str:
    """Why it waits, in the reader's words; nothing when it does not."""
    missing: list[str] = []
    if submission.state == SubmissionState.ARRIVING:
        here = set(submission.attachments.values_list("name", flat=True))
        missing = [name for name in submission.expected if name not in here]
    return reason_in_words(reason=submission.reason, facts=submission.facts, missing=missing)
