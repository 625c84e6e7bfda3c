"""What can happen in a distribution, and who may do it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

LISTS = frozenset({Role.SUPERVISOR, Role.ADMIN})
DESK = frozenset({Role.DISTRIBUTOR, Role.SUPERVISOR})
ACTIONS = (
    Action(
        "intervention.create",
        entry="intervention.created",
        roles=LISTS,
        label=_("Start an intervention"),
        purpose="assistance",
    ),
    Action(
        "list.make", entry="list.made", roles=LISTS, label=_("Make a distribution list"), purpose="assistance"
    ),
    Action(
        "list.verify",
        entry="list.verified",
        roles=LISTS,
        label=_("Check a distribution list"),
        purpose="assistance",
    ),
    Action(
        "list.open",
        entry="list.frozen",
        roles=LISTS,
        label=_("Open or close a distribution"),
        purpose="assistance",
    ),
    Action(
        "distribution.see",
        entry="person.read",
        roles=DESK | LISTS,
        label=_("See a distribution"),
        purpose="assistance",
    ),
    Action(
        "collector.verify",
        entry="collector.verified",
        roles=DESK,
        label=_("Recognise who comes to collect"),
        purpose="assistance",
    ),
    Action(
        "entitlement.redeem",
        entry="entitlement.redeemed",
        roles=DESK,
        label=_("Hand over aid"),
        purpose="assistance",
    ),
    Action(
        "collection.refuse",
        entry="collection.refused",
        roles=frozenset({Role.SUPERVISOR}),
        label=_("Refuse a collection, with slip and appeal"),
        purpose="assistance",
    ),
)
