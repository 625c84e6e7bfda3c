"""Writers: enrol, correct, answer a purpose, erase; then what happens to a household, and taking it back."""

from gada.people.services.changing import (
    add_member,
    choose_head,
    choose_recipients,
    end_membership,
    merge_households,
    move_household,
    split_household,
)
from gada.people.services.leaving import (
    note_death,
    return_household,
    return_person,
    withdraw_household,
    withdraw_person,
)
from gada.people.services.registering import (
    answer_purpose,
    check_draft,
    correct_person,
    enrol_household,
    enrol_households,
    erase_person,
    finish_erasures,
    forget_key,
    person_item,
    record_erasures,
    scope_of,
    settle_conflict,
)
from gada.people.services.retaining import (
    answer_request,
    drop_erased_photos,
    end_programme,
    erase_class,
    erase_classes_again,
    lift_hold,
    place_hold,
    receive_request,
    remember_class,
    set_retention,
)
from gada.people.services.settling import give_new_number, settle_happenings
from gada.people.services.undoing import undo_happening

__all__ = [
    "add_member", "answer_purpose", "answer_request", "check_draft", "choose_head", "choose_recipients",
    "correct_person", "drop_erased_photos", "end_membership", "end_programme", "enrol_household", "enrol_households",
    "erase_class", "erase_classes_again", "erase_person", "finish_erasures", "forget_key", "give_new_number",
    "lift_hold", "merge_households", "move_household", "note_death", "person_item", "place_hold", "receive_request",
    "record_erasures", "remember_class", "return_household", "return_person", "scope_of", "set_retention",
    "settle_conflict", "settle_happenings", "split_household", "undo_happening", "withdraw_household",
    "withdraw_person",
]
