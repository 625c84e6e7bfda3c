"""What can happen in this room, and who may do it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

ADMIN = frozenset({Role.ADMIN})
READERS = frozenset({Role.ADMIN, Role.AUDITOR, Role.DPO})
PURPOSE = "administration"


def _everywhere(name: str, entry: str, label: Any) -> Action:
    return Action(name, entry, ADMIN, label, PURPOSE, agency_wide=True)


ACTIONS = (
    _everywhere("agency.create", "agency.created", _("Add an agency")),
    _everywhere("site.create", "site.created", _("Add a site")),
    _everywhere("programme.create", "programme.created", _("Add a programme")),
    _everywhere("programme.ask", "programme.asked", _("Choose the questions of a programme")),
    Action("programme.assess", "programme.assessed", ADMIN | {Role.DPO}, _("Attach an impact assessment"), PURPOSE,
           agency_wide=True),
    _everywhere("programme.decide_prints", "programme.prints_decided", _("Switch a programme’s fingerprints on or off")),
    _everywhere("operator.create", "operator.created", _("Add an operator")),
    _everywhere("operator.deactivate", "operator.deactivated", _("Close an operator’s access")),
    _everywhere("operator.reopen", "operator.reopened", _("Open an operator’s access again")),
    _everywhere("operator.set_password", "operator.password_set", _("Set a new password for an operator")),
    _everywhere("operator.forget_codes", "operator.codes_forgotten", _("Let an operator set up codes again")),
    _everywhere("assignment.assign", "assignment.created", _("Give a role")),
    _everywhere("assignment.end", "assignment.ended", _("Take back a role")),
    Action("device.register", "device.registered", ADMIN, _("Add a device"), PURPOSE),
    Action("node.purge", "", frozenset({Role.ADMIN, Role.SUPERVISOR, Role.DPO}),
           _("Destroy this node in an emergency, two people together"), PURPOSE),
    Action("agencies.read", "", READERS, _("See operators, sites and devices"), PURPOSE),
)
