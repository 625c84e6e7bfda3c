"""`{% load asked %}{% answered person.custom as lines %}`: answers to a programme’s questions as asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import get_language

from gada.agencies.queries import answers_shown

register = template.Library()


@register.simple_tag
def answered(custom: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(question, answer) in the reader’s language; empty where nothing was asked."""
    return answers_shown(custom, get_language() or "fr")
