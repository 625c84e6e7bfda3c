"""What can happen between agencies, and who may do it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gada.agencies.rules import Action, Role

OFFICER = frozenset({Role.EXCHANGE})
SEE = frozenset({Role.EXCHANGE, Role.DPO, Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR})
STOP = frozenset({Role.EXCHANGE, Role.DPO, Role.ADMIN})
ACTIONS = (
    Action("agreement.see", "", SEE, _("See agreements and packages"), "exchange"),
    Action("node.see", "", SEE, _("See the nodes of the agency"), "exchange"),
    Action("node.admit", "node.admitted", frozenset({Role.ADMIN}), _("Make a kit for a laptop"), "exchange",
           agency_wide=True),
    Action("node.withdraw", "node.withdrawn", STOP, _("Report a laptop lost"), "exchange", agency_wide=True),
    Action("node.decide", "node.batch_decided", STOP, _("Accept or refuse what a lost or expired laptop brought"),
           "exchange", agency_wide=True),
    Action("node.sync", "log.received", SEE | {Role.CLERK, Role.DISTRIBUTOR}, _("Synchronise with headquarters"),
           "exchange"),
    Action("peer.meet", "peer.met", OFFICER | {Role.ADMIN}, _("Add a partner"), "exchange", agency_wide=True),
    Action(
        "peer.renew",
        "peer.card_renewed",
        OFFICER | {Role.ADMIN},
        _("Take a partner’s renewed key card"),
        "exchange",
        agency_wide=True,
    ),
    Action(
        "peer.move",
        "peer.moved",
        OFFICER | {Role.ADMIN},
        _("Change where a partner answers"),
        "exchange",
        agency_wide=True,
    ),
    Action(
        "peer.revoke",
        "peer.revoked",
        STOP,
        _("Withdraw the trust in a partner"),
        "exchange",
        agency_wide=True,
    ),
    Action(
        "agreement.draft",
        "agreement.drafted",
        OFFICER,
        _("Prepare an agreement"),
        "exchange",
        agency_wide=True,
    ),
    Action(
        "agreement.sign", "agreement.signed", OFFICER, _("Sign an agreement"), "exchange", agency_wide=True
    ),
    Action(
        "agreement.countersign",
        "agreement.countersigned",
        frozenset({Role.DPO}),
        _("Countersign an agreement"),
        "exchange",
        agency_wide=True,
    ),
    Action(
        "agreement.exchange",
        "",
        OFFICER | {Role.ADMIN},
        _("Send or read an agreement file"),
        "exchange",
        agency_wide=True,
    ),
    Action(
        "agreement.suspend",
        "agreement.suspended",
        STOP,
        _("Suspend an agreement"),
        "exchange",
        agency_wide=True,
    ),
    Action(
        "agreement.lift",
        "agreement.lifted",
        OFFICER | {Role.DPO},
        _("Lift a suspension"),
        "exchange",
        agency_wide=True,
    ),
    Action(
        "overlap.run",
        "overlap.started",
        OFFICER,
        _("Find people in common with a partner"),
        "exchange",
        agency_wide=True,
    ),
    Action("package.send", "package.made", OFFICER, _("Send a package"), "exchange", agency_wide=True),
    Action(
        "package.receive",
        "package.received",
        OFFICER | {Role.ADMIN},
        _("Receive a package from a file"),
        "exchange",
        agency_wide=True,
    ),
    Action(
        "link.withdraw",
        "link.withdrawn",
        OFFICER | {Role.DPO, Role.ADJUDICATOR},
        _("Undo a link with a partner’s person"),
        "exchange",
    ),
    Action(
        "pair.judge",
        "pair.judged",
        frozenset({Role.ADJUDICATOR}),
        _("Decide about a person in common"),
        "exchange",
    ),
    Action(
        "proposal.decide",
        "proposal.decided",
        frozenset({Role.SUPERVISOR, Role.EXCHANGE}),
        _("Settle a difference with a partner"),
        "exchange",
    ),
    Action("extract.see", "", SEE, _("See extracts for partners"), "exchange", agency_wide=True),
    Action("extract.request", "extract.requested", OFFICER, _("Register a partner’s request for an extract"), "exchange", agency_wide=True),
    Action("extract.decide", "extract.decided", frozenset({Role.DPO}), _("Approve or refuse an extract"), "exchange", agency_wide=True),
    Action("extract.make", "extract.made", OFFICER, _("Make the file of an extract"), "exchange", agency_wide=True),
    Action("extract.take", "extract.taken", OFFICER, _("Take the file of an extract"), "exchange", agency_wide=True),
    Action("extract.return", "extract.returned", OFFICER, _("Read in who was served by a partner"), "exchange", agency_wide=True),
    Action("extract.close", "extract.destroyed", OFFICER | {Role.DPO}, _("Note that a partner destroyed an extract"), "exchange", agency_wide=True),
)
