"""What can happen to people, and who may do it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

FIELD = frozenset({Role.CLERK, Role.SUPERVISOR})
ACTIONS = (
    Action("person.enrol", entry="person.enrolled", roles=FIELD, label=_("Register a family"), purpose="registration"),
    Action("person.import", entry="person.enrolled", roles=frozenset({Role.SUPERVISOR, Role.ADMIN}), label=_("Import a list"), purpose="registration"),
    Action("person.correct", entry="person.corrected", roles=FIELD, label=_("Correct a person's data"), purpose="registration"),
    Action("person.answer", entry="person.answered", roles=FIELD | {Role.DPO}, label=_("Record an agreement, a refusal or an objection"), purpose="registration"),
    Action("household.change", entry="household.member_joined", roles=FIELD, label=_("Change who belongs to a household"), purpose="registration"),
    Action("household.restructure", entry="household.split", roles=frozenset({Role.SUPERVISOR}), label=_("Split a household or join two"), purpose="registration"),
    Action("person.protect", entry="person.corrected", roles=frozenset({Role.SUPERVISOR, Role.DPO}), label=_("Mark a person for protection"), purpose="protection"),
    Action("person.erase", entry="person.erased", roles=frozenset({Role.DPO}), label=_("Erase a person lawfully"), purpose="erasure"),
    Action("person.erase_class", entry="person.class_erased", roles=frozenset({Role.DPO}), label=_("Erase one class of a person’s data"), purpose="erasure"),
    Action("retention.set", entry="retention.set", roles=frozenset({Role.DPO}), label=_("Set how long data are kept"), purpose="erasure"),
    Action("retention.end", entry="retention.programme_ended", roles=frozenset({Role.DPO}), label=_("Say when a programme ended"), purpose="erasure"),
    Action("hold.place", entry="hold.placed", roles=frozenset({Role.DPO}), label=_("Hold data for a legal reason"), purpose="erasure"),
    Action("hold.lift", entry="hold.lifted", roles=frozenset({Role.DPO}), label=_("End a legal hold"), purpose="erasure"),
    Action("request.receive", entry="request.received", roles=FIELD | {Role.DPO}, label=_("Record what a person asks about their data"), purpose="request"),
    Action("request.answer", entry="request.answered", roles=frozenset({Role.DPO}), label=_("Answer what a person asked about their data"), purpose="request"),
    Action("person.search", entry="person.read", roles=FIELD | {Role.ADJUDICATOR, Role.DISTRIBUTOR, Role.DPO}, label=_("Search people"), purpose="registration"),
    Action("person.see", entry="person.read", roles=FIELD | {Role.ADJUDICATOR, Role.DISTRIBUTOR, Role.DPO, Role.AUDITOR}, label=_("See a person"), purpose="registration"),
)
