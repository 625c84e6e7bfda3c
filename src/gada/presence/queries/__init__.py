"""Readers of presence: campaigns and how far they are, the desk, who is absent and where that stands."""

from gada.presence.queries.absence import (
    Absence,
    absence_for,
    absences_at,
    grounds_at,
    heads_of,
    history_of,
    standings_of,
    suspended_among,
    who_is_left_out,
)
from gada.presence.queries.campaigns import (
    Figures,
    expected_at,
    figures_for,
    is_over,
    open_sites_of,
    roll_call_for,
    roll_calls_for,
    roll_calls_of,
    sites_named,
)
from gada.presence.queries.desk import Family, Found, family_at, people_named, people_of_finger, seen_in
from gada.presence.queries.families import members_of

__all__ = [
    "Absence",
    "Family",
    "Figures",
    "Found",
    "absence_for",
    "absences_at",
    "expected_at",
    "family_at",
    "figures_for",
    "grounds_at",
    "heads_of",
    "history_of",
    "is_over",
    "members_of",
    "open_sites_of",
    "people_named",
    "people_of_finger",
    "roll_call_for",
    "roll_calls_for",
    "roll_calls_of",
    "seen_in",
    "sites_named",
    "standings_of",
    "suspended_among",
    "who_is_left_out",
]
