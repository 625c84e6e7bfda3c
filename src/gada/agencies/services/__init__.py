"""What can be done in this room. Each service authorizes, decides and records, in one transaction."""

from gada.agencies.services.asking import choose_questions
from gada.agencies.services.assessing import Assessment, attach_assessment, decide_prints, programme_here
from gada.agencies.services.authorizing import assignments_of, authorize, held_lately, join_roles
from gada.agencies.services.bootstrapping import FirstPeople, bootstrap_node
from gada.agencies.services.codes import code_address, new_code_secret, set_up_codes, training_code
from gada.agencies.services.failures import TooManyFailures
from gada.agencies.services.operators import (
    assign_role,
    change_own_password,
    choose_language,
    create_operator,
    deactivate_operator,
    end_assignment,
    forget_codes,
    reopen_operator,
    set_password,
)
from gada.agencies.services.places import create_agency, create_programme, create_site, register_device
from gada.agencies.services.signing_in import NotSignedIn, sign_in, sign_out
from gada.agencies.services.unlocking import unlock_node

__all__ = [
    "Assessment", "FirstPeople", "NotSignedIn", "TooManyFailures", "assign_role", "assignments_of",
    "attach_assessment", "authorize", "bootstrap_node", "change_own_password", "choose_language", "choose_questions",
    "code_address", "create_agency", "create_operator", "create_programme", "create_site", "deactivate_operator",
    "decide_prints", "end_assignment", "forget_codes", "held_lately", "join_roles", "new_code_secret", "programme_here",
    "register_device", "reopen_operator", "set_password", "set_up_codes", "sign_in", "sign_out", "training_code",
    "unlock_node",
]
