"""What can happen in a sweep, and who may do it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

FIELD = frozenset({Role.CLERK, Role.SUPERVISOR})
SUPERVISORS = frozenset({Role.SUPERVISOR})
PURPOSE = "registration"
ACTIONS = (
    Action("sweep.see", entry="", roles=FIELD | {Role.AUDITOR}, label=_("See a sweep and its tokens"), purpose=PURPOSE),
    Action("sweep.plan", entry="sweep.planned", roles=SUPERVISORS, label=_("Plan a sweep"), purpose=PURPOSE),
    Action("sweep.open", entry="sweep.opened", roles=SUPERVISORS, label=_("Ask for tokens at registration, or stop asking"), purpose=PURPOSE),
    Action("token.print", entry="token.printed", roles=SUPERVISORS, label=_("Print tokens"), purpose=PURPOSE),
    Action("token.carry", entry="token.carried", roles=FIELD, label=_("Note which team carries which tokens"), purpose=PURPOSE),
    Action("sweep.record", entry="sweep.visited", roles=FIELD, label=_("Note which tokens were handed out where"), purpose=PURPOSE),
    Action("token.void", entry="token.voided", roles=FIELD, label=_("Void tokens that were lost or spoilt"), purpose=PURPOSE),
    Action("sweep.correct", entry="sweep.line_withdrawn", roles=FIELD, label=_("Take back a line of a sweep"), purpose=PURPOSE),
    Action("token.spend", entry="token.spent", roles=FIELD, label=_("Register a family with its token, or say why it has none"), purpose=PURPOSE),
    Action("token.judge", entry="token.judged", roles=SUPERVISORS, label=_("Judge a token that several families came with"), purpose=PURPOSE),
    Action("token.export", entry="tokens.exported", roles=SUPERVISORS, label=_("Export the tokens of a sweep"), purpose=PURPOSE),
)
