"""What every chapter shares: the world, the two nodes, the people who work there, and what was found so far."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from gada.story.nodes import StoryNode, free_port
from gada.story.telling import Telling
from gada.story.visitor import Visitor
from gada.story.world import World

# username → (name, roles); the same posts at both agencies, other people.
POSTS = {
    "clerk": ("Amina Seyni", ("clerk",)),
    "supervisor": ("Bakr Oumarou", ("supervisor", "distributor")),
    "second": ("Idrissa Kané", ("supervisor",)),
    "adjudicator": ("Dina Maïga", ("adjudicator",)),
    "reader": ("Halima Issoufou", ("adjudicator",)),
    "exchange": ("Esther Zakari", ("exchange",)),
    "dpo": ("Fati Abdou", ("dpo",)),
    "auditor": ("Issa Garba", ("auditor",)),
}


@dataclass
class Agency:
    """One side of the story."""

    node: StoryNode
    visitors: dict[str, Visitor] = field(default_factory=dict)
    site: str = ""
    programme: str = ""
    people: dict[str, str] = field(default_factory=dict)  # registration in the world → person id at the node

    def visit(self, post: str) -> Visitor:
        """The operator of this post, signed in."""
        if post not in self.visitors:
            visitor = Visitor(self.node.url, username=post, password=self.node.password)
            visitor.sign_in()
            self.visitors[post] = visitor
        return self.visitors[post]


@dataclass
class Story:
    """Everything a chapter may need; each adds what the next ones build on."""

    world: World
    a: Agency
    b: Agency
    telling: Telling
    agreement: str = ""  # its id, the same on both sides
    digest: str = ""
    peers: dict[str, str] = field(default_factory=dict)  # letter → the other side's peer id there
    links: dict[str, str] = field(default_factory=dict)  # person id at A → person id at B


def story_directory() -> Path:
    """Where the demo keeps its two nodes (environment `GADA_STORY`, default `var/demo`)."""
    return Path(os.environ.get("GADA_STORY", "var/demo")).resolve()


def fingers_to_try() -> Path:
    """Where the story leaves fingers for whoever looks around afterwards."""
    return story_directory() / "fingers-to-try"


def two_agencies() -> tuple[Agency, Agency]:
    """Their nodes as they will be or were created."""
    home = story_directory()
    return (
        Agency(StoryNode("A", "Bureau d’enregistrement", "Agence A", "Intikane", home / "a", free_port(8101))),
        Agency(StoryNode("B", "Programme alimentaire", "Agence B", "Tillia", home / "b", free_port(8102))),
    )
