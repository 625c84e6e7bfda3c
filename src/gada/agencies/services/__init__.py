"""What can be done in this room. Each service authorizes, decides and records, in one transaction."""

from gada.agencies.services.authorizing import assignments_of, authorize, join_roles
from gada.agencies.services.bootstrapping import FirstPeople, bootstrap_node
from gada.agencies.services.operators import (
    assign_role,
    change_own_password,
    choose_language,
    create_operator,
    deactivate_operator,
    end_assignment,
    forget_codes,
    set_password,
)
from gada.agencies.services.places import create_agency, create_programme, create_site, register_device

__all__ = [
    "FirstPeople", "assign_role", "assignments_of", "authorize", "bootstrap_node", "change_own_password",
    "choose_language", "create_agency", "create_operator", "create_programme", "create_site",
    "deactivate_operator", "end_assignment", "forget_codes", "join_roles", "register_device", "set_password",
]
