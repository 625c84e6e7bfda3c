"""Coming in and leaving: unlock, sign in, set up codes, sign out, choose a language."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import segno
from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters

from gada import vault
from gada.agencies import services
from gada.agencies.forms import CodeForm, SignInForm, UnlockForm
from gada.agencies.models import LANGUAGES, Operator
from gada.agencies.views.saying import only_post, refusals_beside, status_of, words_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
PENDING = "setting_up_codes"
PENDING_FOR = timedelta(minutes=15)


@login_not_required
@sensitive_post_parameters("passphrase")
def unlock(request: HttpRequest) -> HttpResponse:
    """Open a node that waits for its passphrase."""
    if vault.is_unlocked():
        return redirect("agencies:sign-in")
    form = UnlockForm(request.POST or None)
    if form.is_valid():
        with refusals_beside(form):
            services.unlock_node(passphrase=form.cleaned_data["passphrase"], at=timezone.now())
            return redirect("agencies:sign-in")
    return render(request, "agencies/unlock.html", {"form": form}, status=status_of(form))


@login_not_required
@sensitive_post_parameters("password", "code")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name, password, code on one page."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    training = vault.identity().training
    form = SignInForm(request.POST or None, keeps_password=training)
    shown_code, status = None, 200
    if form.is_valid():
        try:
            operator = services.sign_in(**form.cleaned_data, at=timezone.now())
        except services.NotSignedIn as refusal:
            shown_code, status = refusal.shown_code, refusal.status
            if shown_code:
                form.data = {**form.data.dict(), "code": _grouped(shown_code, 3)}
            else:
                form.add_error(None, words_of(refusal))
        except services.TooManyFailures as refusal:
            form.add_error(None, words_of(refusal))
            status = refusal.status
        else:
            return _come_in(request, operator)
    context = {
        "form": form, "shown_code": shown_code and _grouped(shown_code, 3), "training": training,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "was_idle": request.GET.get("why") == "idle", "idle_minutes": settings.IDLE_MINUTES,
    }
    return render(request, "agencies/sign_in.html", context, status=status if status != 200 else status_of(form))


@login_not_required
@sensitive_post_parameters("code")
def set_up_codes(request: HttpRequest) -> HttpResponse:
    """The first sign-in: the square for the phone, and its first code."""
    pending = _pending(request)
    if pending is None:
        return redirect("agencies:sign-in")
    operator, secret = pending
    form = CodeForm(request.POST or None)
    if form.is_valid():
        with refusals_beside(form):
            services.set_up_codes(
                operator=operator, secret=secret, code=form.cleaned_data["code"], at=timezone.now()
            )
            target = _next(request)
            request.session.pop(PENDING)
            login(request, operator, backend=BACKEND)
            return redirect(target)
    square = segno.make(services.code_address(secret=secret, operator=operator), error="m")
    shown_code = services.training_code(secret=secret, after=0, at=timezone.now())
    context = {
        "form": form, "secret": _grouped(secret, 4), "next": request.GET.get("next", ""),
        "square": mark_safe(
            square.svg_inline(scale=4, border=2, dark="#1A1F24", light="#FFFFFF", omitsize=False)
        ),
        "shown_code": shown_code and _grouped(shown_code, 3), "person": operator.name,
    }
    return render(request, "agencies/set_up_codes.html", context, status=status_of(form))


@login_not_required
@only_post
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave this machine."""
    if request.user.is_authenticated:
        services.sign_out(operator=request.user, reason="asked", at=timezone.now())
    logout(request)
    return redirect("agencies:sign-in")


@login_not_required
@only_post
def choose_language(request: HttpRequest) -> HttpResponse:
    """The language of pages: for this browser, and for the operator wherever they sign in."""
    language = request.POST.get("language", "")
    answer = redirect(_next(request))
    if language not in dict(LANGUAGES):
        return answer
    if vault.is_unlocked() and request.user.is_authenticated:
        services.choose_language(operator=request.user, language=language, at=timezone.now())
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 86_400, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer


@only_post
def choose_site(request: HttpRequest) -> HttpResponse:
    """The site this browser works at; `queries.site_now` ignores one that is not the operator's."""
    try:
        request.session["site"] = str(UUID(request.POST.get("site", "")))
    except ValueError:
        request.session.pop("site", None)
    return redirect(_next(request))


def _come_in(request: HttpRequest, operator: Operator) -> HttpResponse:
    target = _next(request)
    if operator.has_totp:
        login(request, operator, backend=BACKEND)
        return redirect(target)
    request.session.cycle_key()
    request.session[PENDING] = {
        "operator": str(operator.pk), "since": int(timezone.now().timestamp()), "next": target,
        # Sealed, because sessions of a PostgreSQL node lie in a database that is not encrypted by us.
        "secret": vault.seal_for_node(services.new_code_secret().encode()).hex(),
    }
    return redirect("agencies:set-up-codes")


def _pending(request: HttpRequest) -> tuple[Operator, str] | None:
    pending = request.session.get(PENDING)
    if not pending or timezone.now().timestamp() - pending["since"] > PENDING_FOR.total_seconds():
        return None
    operator = Operator.objects.filter(pk=UUID(pending["operator"]), is_active=True, totp_box=None).first()
    return (operator, vault.open_for_node(bytes.fromhex(pending["secret"])).decode()) if operator else None


def _next(request: HttpRequest) -> str:
    """Where to go on: a page of ours, never another host's."""
    pending = request.session.get(PENDING) if vault.is_unlocked() else None
    asked = request.POST.get("next") or request.GET.get("next") or (pending or {}).get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return asked
    return resolve_url("/")


def _grouped(text: str, size: int) -> str:
    return " ".join(text[start : start + size] for start in range(0, len(text), size))
