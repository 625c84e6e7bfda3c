"""Agreements: the list, one as sentences with what has flowed, preparing, signing, stopping."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.exchange import queries, services, tasks
from gada.exchange.forms import AgreementFileForm, DraftForm, ReasonForm
from gada.exchange.rules.gate import STATE_REFUSALS
from gada.exchange.rules.sentences import headline, sentences_of
from gada.exchange.services.standing import current_agreement, own_id, state_now
from gada.exchange.views.saying import told


def agreements(request: HttpRequest) -> HttpResponse:
    """Every agreement and where it stands."""
    authorize(request.user, "agreement.see")
    return render(
        request,
        "exchange/agreements.html",
        {
            "lines": queries.agreements_for(request.user, at=timezone.now()),
            "permissions": permissions_of(request.user),
        },
    )


def agreement(request: HttpRequest, digest: str) -> HttpResponse:
    """In one sentence, then the clauses, then what has flowed under it."""
    authorize(request.user, "agreement.see")
    found = queries.agreement_for(request.user, digest)
    state, own = state_now(found, timezone.now()), own_id()
    return render(
        request,
        "exchange/agreement.html",
        {
            "agreement": found,
            "terms": found.terms,
            "state": state,
            "headline": headline(found.terms, own),
            "why": STATE_REFUSALS[state][1] if state in STATE_REFUSALS else "",
            "sentences": sentences_of(found.terms, own),
            "notices": queries.notices_of(found),
            "suspended_by_us": any(n.ours and n.suspended for n in queries.notices_of(found)),
            "packages": queries.packages_for(request.user, agreement_id=found.agreement_id)[:10],
            "runs": queries.runs_for(request.user, agreement_id=found.agreement_id)[:5],
            "permissions": permissions_of(request.user),
        },
    )


def new(request: HttpRequest) -> HttpResponse:
    """Prepare an agreement."""
    authorize(request.user, "agreement.draft")
    form = DraftForm(request.POST or None, viewer=request.user)
    if form.is_valid():
        with told(request, form):
            made = services.draft_agreement(
                operator=request.user,
                peer_id=form.cleaned_data["peer"].pk,
                clauses=form.clauses(),
                at=timezone.now(),
            )
            messages.success(request, _("The agreement is prepared. Read it once more, then sign."))
            return redirect("exchange:agreement", made.digest)
    return render(request, "exchange/new_agreement.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def sign(request: HttpRequest, digest: str) -> HttpResponse:
    with told(request):
        services.sign_agreement(operator=request.user, digest=digest, at=timezone.now())
        messages.success(request, _("You have signed. The data-protection officer countersigns next."))
    return redirect("exchange:agreement", digest)


@require_POST
def countersign(request: HttpRequest, digest: str) -> HttpResponse:
    with told(request):
        services.countersign_agreement(operator=request.user, digest=digest, at=timezone.now())
        messages.success(request, _("Countersigned. It can go to the partner now."))
    return redirect("exchange:agreement", digest)


@require_POST
def send(request: HttpRequest, digest: str) -> HttpResponse:
    with told(request):
        services.send_agreement(operator=request.user, digest=digest, at=timezone.now())
        messages.success(request, _("The partner has our side of the agreement."))
    return redirect("exchange:agreement", digest)


def export(request: HttpRequest, digest: str) -> HttpResponse:
    """Our side of an agreement as a file."""
    authorize(request.user, "agreement.exchange")
    response = HttpResponse(services.bundle_of(digest), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{digest[:12]}.agreement"'
    return response


def read_file(request: HttpRequest) -> HttpResponse:
    """The partner's side of an agreement from a file."""
    authorize(request.user, "agreement.exchange")
    form = AgreementFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with told(request, form):
            kept = services.receive_bundle(
                form.cleaned_data["file"].read(), at=timezone.now(), operator=request.user
            )
            messages.success(request, _("The partner’s side is kept."))
            return redirect("exchange:agreement", kept.digest)
    return render(
        request,
        "exchange/file.html",
        {
            "form": form,
            "title": _("Read an agreement file"),
            "label": _("Read it"),
            "lead": _("A partner without network hands you their signed side of an agreement as a file."),
        },
        status=422 if form.errors else 200,
    )


def suspend(request: HttpRequest, agreement: UUID) -> HttpResponse:
    """Stop everything, with the reason."""
    authorize(request.user, "agreement.suspend")
    return _notice(
        request,
        agreement,
        services.suspend_agreement,
        title=_("Suspend the agreement"),
        label=_("Suspend"),
        variant="danger",
        lead=_("Everything stops here at once, in both directions. The partner is told at the next contact."),
        done=_("Suspended. Nothing flows under it from now on."),
    )


def lift(request: HttpRequest, agreement: UUID) -> HttpResponse:
    """Resume, with the reason."""
    authorize(request.user, "agreement.lift")
    return _notice(
        request,
        agreement,
        services.lift_agreement,
        title=_("Lift the suspension"),
        label=_("Lift"),
        variant="primary",
        lead=_("What we stopped flows again. What the partner stopped, only they lift."),
        done=_("Lifted."),
    )


def _notice(request: HttpRequest, agreement: UUID, service, *, done: str, **page) -> HttpResponse:  # type: ignore[no-untyped-def]
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        with told(request, form):
            service(
                operator=request.user,
                agreement_id=agreement,
                reason=form.cleaned_data["reason"],
                at=timezone.now(),
            )
            messages.success(request, done)
            return redirect("exchange:agreement", current_agreement(agreement).digest)
    return render(request, "exchange/reason.html", {"form": form, **page}, status=422 if form.errors else 200)


@require_POST
def compare(request: HttpRequest, agreement: UUID) -> HttpResponse:
    """Begin a comparison with the partner; the worker carries it through."""
    authorize(request.user, "overlap.run")
    with told(request):
        run = services.start_overlap(operator=request.user, agreement_id=agreement, at=timezone.now())
        tasks.carry_overlap.enqueue(str(run.id))
        return redirect("exchange:run", run.id)
    return redirect("exchange:agreement", current_agreement(agreement).digest)


@require_POST
def prove(request: HttpRequest, agreement: UUID) -> HttpResponse:
    """Prove that all settled values are equal."""
    authorize(request.user, "package.send")
    with told(request):
        found = services.prove_equality(operator=request.user, agreement_id=agreement, at=timezone.now())
        return render(
            request,
            "exchange/equality.html",
            {
                "found": found,
                "agreement": current_agreement(agreement),
                "people": queries.people_named(request.user, found.differing, at=timezone.now()),
            },
        )
    return redirect("exchange:agreement", current_agreement(agreement).digest)
