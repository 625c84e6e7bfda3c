"""Facts → rows of the exchange."""

from gada.exchange.apply import agreements, links, own_nodes, packages, peers, statements
from gada.exchange.models import (
    Agreement,
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
)

__all__ = ["REBUILT", "agreements", "links", "own_nodes", "packages", "peers", "statements"]
