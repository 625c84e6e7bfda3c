"""What can happen on pages that show several rooms together, and who may do it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

DESK = frozenset({Role.CLERK, Role.SUPERVISOR})
READERS = frozenset({Role.SUPERVISOR, Role.DPO, Role.ADMIN, Role.AUDITOR})
ACTIONS = (
    Action("household.check", entry="household.checked", roles=DESK,
           label=_("Check a family before it leaves"), purpose="registration"),
    Action("disclosure.open", entry="disclosure.opened", roles=DESK | {Role.DPO, Role.DISTRIBUTOR},
           label=_("Open what is held on a person, for that person"), purpose="request"),
    Action("disclosure.vouch", entry="disclosure.opened", roles=frozenset({Role.SUPERVISOR, Role.DPO}),
           label=_("Vouch for who a person is, with a reason"), purpose="request"),
    Action("figures.see", entry="", roles=READERS, label=_("See live figures"), purpose="administration"),
    Action("person.export", entry="people.exported", roles=frozenset({Role.DPO, Role.ADMIN}),
           label=_("Export everything held on people"), purpose="request"),
    Action("print.export", entry="people.exported", roles=frozenset({Role.DPO}),
           label=_("Export fingerprints"), purpose="request"),
    Action("retention.see", entry="", roles=frozenset({Role.DPO, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR}),
           label=_("See what falls due for erasure"), purpose="erasure"),
    Action("erasure.propose", entry="erasure.proposed", roles=frozenset({Role.DPO}),
           label=_("Decide that data are erased"), purpose="erasure"),
    Action("erasure.confirm", entry="erasure.confirmed", roles=frozenset({Role.DPO, Role.SUPERVISOR, Role.ADMIN}),
           label=_("Confirm an erasure that another person decided"), purpose="erasure"),
    Action("erasure.decline", entry="erasure.declined", roles=frozenset({Role.DPO, Role.SUPERVISOR, Role.ADMIN}),
           label=_("Say no to an erasure that another person decided"), purpose="erasure"),
    Action("journal.see", entry="", roles=READERS, label=_("See the state of the journal"), purpose="audit"),
)
