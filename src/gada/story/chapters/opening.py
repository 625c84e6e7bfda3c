"""Two nodes are created, started, and their people get their posts and their programme."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from gada.story.plot import POSTS, Agency, Story

PROGRAMMES = {
    "A": {"name": "Enregistrement biométrique", "purpose": "Reconnaître les personnes qui reçoivent une aide"},
    "B": {"name": "Vivres", "purpose": "Remettre des vivres aux familles"},
}


def tell(story: Story) -> None:
    story.telling.chapter("Two agencies, each with its own node")
    with story.telling.step("create two nodes, their people and programmes"), ThreadPoolExecutor(2) as both:
        list(both.map(_found, (story.a, story.b)))


def _found(agency: Agency) -> None:
    agency.node.create()
    agency.node.start()
    admin = agency.visit("admin")
    for post, (name, roles) in POSTS.items():
        page = admin.submit(
            "/operators/new/",
            name=f"{name} ({agency.node.letter})",
            username=post,
            password=agency.node.password,
            language="fr",
        )
        operator = page.url.path.rstrip("/").rsplit("/", 1)[1]
        for role in roles:
            admin.submit(f"/operators/{operator}/", form="/assign/", role=role, site="", programme="", valid_until="")
    admin.submit(
        "/programmes/new/", **PROGRAMMES[agency.node.letter], legal_basis="Mandat humanitaire, intérêt vital",
        impact_assessment="Étude d’impact fictive du 1er mars 2026, revue par la déléguée à la protection des données",
        assessed_on="2026-03-01", assessed_by="La déléguée à la protection des données (fictive)",
        biometrics_allowed="on", minimum_age_prints="5",
    )
    clerk = agency.visit("clerk")
    agency.site = clerk.api("GET", "sites")[0]["id"]
    agency.programme = clerk.api("GET", "programmes")[0]["id"]
