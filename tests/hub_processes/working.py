"""Work for crews: what each member tells of a crowd, in an order of its own, beside all the others."""

from __future__ import annotations

import random
from typing import Any

from tests.hub_processes.crowd import batches_of, crowd, links, writing_hub
from tests.storage.crashing import opened

from unified_profile.hub import Hub
from unified_profile.model import Fact, Link


def whole(name: str, size: int, people: int) -> tuple[list[Fact], list[Link]]:
    """Return everything that a crew tells together."""
    return crowd(name, size=size, people=people), links(name, people=people)


def tell_share(hub: Hub, number: int, members: int, name: str, size: int, people: int) -> list[int]:
    """Tell every so-manieth fact, and some of those of others; return how many were new, and how many were not."""
    rnd = random.Random(f"{name}, member {number}")
    facts, said = whole(name, size, people)
    mine = [fact for place, fact in enumerate(facts) if place % members == number or rnd.random() < 0.1]
    rnd.shuffle(mine)
    new = old = 0
    for batch in batches_of(mine, f"{name}, member {number}", largest=5):
        report = hub.ingest(batch)
        assert not report.quarantined, report.reasons()
        new, old = new + report.accepted, old + report.duplicates
        if said and rnd.random() < 0.1:
            hub.link([said.pop()])
    hub.link(said)
    return [new, old]


def ingest(number: int, kind: str, where: str, *share: Any) -> list[int]:
    """Tell a share through a store of this process's own."""
    with opened(kind, where) as store:
        return tell_share(writing_hub(store), number, *share)
