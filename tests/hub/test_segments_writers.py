"""Several writers at once: whoever was faster, memberships are those of one who was told everything."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.hub.test_segments_law import PURPOSES, agree
from tests.hub.worlds import Clock, hub_over

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    Segment,
    SourceRecord,
    SqliteStore,
    events,
)
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model import Fact
from unified_profile.storage.sql import SqlStore
from unified_profile.testing.identity_programs import moment

SEGMENTS = [
    Segment("s0", events("Viewed").count().within(timedelta(minutes=90)) >= 3, purpose="service"),
    Segment("quiet", events("Viewed").count().within(timedelta(minutes=20)) == 0, purpose="service"),
    Segment("readers", events("Viewed").count() >= 1, purpose="news"),
]


def told(writer: int, tenant: str) -> list[Fact]:
    """Return what one writer tells: of the same few people as the others, some of whom turn out to be one."""
    found: list[Fact] = []
    for number in range(24):
        who = Identifier("user_id", f"u{(writer + number) % 6}")
        shared: dict[str, Any] = {
            "source": "web", "occurred_at": moment(number), "identifiers": [who], "tenant": tenant,
        }  # fmt: skip
        if number % 8 == 3:
            found.append(ConsentRecord(id=f"c{writer}-{number}", purpose="news", state=ConsentState.GIVEN, **shared))
        elif number % 8 == 6:
            mail = Identifier("email", f"m{number % 3}@x.example")
            shared["identifiers"] = [who, mail]
            found.append(SourceRecord(id=f"r{writer}-{number}", key=f"{writer}-{number}", **shared))
        else:
            found.append(Event(id=f"e{writer}-{number}", name="Viewed", **shared))
    return found


def at_once(open_: Callable[[], Any], tenant: str) -> Hub:
    """Let three writers tell their part, and one look again and again what is due."""
    clock = Clock(moment(30))
    with open_() as store:
        first = hub_over(store, IdentityRules(), clock, purposes=PURPOSES, tenant=tenant)
        for segment in SEGMENTS:
            first.define_segment(segment)
        failed: list[BaseException] = []

        def work(writer: int) -> None:
            try:
                hub = hub_over(store, IdentityRules(), clock, purposes=PURPOSES, tenant=tenant)
                facts = told(writer, tenant)
                for place in range(0, len(facts), 3):
                    hub.ingest(facts[place : place + 3])
                    clock.tick(1)
                    hub.due()
            except BaseException as error:
                failed.append(error)
                raise

        threads = [threading.Thread(target=work, args=(writer,)) for writer in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        agree(first, SEGMENTS)
        clock.tick(100)
        agree(first, SEGMENTS)
    return first


def test_three_threads_over_one_sqlite_file_keep_what_one_would(tmp_path: Path) -> None:
    at_once(lambda: SqliteStore(tmp_path / "people.sqlite"), "default")


@pytest.mark.parametrize("again", range(2))
def test_three_threads_over_one_postgres_database_keep_what_one_would(postgres_url: str, again: int) -> None:
    at_once(lambda: SqlStore(postgres_url), f"writers{again}")
