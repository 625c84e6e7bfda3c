"""Every consequence of everything: action → what happens together with it, and what happens afterwards.

`together` runs in the same transaction as the entry; `afterwards` is a task that the worker takes up
(it is enqueued in the same transaction, so neither a crash nor a rollback can separate the two).
`received` runs with entries that were made at another node of ours.
"""

from __future__ import annotations

from gada.assistance.queries import ask_who_is_left_out, tell_served
from gada.assistance.services import settle_after_judgement
from gada.biometrics.queries import lend_prints
from gada.biometrics.services import forget_erased_prints, forget_prints, notice_household, notice_person
from gada.credentials.queries import lend_signers
from gada.credentials.services import forget_cards
from gada.exchange.queries import (
    lend_own_signers,
    lend_partner_prints,
    lend_partner_signers,
    served_by_partners,
)
from gada.exchange.services import follow_person
from gada.exchange.services.own_nodes import look_after_arrival, renew_device
from gada.journal.registry import Arrival, Reaction, each, react
from gada.matching.services.looking_again import look_again_later
from gada.people.services import drop_erased_photos, forget_key, remember_class
from gada.presence.queries import who_is_left_out
from gada.presence.services import entitle_returned, forget_sightings
from gada.surveys.services import forget_erased_answers, forget_submission_of

TOGETHER: dict[str, list[Reaction]] = {
    "absence.granted": [entitle_returned],
    "case.judged": [settle_after_judgement],
    "case.judgement_undone": [settle_after_judgement],
    "household.change_undone": [notice_household],
    "household.member_died": [notice_household],
    "household.member_returned": [notice_household],
    "household.member_withdrawn": [notice_household],
    "household.returned": [notice_household],
    "household.settled": [notice_household],
    "household.withdrawn": [notice_household],
    "person.answered": [notice_person, follow_person],
    "person.class_erased": [remember_class, forget_erased_prints, forget_erased_answers],
    "person.corrected": [notice_person, follow_person],
    "person.erased": [forget_prints, forget_cards, follow_person, forget_submission_of, forget_sightings],
    "presence.seen": [entitle_returned],
}
AFTERWARDS: dict[str, list[Reaction]] = {
    "household.checked": [look_again_later],
}
# Who lends prints to the desks, besides those we took ourselves: biometrics asks, and knows nobody above it.
LENDERS = [lend_partner_prints]
# Whose keys sign cards, besides ours.
SIGNERS = [lend_own_signers, lend_partner_signers]
# Who may leave a household out of new lists of aid, by a decision of somebody, with reason and appeal.
LEFT_OUT = [who_is_left_out]
# Who tells the desks what others gave a family.
TELLERS = [served_by_partners]

# What happened at another node of ours is applied, never decided again; this is what follows from it here.
RECEIVED: dict[str, list[Arrival]] = {
    "capture.taken": [look_after_arrival, each(forget_erased_prints)],
    "household.change_undone": [each(notice_household)],
    "household.member_died": [each(notice_household)],
    "household.member_returned": [each(notice_household)],
    "household.member_withdrawn": [each(notice_household)],
    "household.returned": [each(notice_household)],
    "household.settled": [each(notice_household)],
    "household.withdrawn": [each(notice_household)],
    "node.renewed": [each(renew_device)],
    "person.answered": [each(notice_person)],
    "person.class_erased": [each(remember_class), each(forget_erased_prints), each(forget_erased_answers)],
    "person.corrected": [each(notice_person), each(drop_erased_photos)],
    "person.enrolled": [look_after_arrival, each(drop_erased_photos)],
    "person.erased": [
        each(forget_prints), each(forget_cards), each(forget_submission_of), each(forget_sightings),
        each(forget_key),
    ],
}


def install() -> None:
    react(together=TOGETHER, afterwards=AFTERWARDS, received=RECEIVED)
    lend_prints(LENDERS)
    lend_signers(SIGNERS)
    ask_who_is_left_out(LEFT_OUT)
    tell_served(TELLERS)
