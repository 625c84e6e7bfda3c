"""What can happen to a card, and who may do it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

OFFICE = frozenset({Role.CLERK, Role.SUPERVISOR})
DESKS = OFFICE | {Role.DISTRIBUTOR}
ACTIONS = (
    Action("card.see", entry="person.read", roles=OFFICE, label=_("See the cards of a site"), purpose="registration"),
    Action("card.issue", entry="card.issued", roles=OFFICE, label=_("Issue a card"), purpose="registration"),
    Action("card.print", entry="card.printed", roles=OFFICE, label=_("Print cards and slips"), purpose="registration"),
    Action("card.confirm", entry="card.confirmed", roles=OFFICE, label=_("Confirm that a card was printed well"), purpose="registration"),
    Action("card.lose", entry="card.lost", roles=DESKS, label=_("Record a lost card"), purpose="registration"),
    Action("card.cancel", entry="card.cancelled", roles=frozenset({Role.SUPERVISOR}), label=_("Cancel a card"), purpose="registration"),
    Action("card.check", entry="person.read", roles=DESKS, label=_("Check a card"), purpose="assistance"),
)
