"""What can happen to fingerprints, and who may do it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

ACTIONS = (
    Action(
        "capture.take", entry="capture.taken", roles=frozenset({Role.CLERK, Role.SUPERVISOR}),
        label=_("Take fingerprints"), purpose="registration",
    ),
    Action(
        "template.import", entry="capture.taken", roles=frozenset({Role.SUPERVISOR, Role.ADMIN}),
        label=_("Import fingerprints"), purpose="registration",
    ),
    Action(
        "print.identify", entry="person.read",
        roles=frozenset({Role.CLERK, Role.SUPERVISOR, Role.DISTRIBUTOR, Role.ADJUDICATOR}),
        label=_("Find a person by fingerprint"), purpose="registration",
    ),
    Action(
        "print.see", entry="person.read", roles=frozenset({Role.ADJUDICATOR, Role.SUPERVISOR, Role.DPO}),
        label=_("See fingerprints"), purpose="adjudication",
    ),
)
