"""Eight processes tell overlapping people at once: the end is that of one writer, and who follows misses nothing."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.hub.worlds import contents, everybody, model_of, plain, who_is_who
from tests.hub_processes.crews import Crew
from tests.hub_processes.crowd import RULES, reading_hub, serially, writing_hub
from tests.hub_processes.working import whole
from tests.storage.crashing import opened

from unified_profile.errors import UnknownProfileError
from unified_profile.hub import Hub, ProfileMerged, ProfileSplit
from unified_profile.hub.driver import run
from unified_profile.hub.renaming import leads as dated
from unified_profile.storage.commands import Scan
from unified_profile.storage.tables import FACTS
from unified_profile.testing.identity_reference import reference

MEMBERS = 8
SHARE = (MEMBERS, "many", 400, 30)


class Follower:
    """Reads two feeds while others write, always going on after the last position it has seen."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.changes: list[ProfileMerged | ProfileSplit] = []
        self.facts: list[Any] = []

    def look(self) -> None:
        self.changes += self.hub.changes(after=self.changes[-1].position if self.changes else 0, limit=50)
        after = (self.facts[-1].position,) if self.facts else None
        with self.hub.store.reader(self.hub.setup.tenant) as session:  # type: ignore[attr-defined]  # both stores have it
            self.facts += session.read([Scan(FACTS, after, 100)])[0]

    def missed(self) -> tuple[list[Any], list[Any]]:
        """Read on to the end; return what a follower from the start sees and this one has not seen."""
        before = None
        while before != (len(self.changes), len(self.facts)):
            before = (len(self.changes), len(self.facts))
            self.look()
        with self.hub.store.session(self.hub.setup.tenant) as session:
            facts = session.read([Scan(FACTS, None, 10**6)])[0]
        changes = self.hub.changes(limit=10**6)
        return [c for c in changes if c not in self.changes], [f for f in facts if f not in self.facts]


def leads_to(changes: Iterable[ProfileMerged | ProfileSplit]) -> dict[str, str | None]:
    """Return where every id leads, for somebody who only follows what is published."""
    leads: dict[str, str | None] = {}
    led_by: defaultdict[str | None, set[str]] = defaultdict(set)

    def lead(name: str, target: str | None) -> None:
        led_by[leads.get(name, name)].discard(name)
        leads[name] = target
        led_by[target].add(name)

    for change in changes:
        if isinstance(change, ProfileMerged):
            for name in {change.absorbed, *led_by[change.absorbed]}:
                lead(name, change.profile)
        else:
            for name, target in change.redirects:
                lead(name, target)
    return leads


def check(hub: Hub, follower: Follower, answers: list[list[int]]) -> None:
    """See that the end is that of one writer, and that nothing was lost, doubled or missed on the way."""
    facts, links = whole(*SHARE[1:])
    assert sum(new for new, _ in answers) == len(facts)
    assert contents(hub) == contents(serially([*facts, *links]))
    expected = reference(facts, RULES, links=links, model=model_of(facts))
    assert who_is_who(hub) == (expected.profiles, expected.nobody)
    assert follower.missed() == ([], [])
    for feed in (follower.changes, follower.facts):
        positions = [row.position for row in feed]
        assert positions == sorted(set(positions))
    leads = leads_to(follower.changes)
    assert len(leads) > 15
    for name, target in leads.items():
        assert _resolved(hub, name) == target
    assert run(hub.store, hub.setup.tenant, lambda: dated(list(leads))) == leads
    later = writing_hub(hub.store)
    for name in sorted(everybody(hub).nodes)[:5]:
        known = later.raw(name, reason="a law is tried", known_at=datetime.now(UTC) + timedelta(seconds=1))
        assert (known.id, plain(known)) == (name, plain(later.raw(name, reason="a law is tried")))


def _resolved(hub: Hub, name: str) -> str | None:
    try:
        return hub.resolve(name)
    except UnknownProfileError:
        return None


def work(kind: str, where: str) -> None:
    """Let a crew tell a crowd into one database while somebody follows."""
    with opened(kind, where) as store, Crew("tests.hub_processes.working:ingest") as crew:
        follower = Follower(reading_hub(store))
        crew.begin(MEMBERS, kind, where, *SHARE)
        while crew.works():
            follower.look()
            time.sleep(0.001)
        check(reading_hub(store), follower, crew.answers())


def test_eight_processes_write_into_one_sqlite_file_as_one_would(tmp_path: Path) -> None:
    work("sqlite", str(tmp_path / "facts.sqlite"))


@pytest.mark.slow
def test_eight_processes_write_into_one_postgres_database_as_one_would(postgres_url: str) -> None:
    work("sql", postgres_url)
