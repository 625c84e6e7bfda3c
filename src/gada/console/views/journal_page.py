"""The journal: three zones, who countersigned what, and its proof."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_tasks import default_task_backend
from django_tasks.exceptions import TaskResultDoesNotExist

from gada.agencies.services import authorize
from gada.console import queries, rules, tasks

ASKED = "journal_proof"


def journal_page(request: HttpRequest) -> HttpResponse:
    """A short journal is proved at once; a long one by the worker, and the page says when it is done."""
    authorize(request.user, "journal.see")
    state = queries.journal_state(request.user)
    proof: dict[str, Any] | None = None
    if request.method == "POST":
        if state.entries > rules.INLINE_VERIFY_ENTRIES:
            request.session[ASKED] = str(tasks.prove_journal.enqueue().id)
            return redirect("console:journal")
        proof = queries.proof_of_journal()
    running = False
    if proof is None and ASKED in request.session:
        proof, running = _fetched(request)
    context = {"state": state, "entries": queries.newest_entries(request.user), "proof": proof, "running": running}
    return render(request, "console/journal.html", context)


def _fetched(request: HttpRequest) -> tuple[dict[str, Any] | None, bool]:
    try:
        result = default_task_backend.get_result(request.session[ASKED])
    except TaskResultDoesNotExist:
        return None, False
    if not result.is_finished:
        return None, True
    request.session.pop(ASKED)
    return (result.return_value if result.status == "SUCCESSFUL" else None), False
