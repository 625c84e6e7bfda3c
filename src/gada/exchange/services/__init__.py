"""What can be done between agencies. Each service authorizes, decides and records."""

from gada.exchange.services.agreements import (
    bundle_of,
    countersign_agreement,
    draft_agreement,
    receive_bundle,
    send_agreement,
    sign_agreement,
)
from gada.exchange.services.equality import Equality, prove_equality
from gada.exchange.services.expiring import erase_expired
from gada.exchange.services.linking import follow_person, judge_pair, recall_person, withdraw_link
from gada.exchange.services.overlap import drive_overlap, start_overlap
from gada.exchange.services.packages import (
    deliver_package,
    export_package,
    import_receipt,
    make_package,
    package_path,
    receive_carried,
    receive_file,
    receive_waiting,
)
from gada.exchange.services.peers import (
    card_file,
    meet_peer,
    move_peer,
    own_fingerprint,
    peer_called,
    renew_card,
    renew_from_file,
    revoke_peer,
)
from gada.exchange.services.settling import decide_proposal
from gada.exchange.services.suspending import import_notice, lift_agreement, notice_file, suspend_agreement
from gada.exchange.services.witnesses import beat, beat_all, fetch_witnessed

__all__ = [
    "Equality",
    "beat",
    "beat_all",
    "bundle_of",
    "card_file",
    "countersign_agreement",
    "decide_proposal",
    "deliver_package",
    "draft_agreement",
    "drive_overlap",
    "erase_expired",
    "export_package",
    "fetch_witnessed",
    "follow_person",
    "import_notice",
    "import_receipt",
    "judge_pair",
    "lift_agreement",
    "make_package",
    "meet_peer",
    "move_peer",
    "notice_file",
    "own_fingerprint",
    "package_path",
    "peer_called",
    "prove_equality",
    "recall_person",
    "receive_bundle",
    "receive_carried",
    "receive_file",
    "receive_waiting",
    "renew_card",
    "renew_from_file",
    "revoke_peer",
    "send_agreement",
    "sign_agreement",
    "start_overlap",
    "suspend_agreement",
    "withdraw_link",
]
