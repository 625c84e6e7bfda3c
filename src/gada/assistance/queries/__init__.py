"""Readers of assistance: lists and who is on them, the family at the desk, what was handed over or refused."""

from gada.assistance.queries.desk import (
    AtTheDesk,
    Found,
    at_the_desk,
    entitlement_of,
    families_named,
    families_of_finger,
    household_of_person,
    households_of,
    known_but_not_listed,
    people_of_list,
    recipients_of,
    redemption_for,
    slip_for,
)
from gada.assistance.queries.elsewhere import Elsewhere, served_elsewhere, tell_served
from gada.assistance.queries.leaving_out import LeftOut, ask_who_is_left_out, left_out, why_not_listed
from gada.assistance.queries.lists import (
    Family,
    Preview,
    cycles_for,
    families_for,
    interventions_for,
    leases_of,
    list_for,
    lists_for,
    name_of,
    preview_of,
    seconds_a_family,
)

__all__ = [
    "AtTheDesk", "Elsewhere", "Family", "Found", "LeftOut", "Preview", "ask_who_is_left_out", "at_the_desk",
    "cycles_for", "entitlement_of", "families_for", "families_named", "families_of_finger", "household_of_person",
    "households_of", "interventions_for", "known_but_not_listed", "leases_of", "left_out", "list_for", "lists_for",
    "name_of", "people_of_list", "preview_of", "recipients_of", "redemption_for", "seconds_a_family",
    "served_elsewhere", "slip_for", "tell_served", "why_not_listed",
]
