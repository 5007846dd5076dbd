"""What time alone brings: at its very instant, told once, however late, often or by how many it is looked at."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.hub.test_segments import DAY, NOW, PURPOSES, RECENT, TICK, hub_over, names, paid, tale, user
from tests.hub.worlds import Clock

from unified_profile import Event, Hub, MemoryStore, Purpose, Segment, SqliteStore, events, trait
from unified_profile.hub.memberships_held import KEPT
from unified_profile.segments import all_of

HOUR = timedelta(hours=1)


def test_two_that_end_at_one_instant_end_together():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    hub.define_segment(Segment("day", events("Paid").count().within(days=1) >= 1, purpose="service"))
    hub.define_segment(Segment("24 hours", events("Paid").count().within(hours=24) >= 1, purpose="service"))
    hub.define_segment(Segment("none", events("Paid").count().within(days=1) == 0, purpose="service"))
    hub.ingest([paid("e1", "7"), paid("e2", "8")])
    clock.at = NOW + DAY
    assert hub.due().exited == 0, "the window holds both of its ends"
    clock.at = NOW + DAY + TICK
    report = hub.due()
    assert (report.entered, report.exited, report.next_at) == (2, 4, None)
    assert {one.at for one in hub.membership_changes() if one.cause == "time"} == {NOW + DAY + TICK}
    again = hub.due()
    assert (again.entered, again.exited) == (0, 0)


def test_an_event_that_comes_when_a_window_ends_is_counted_and_says_nothing_of_an_end():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    hub.define_segment(Segment("day", events("Paid").count().within(days=1) >= 1, purpose="service"))
    hub.ingest([paid("e1", "7")])
    clock.at = NOW + DAY + TICK
    hub.ingest([paid("e2", "7", NOW + DAY)])  # nobody had looked in between
    assert tale(hub) == [("Entered", "day", "fact", NOW)]
    clock.at += 2 * DAY
    hub.ingest([paid("e3", "7", clock.at)])
    assert tale(hub)[1:] == [
        ("Exited", "day", "time", NOW + 2 * DAY + TICK),
        ("Entered", "day", "fact", clock.at),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Europe/Berlin", 29, 23), ("Europe/Berlin", 30, 24), ("Asia/Tokyo", 29, 24), ("America/Santiago", 4, 25)],
)
def test_a_day_is_as_long_as_the_calendar_says(zone, day, hours):
    """The clocks of Berlin go forward on 29 March 2026, those of Santiago back on 4 April, at midnight of the 5th."""
    month = 4 if zone == "America/Santiago" else 3
    clock = Clock(datetime(2026, month, 1, tzinfo=UTC))
    purposes = [Purpose("service", traits={"birth_date"}, basis="contract")]
    hub = Hub(MemoryStore(), purposes=purposes, clock=clock)
    rule = trait("birth_date").in_period("day", yearly=True, zone=zone)
    hub.define_segment(Segment("birthday", rule, purpose="service"))
    born = {"birth_date": f"1990-{month:02}-{day:02}"}
    hub.ingest(
        [Event(id="i", source="app", type="identify", occurred_at=clock.at, identifiers=[user("7")], traits=born)]
    )
    clock.at += 20 * DAY if day < 20 else 40 * DAY
    hub.due()
    entered, exited = hub.membership_changes()
    assert (entered.cause, exited.cause) == ("time", "time")
    assert exited.at - entered.at == hours * HOUR


def test_who_is_opened_anew_goes_on_where_the_other_stopped(tmp_path):
    clock = Clock(NOW)
    with SqliteStore(tmp_path / "people.sqlite") as store:
        hub_over(store, clock).define_segment(
            Segment("day", events("Paid").count().within(days=1) >= 2, purpose="service")
        )
        hub_over(store, clock).ingest([paid("e1", "7")])
    KEPT.clear()
    with SqliteStore(tmp_path / "people.sqlite") as store:
        clock.at += HOUR
        hub_over(store, clock).ingest([paid("e2", "7", clock.at)])
    KEPT.clear()
    with SqliteStore(tmp_path / "people.sqlite") as store:
        hub = hub_over(store, clock)
        [member] = hub.members("day")
        assert (member.since, member.next_change_at) == (NOW + HOUR, NOW + DAY + TICK)
        clock.at += 30 * DAY
        assert hub.due().exited == 1
        assert tale(hub)[-1] == ("Exited", "day", "time", NOW + DAY + TICK)


class Crash(Exception):
    """The process ends here."""


def test_a_crash_between_leaves_what_was_done_done_and_the_rest_to_be_done(tmp_path, monkeypatch):
    clock = Clock(NOW)
    with SqliteStore(tmp_path / "people.sqlite") as store:
        hub = hub_over(store, clock)
        hub.define_segment(Segment("recent", RECENT, purpose="service"))
        hub.ingest([paid(f"e{number}", str(number)) for number in range(7)])
        clock.at += 40 * DAY
        monkeypatch.setattr("unified_profile.hub.segments._DUE", 3)
        calls: list[int] = []
        kept = hub.setup.clock

        def watched() -> datetime:
            calls.append(1)
            if len(calls) == 4:
                raise Crash
            return kept()

        broken = hub_over(store, watched)  # type: ignore[arg-type]  # a clock is any callable
        with pytest.raises(Crash):
            broken.due()
        done = len([one for one in tale(hub) if one[0] == "Exited"])
        assert 0 < done < 7
        KEPT.clear()
        assert hub_over(store, clock).due().exited == 7 - done
        ended = [one for one in hub.membership_changes() if type(one).__name__ == "Exited"]
        assert len({one.profile for one in ended}) == len(ended) == 7
        assert {one.at for one in ended} == {NOW + 30 * DAY + TICK}


def test_what_is_lost_with_a_transaction_is_not_remembered(tmp_path):
    """What a process keeps of people is what was committed, also after it was taken back."""
    import sqlite3

    clock = Clock(NOW)
    with SqliteStore(tmp_path / "people.sqlite") as store:
        hub = hub_over(store, clock)
        hub.define_segment(Segment("twice", events("Paid").count() >= 2, purpose="service"))
        hub.ingest([paid("e1", "7")])
        crm = sqlite3.connect(tmp_path / "people.sqlite", isolation_level=None)
        crm.execute("BEGIN IMMEDIATE")
        hub.joined(crm).ingest([paid("e2", "7")])
        crm.rollback()
        crm.close()
        assert names(hub, "twice") == set()
        clock.at += HOUR
        hub.ingest([paid("e3", "7", clock.at)])
        assert len(names(hub, "twice")) == 1
        assert tale(hub) == [("Entered", "twice", "fact", clock.at)]


def _due(path: str, at: datetime, results: Any) -> None:
    with SqliteStore(path) as store:
        hub = Hub(store, purposes=PURPOSES, clock=lambda: at)
        results.put(sum(hub.due().exited for _ in range(3)))


def test_two_processes_that_look_at_once_tell_each_end_once(tmp_path: Path) -> None:
    path, clock = tmp_path / "people.sqlite", Clock(NOW)
    with SqliteStore(path) as store:
        hub = hub_over(store, clock)
        hub.define_segment(Segment("recent", RECENT, purpose="service"))
        hub.ingest([paid(f"e{number}", str(number)) for number in range(450)])
        spawn = multiprocessing.get_context("spawn")
        results = spawn.Queue()
        workers = [spawn.Process(target=_due, args=(str(path), NOW + 60 * DAY, results)) for _ in range(2)]
        for one in workers:
            one.start()
        told = sum(results.get(timeout=300) for _ in workers)
        for one in workers:
            one.join()
        assert told == 450
        clock.at = NOW + 60 * DAY
        ended = [one for one in hub.membership_changes(limit=2_000) if type(one).__name__ == "Exited"]
        assert len({one.profile for one in ended}) == len(ended) == 450
        assert hub.due().exited == 0


def test_an_event_that_ends_something_sooner_lets_the_person_be_looked_at_sooner():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    hub.define_segment(Segment("long", events("Viewed").count().within(days=30) >= 1, purpose="service"))
    hub.define_segment(Segment("short", events("Paid").count().within(days=3) >= 1, purpose="service"))
    hub.ingest([paid("e1", "7", NOW, "Viewed")])
    clock.at += DAY
    hub.ingest([paid("e2", "7", clock.at)])
    clock.at += 5 * DAY
    assert hub.due().exited == 1
    assert tale(hub)[-1] == ("Exited", "short", "time", NOW + 4 * DAY + TICK)


def test_what_two_conditions_keep_false_begins_when_the_last_of_them_has_ended():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    quiet = all_of(events("Viewed").count().within(days=3) == 0, events("Paid").count().within(days=5) == 0)
    hub.define_segment(Segment("quiet", quiet, purpose="service"))
    hub.ingest([paid("e1", "7", NOW, "Viewed"), paid("e2", "7")])
    assert hub.due().next_at == NOW + 5 * DAY + TICK
    clock.at += 9 * DAY
    assert hub.due().entered == 1
    assert tale(hub) == [("Entered", "quiet", "time", NOW + 5 * DAY + TICK)]
