"""What can happen around presence and absence, and who may do it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

LEADS = frozenset({Role.SUPERVISOR, Role.ADMIN})
DESK = frozenset({Role.CLERK, Role.DISTRIBUTOR, Role.SUPERVISOR})
ACTIONS = (
    Action(
        "presence.open", entry="presence.opened", roles=LEADS, label=_("Open or close a presence campaign"),
        purpose="assistance",
    ),
    Action(
        "presence.see", entry="person.read", roles=DESK | LEADS, label=_("See a presence campaign"),
        purpose="assistance",
    ),
    Action(
        "presence.confirm", entry="presence.seen", roles=DESK, label=_("Confirm that somebody is present"),
        purpose="assistance",
    ),
    Action(
        "absence.notify", entry="absence.noticed", roles=LEADS,
        label=_("List absent families and give them notice"), purpose="assistance",
    ),
    Action(
        "absence.decide", entry="absence.suspended", roles=LEADS,
        label=_("Decide about a family that stayed absent"), purpose="assistance",
    ),
    Action(
        "absence.appeal", entry="absence.appealed", roles=DESK | LEADS | {Role.DPO},
        label=_("Receive an appeal against an absence"), purpose="assistance",
    ),
    Action(
        "absence.hear", entry="absence.granted", roles=LEADS, label=_("Answer an appeal against an absence"),
        purpose="assistance",
    ),
)
