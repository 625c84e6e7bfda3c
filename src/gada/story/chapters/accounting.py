"""A person sees what is held and who read it; both journals are proved, and tampering is named."""

from __future__ import annotations

from gada.story.plot import Story


def tell(story: Story) -> None:
    telling, a, b = story.telling, story.a, story.b
    telling.chapter("7. What is held about one person, and 8. the proof")
    with telling.step("print one person’s page"):
        person_a = next(iter(story.links))
        a.visit("clerk").read(f"/people/{person_a}/?why=request")  # this reading is a line of the next
        page = a.visit("clerk").read(f"/people/{person_a}/?why=request").text
    role, purpose = "Agent d’inscription", "La personne"
    telling.hold("the page says who read it, in which role, for which purpose", role in page and purpose in page)
    telling.hold("the page says to whom it went", b.node.name in page)
    with telling.step("countersign both journals and prove them"):
        for agency in (a, b):
            agency.node.run("journal", "seal")
        for agency in (a, b):
            agency.node.run("peer", "heartbeat", "--peer", story.peers[agency.node.letter], "--witness")
        said = {agency.node.letter: agency.node.run("journal", "verify", "--ask") for agency in (a, b)}
    for letter, words in said.items():
        countersigned = int(words.splitlines()[0].split()[1].replace(",", ""))
        telling.figure(f"entries of {letter} countersigned by the other side", countersigned)
        telling.hold(f"the journal of {letter} holds", "The journal holds." in words, found=words)
        telling.hold(f"the other side countersigned the journal of {letter}", countersigned > 0)
    with telling.step("rebuild the state of both from their entries"):
        compared = {agency.node.letter: agency.node.run("journal", "compare").splitlines()[-1] for agency in (a, b)}
    for letter, words in compared.items():
        telling.figure(f"rebuilt at {letter}", words)
        telling.hold(f"no row of {letter} differs from its entries", ", 0 differ" in words, found=words)
