"""Whether this node works: for machines JSON, for people a page. Open to all; says nothing of anybody."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from gada.console import queries


@login_not_required
def health(request: HttpRequest) -> HttpResponse:
    """200 when all is well or the node waits for its passphrase, 503 when something is wrong."""
    found = queries.health_of_node(at=timezone.now())
    status = 503 if found["status"] == "trouble" else 200
    if "text/html" in request.headers.get("accept", ""):
        return render(request, "console/health.html", {"found": found}, status=status)
    return JsonResponse(found, status=status)
