"""What can happen with forms on phones, and who may do it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

FIELD = frozenset({Role.CLERK, Role.SUPERVISOR})
LEADING = frozenset({Role.SUPERVISOR, Role.ADMIN})
PURPOSE = "registration"
ACTIONS = (
    Action("survey.see", entry="", roles=LEADING | {Role.DPO, Role.AUDITOR}, label=_("See forms on phones"), purpose=PURPOSE),
    Action("survey.publish", entry="survey.published", roles=LEADING, label=_("Publish a form"), purpose=PURPOSE),
    Action("survey.map", entry="survey.mapped", roles=LEADING, label=_("Say what becomes of the answers of a form"), purpose=PURPOSE),
    Action("survey.close", entry="survey.closed", roles=LEADING, label=_("Take a form off the phones"), purpose=PURPOSE),
    Action("phone.let_in", entry="phone.let_in", roles=LEADING, label=_("Let a phone in"), purpose="administration"),
    Action("phone.shut_out", entry="phone.shut_out", roles=LEADING, label=_("Shut a phone out"), purpose="administration"),
    Action("survey.send", entry="submission.received", roles=FIELD, label=_("Fetch forms and send answers from a phone"), purpose=PURPOSE),
    Action("submission.read", entry="submission.read", roles=frozenset({Role.SUPERVISOR, Role.DPO}), label=_("Read the answers of a form"), purpose=PURPOSE),
    Action("submission.correct", entry="submission.corrected", roles=frozenset({Role.SUPERVISOR}), label=_("Correct answers that could not be used"), purpose=PURPOSE),
)
