"""Facts → rows of the exchange."""

from gada.exchange.apply import agreements, extracts, links, own_nodes, packages, peers, statements
from gada.exchange.models import (
    Agreement,
    Extract,
    ExtractRow,
    Link,
    Notice,
    OwnNode,
    Package,
    PairCase,
    PartnerPrints,
    Peer,
    Proposal,
    RefusedPackage,
    Statement,
)

REBUILT = (
    Peer,
    Agreement,
    Notice,
    Package,
    RefusedPackage,
    Link,
    PairCase,
    Statement,
    PartnerPrints,
    Proposal,
    OwnNode,
    Extract,
    ExtractRow,
)

__all__ = ["REBUILT", "agreements", "extracts", "links", "own_nodes", "packages", "peers", "statements"]
