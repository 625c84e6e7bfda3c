"""What can happen to possible duplicates, and who may do it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

JUDGES = frozenset({Role.ADJUDICATOR})
REPORTERS = frozenset({Role.ADJUDICATOR, Role.SUPERVISOR, Role.DPO, Role.ADMIN, Role.AUDITOR})
ACTIONS = (
    Action("case.open", entry="case.opened", roles=frozenset({Role.CLERK, Role.SUPERVISOR, Role.ADMIN}),
           label=_("Check for people registered twice"), purpose="registration"),
    Action("case.weigh", entry="case.weighed", roles=frozenset({Role.CLERK, Role.SUPERVISOR, Role.ADMIN}),
           label=_("Weigh a possible duplicate again"), purpose="registration"),
    Action("case.see", entry="person.read", roles=JUDGES | {Role.SUPERVISOR}, label=_("See possible duplicates"),
           purpose="adjudication"),
    Action("case.judge", entry="case.judged", roles=JUDGES, label=_("Decide whether two are one person"),
           purpose="adjudication"),
    Action("case.judge_many", entry="case.judged", roles=JUDGES, label=_("Decide many cases “two people” in one go"),
           purpose="adjudication"),
    Action("review.see", entry="", roles=JUDGES | {Role.SUPERVISOR}, label=_("See how far readers of duplicates agree"),
           purpose="adjudication"),
    Action("review.everybody", entry="", roles=frozenset({Role.SUPERVISOR}),
           label=_("See how each reader of duplicates decides"), purpose="adjudication"),
    Action("case.undo", entry="case.judgement_undone", roles=JUDGES, label=_("Undo a decision about two people"),
           purpose="adjudication"),
    Action("report.make", entry="report.made", roles=REPORTERS, label=_("Report what the duplicate check brought"),
           purpose="audit"),
    Action("population.check", entry="population.check_begun", roles=frozenset({Role.SUPERVISOR, Role.ADMIN}),
           label=_("Check everybody against everybody"), purpose="adjudication", agency_wide=True),
    Action("population.end", entry="population.check_ended", roles=frozenset({Role.SUPERVISOR, Role.ADMIN}),
           label=_("End the check of everybody"), purpose="adjudication", agency_wide=True),
    Action("household.look_again", entry="household.looked_again", roles=frozenset({Role.CLERK, Role.SUPERVISOR}),
           label=_("Look again for a family, more widely"), purpose="registration"),
)
