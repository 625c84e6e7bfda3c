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
from gada.exchange.services.extracts import (
    ExtractDraft,
    MadeFile,
    confirm_destroyed,
    decide_extract,
    drop_expired_files,
    make_extract,
    read_return,
    record_return,
    request_extract,
    take_file,
)
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
    "ExtractDraft",
    "MadeFile",
    "beat",
    "beat_all",
    "bundle_of",
    "card_file",
    "confirm_destroyed",
    "countersign_agreement",
    "decide_extract",
    "decide_proposal",
    "deliver_package",
    "draft_agreement",
    "drive_overlap",
    "drop_expired_files",
    "erase_expired",
    "export_package",
    "fetch_witnessed",
    "follow_person",
    "import_notice",
    "import_receipt",
    "judge_pair",
    "lift_agreement",
    "make_extract",
    "make_package",
    "meet_peer",
    "move_peer",
    "notice_file",
    "own_fingerprint",
    "package_path",
    "peer_called",
    "prove_equality",
    "read_return",
    "recall_person",
    "receive_bundle",
    "receive_carried",
    "receive_file",
    "receive_waiting",
    "record_return",
    "renew_card",
    "renew_from_file",
    "request_extract",
    "revoke_peer",
    "send_agreement",
    "sign_agreement",
    "start_overlap",
    "suspend_agreement",
    "take_file",
    "withdraw_link",
]
