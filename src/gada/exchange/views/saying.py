"""A refusal told on the page where it happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest

from gada.agencies.views.saying import words_of
from gada.engine.refusal import NotPermitted, Refusal


@contextmanager
def told(request: HttpRequest, form: Form | None = None) -> Iterator[None]:
    """Show what a service refuses; what concerns permission keeps its own page."""
    try:
        yield
    except NotPermitted:
        raise
    except Refusal as refusal:
        if form is not None:
            form.add_error(None, words_of(refusal))
        else:
            messages.error(request, words_of(refusal))
