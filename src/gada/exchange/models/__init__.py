"""Partners, agreements, links, what partners said, packages, and comparisons with a partner."""

from gada.exchange.models.agreements import Agreement, Notice
from gada.exchange.models.extracts import Extract, ExtractRow
from gada.exchange.models.links import Link, PairCase, PartnerPrints, Proposal, Statement
from gada.exchange.models.own_nodes import OwnNode
from gada.exchange.models.packages import Package, RefusedPackage, SentValue, Upload
from gada.exchange.models.peers import Peer, SeenRequest
from gada.exchange.models.runs import OverlapRun, RunMessage

__all__ = [
    "Agreement",
    "Extract",
    "ExtractRow",
    "Link",
    "Notice",
    "OverlapRun",
    "OwnNode",
    "Package",
    "PairCase",
    "PartnerPrints",
    "Peer",
    "Proposal",
    "RefusedPackage",
    "RunMessage",
    "SeenRequest",
    "SentValue",
    "Statement",
    "Upload",
]
