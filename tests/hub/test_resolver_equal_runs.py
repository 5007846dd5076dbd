"""Two runs that are told the same in the same order say the same, whatever ids they give out and however sets lie."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.hub.test_resolver_laws import RULES, SameName, adopted, record
from tests.hub.worlds import Clock, some, stories

from unified_profile import Hub, Identifier, Judgement, Link, MemoryStore, ProfileMerged, SourceRecord, Verdict
from unified_profile.errors import UnknownProfileError
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model import Fact
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.strategies import shuffled


class Ids:
    """Ids that sort as they were given out, or the other way round."""

    def __init__(self, *, falling: bool) -> None:
        self.falling = falling
        self.given: dict[str, int] = {}

    def __call__(self) -> str:
        number = len(self.given)
        name = f"p{10_000 - number if self.falling else number:05}"
        self.given[name] = number
        return name

    def plain(self, said: Any) -> Any:
        """Return *said* with every id replaced by its number."""
        if isinstance(said, (list, tuple)):
            return [self.plain(one) for one in said]
        return self.given.get(said, said) if isinstance(said, str) else said


def names_in(order: Sequence[Fact | Link]) -> list[Identifier]:
    """Return every identifier that is spoken of."""
    found = [identifier for one in order for identifier in getattr(one, "identifiers", ())]
    found += [one.node for one in order if isinstance(one, SourceRecord)]
    found += [end for one in order if isinstance(one, (Link, Judgement)) for end in (one.left, one.right)]
    return list(dict.fromkeys(found))


def explained(hub: Hub, who: Identifier) -> list[Any]:
    """Return who somebody is, and why that is one person."""
    try:
        steps = hub.explain_identity(who, reason="a law is tried")
    except UnknownProfileError as error:
        return [error.because]
    said = [(step.left.node, step.right.node, step.kind, step.fact_id, step.at.isoformat()) for step in steps]
    return [hub.resolve(who), said]


def everything_said(
    order: Sequence[Fact | Link], rules: IdentityRules, size: int, *, falling: bool, resolving: bool
) -> list[Any]:
    """Return reports, published changes, who is who and why, and the queue of review, with ids numbered."""
    ids = Ids(falling=falling)
    resolver = SameName() if resolving else None
    hub = Hub(MemoryStore(), rules=rules, clock=Clock(), new_id=ids, resolver=resolver)
    reports: list[str] = []
    for place in range(0, len(order), size):
        some_of_it = order[place : place + size]
        reports.append(str(hub.ingest([one for one in some_of_it if not isinstance(one, Link)])))
        reports.append(str(hub.link([one for one in some_of_it if isinstance(one, Link)])))
    changes = [
        ("merged", one.profile, one.absorbed, one.position)
        if isinstance(one, ProfileMerged)
        else ("split", one.profile, one.into, one.redirects, one.position)
        for one in hub.changes()
    ]
    items = [(item.left, item.right, item.reason, item.weight) for item in hub.review(reason="a law is tried")]
    return [
        reports,
        ids.plain(changes),
        ids.plain([explained(hub, one) for one in names_in(order)]),
        sorted(ids.plain(items), key=repr),
    ]


@st.composite
def crowds(draw: st.DrawFn) -> list[Fact]:
    """Return records of few names and few people, judged by a clerk here and there."""
    mails = [Identifier("mail", f"{name}@b.cd") for name in "ac"]
    users = [Identifier("user", name) for name in ("u1", "u2")]
    who = st.sampled_from([(), users[:1], users[1:], mails[:1], mails[1:], mails, mails])
    keys = st.sampled_from("123456")
    rows = draw(st.lists(st.tuples(keys, st.sampled_from(["Ann", "Abe", "Bob"]), who), min_size=3, max_size=9))
    found: dict[str, Fact] = {one.id: one for one in (record(key, name, *ids) for key, name, ids in rows)}
    pairs = draw(st.lists(st.tuples(keys, keys, st.sampled_from(Verdict)), max_size=3))
    for number, (one, other, verdict) in enumerate(pairs):
        left, right = Identifier.record("crm", one), Identifier.record("crm", other)
        found[f"j{number}"] = Judgement(
            id=f"j{number}", source="desk", occurred_at=moment(number), left=left, right=right, verdict=verdict
        )
    return [adopted("same-name/1"), *found.values()]


@given(crowds(), st.data())
@some(0.6)
def test_what_a_resolver_brings_together_lives_on_as_the_facts_decide(facts, data):
    """Of ids given out in one batch a random one once lived on: later splits, and what was counted, hung on it."""
    order, size = data.draw(shuffled(facts)), data.draw(st.sampled_from([1, 3, 4, 9]))
    one, other = (everything_said(order, RULES, size, falling=way, resolving=True) for way in (False, True))
    assert one == other


@pytest.mark.parametrize("batches", [[2, 1], [3]])
def test_people_founded_in_one_batch_who_turn_out_to_be_one_live_on_as_the_facts_decide(batches):
    mails = [Identifier("mail", f"{name}@b.cd") for name in "ac"]
    order = [record("1", "Ann", mails[0]), record("2", "Bob", mails[1]), record("3", "Abe", *mails)]
    (one, other) = (everything_said(order, RULES, batches[0], falling=way, resolving=False) for way in (False, True))
    assert one == other
    assert len(one[1]) == len(batches) - 1, "as many were merged as were told apart before"


@pytest.mark.parametrize("kind", ["dense", "contested", "sparse"])
def test_what_identifiers_links_and_clerks_bring_together_does_so_too(kind):
    @some(0.4)
    @given(stories(kind), st.data())
    def law(story, data):
        order = data.draw(shuffled([*story.facts, *story.links]))
        size = data.draw(st.sampled_from([2, 5, 20]))
        one, other = (everything_said(order, story.rules, size, falling=way, resolving=False) for way in (False, True))
        assert one == other

    law()


def crowded() -> list[Fact]:
    """Return a batch in which many people are founded, kept apart and brought together at once."""
    users = [Identifier("user", f"u{number}") for number in range(8)]
    facts: list[Fact] = [adopted("same-name/1")]
    facts += [record(str(number), "Ann", users[number % 8], users[(number * 3 + 1) % 8]) for number in range(16)]
    facts += [record(str(number), f"B{number % 5}") for number in range(16, 40)]
    for number in range(0, 40, 3):
        left, right = (Identifier.record("crm", str(one)) for one in (number, (number * 7 + 5) % 40))
        verdict = (Verdict.SAME, Verdict.DIFFERENT)[number % 2]
        facts.append(
            Judgement(id=f"j{number}", source="desk", occurred_at=moment(1), left=left, right=right, verdict=verdict)
        )
    return facts


def test_the_hash_seed_of_the_process_decides_nothing():
    """Texts lie in sets as the seed of a process has it; here two of them are told the same."""
    code = "from tests.hub.test_resolver_equal_runs import told_in_a_process; told_in_a_process()"
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(root / "src"), str(root)])
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert len(json.loads(said[0])[1]) > 10, "much was published"


def told_in_a_process() -> None:
    """Print what is said of a crowd."""
    sys.stdout.write(json.dumps(everything_said(crowded(), RULES, 30, falling=False, resolving=True)))
