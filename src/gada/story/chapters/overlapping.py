"""Who do we share? Found without either side showing the other its list."""

from __future__ import annotations

from gada.story.plot import Agency, Story


def tell(story: Story) -> None:
    telling = story.telling
    telling.chapter("4. People in common")
    with telling.step("find people in common without pooling"):
        said = story.b.node.run("overlap", "run", story.agreement, "--by", "exchange")
    figures = _figures(said)
    with telling.step("adjudicators of both sides decide the pairs no rule can"):
        judged = _judge_pairs(story)
    story.links = _links(story)
    _weigh(story, figures, judged)


def _figures(said: str) -> dict[str, tuple[int, int]]:
    """What the run printed: name, ours, theirs."""
    figures = {}
    for line in said.splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
            figures[parts[0]] = (int(parts[1]), int(parts[2]))
    return figures


def _judge_pairs(story: Story) -> int:
    """Each adjudicator answers by what is true: in life they look at photos, papers and people."""
    who = _who(story)
    sides = {agency.node.letter: _open_pairs(agency, story) for agency in (story.a, story.b)}
    common = set(sides["A"]) & set(sides["B"])
    for pair in sorted(common):
        (case_a, person_a), (case_b, person_b) = sides["A"][pair], sides["B"][pair]
        answer = "same" if who[person_a] == who[person_b] else "different"
        for agency, case in ((story.a, case_a), (story.b, case_b)):
            agency.visit("adjudicator").read("/pairs/")
            agency.visit("adjudicator").post(f"/pairs/{case}/", answer=answer)
    if common:
        for agency in (story.a, story.b):
            agency.node.run("peer", "heartbeat", "--peer", story.peers[agency.node.letter], "--no-witness")
    return len(common)


def _open_pairs(agency: Agency, story: Story) -> dict[str, tuple[str, str]]:
    lines = [line.split() for line in agency.node.run("link", "pairs", story.agreement).splitlines()]
    return {pair: (case, person) for case, pair, person, ours, _ in lines if ours == "-"}


def _links(story: Story) -> dict[str, str]:
    """Person at A → person at B, joined by the digest that names the pair on both sides."""
    held = []
    for agency in (story.a, story.b):
        lines = agency.node.run("link", "list", story.agreement).splitlines()
        held.append(dict(line.split() for line in lines if line))
    return {held[0][pair]: held[1][pair] for pair in held[0].keys() & held[1].keys()}


def _who(story: Story) -> dict[str, int]:
    """Person id at either node → who it truly is; whoever came again is one person with two registrations."""
    world = story.world
    who = {story.b.people[row.registration]: row.person for row in world.at_b if row.registration in story.b.people}
    return who | {
        story.a.people[row.registration]: row.person
        for row in (*world.at_a, *world.again) if row.registration in story.a.people
    }


def _weigh(story: Story, figures: dict[str, tuple[int, int]], judged: int) -> None:
    """Compare with the truth: wrong links, found and missed people, what strangers lost."""
    from gada.engine.linkage import tokens

    telling, world, who = story.telling, story.world, _who(story)
    rows = {row.registration: row for row in (*world.at_a, *world.at_b)}
    findable = [s for s in world.truth if not (rows[s.at_a].refuses_sharing or rows[s.at_b].refuses_sharing)]
    with_tokens = [
        s
        for s in findable
        if len(tokens(world.features_of(rows[s.at_a])) & tokens(world.features_of(rows[s.at_b]))) >= 2
    ]
    wrong = [person for person, other in story.links.items() if who[person] != who[other]]
    linked = {who[person] for person, other in story.links.items() if who[person] == who[other]}
    found = [s for s in findable if s.person in linked]
    found_with_tokens = [s for s in with_tokens if s in found]
    refused = {s.person for s in world.truth} - {s.person for s in findable}
    telling.figure("people in both registries", len(world.truth))
    telling.figure("of these, refused sharing at one side", len(world.truth) - len(findable))
    telling.figure("found in common", len(found))
    telling.figure("pairs decided by adjudicators of both sides", judged)
    telling.figure("wrong links", len(wrong))
    for name, (ours, theirs) in sorted(figures.items()):
        telling.figure(f"run: {name.replace('_', ' ')} (B / A)", f"{ours} / {theirs}")
    for shared in findable:
        if shared not in found:
            common = len(tokens(world.features_of(rows[shared.at_a])) & tokens(world.features_of(rows[shared.at_b])))
            telling.figure(f"missed: {shared.at_a} / {shared.at_b}", f"{common} common tokens")
    telling.hold("no link is wrong", not wrong, found=len(wrong))
    share = len(found_with_tokens) / max(1, len(with_tokens))
    telling.hold(
        "98 % of those with two common tokens are found",
        share >= 0.98,
        found=f"{len(found_with_tokens)} of {len(with_tokens)}",
    )
    telling.hold("nobody who refused sharing is linked", not refused & linked, found=len(refused & linked))
