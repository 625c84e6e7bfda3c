"""Where each room's pages live. A room that is not open on this node is simply absent."""

from __future__ import annotations

from importlib.util import find_spec

from django.apps import apps
from django.urls import include, path

from gada.project.styleguide import styleguide

ROOMS = (
    "agencies", "people", "biometrics", "matching", "credentials", "fixing", "surveys", "assistance", "presence",
    "exchange", "console",
)

urlpatterns = [
    path("", include(f"gada.{room}.urls"))
    for room in ROOMS
    if apps.is_installed(f"gada.{room}") and find_spec(f"gada.{room}.urls")
]
urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
if find_spec("gada.project.api"):
    from gada.project.api import api, nothing_there

    urlpatterns += [path("api/", api.urls), path("api/<path:address>", nothing_there)]
