"""What an erasure meets beside the facts: the quarantine, the library's own log lines, copies of the file."""

from __future__ import annotations

import json
import logging
import logging.handlers
from pathlib import Path

import pytest
from tests.hub.test_erasure import M1, MAIL, SHARED, at, mine, opened, others, rows, told
from tests.hub.worlds import STORES

from unified_profile import Event, MemoryStore, SqliteStore
from unified_profile.hub.sealing import SealedStore
from unified_profile.model import ErasureOrder
from unified_profile.rights.sealing import MemoryKeys


@pytest.mark.parametrize("kind", STORES)
def test_what_waits_and_may_be_the_persons_is_counted_named_and_left_to_a_person(kind):
    with STORES[kind]() as store:
        hub = opened(store)
        hub.ingest([*others(), *mine()])
        hub.ingest([
            {"type": "track", "userId": "canary-M1", "timestamp": "never"},
            {"type": "nonsense", "mail": SHARED.value, "note": "from the spouse"},
            {"type": "nonsense", "mail": SHARED.value, "city": "canary-osaka"},
            {"type": "nonsense", "city": "Kobe"},
        ], source="web")  # fmt: skip
        done = hub.erase(hub.plan_erasure(M1))
        assert (done.counts["quarantined"], done.counts["waiting"]) == (1, 2)
        found = hub.verify_erasure(done)
        assert (found.clean, len(found.waiting), found.rows) == (False, 1, ())
        assert json.loads(json.dumps(found.to_json()))["waiting"] == list(found.waiting)
        assert hub.discard(found.waiting) == 1
        assert hub.verify_erasure(done, values=["canary"]).clean
        assert len(hub.quarantined()) == 2
        assert "canary" not in rows(hub)


def test_discarding_takes_the_key_along_where_values_are_sealed():
    keys = MemoryKeys()
    hub = opened(SealedStore(MemoryStore(), keys, fields={"city"}))
    (refused,) = hub.ingest([{"type": "nonsense", "city": "canary"}], source="web").quarantined
    name = f"{hub.setup.tenant}/quarantine/{refused.id}"
    assert list(keys.get([name])) == [name]
    assert hub.discard([refused.id]) == 1
    assert list(keys.get([name])) == []


def test_the_librarys_own_log_lines_hold_nobody_at_any_level_and_in_no_rotated_file(tmp_path: Path):
    handler = logging.handlers.RotatingFileHandler(tmp_path / "log.txt", maxBytes=2_000, backupCount=500)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s"))
    names = [name for name in logging.Logger.manager.loggerDict if name.startswith("unified_profile")]
    loggers = [logging.getLogger(name) for name in {"unified_profile", *names}]
    before = [one.level for one in loggers]
    try:
        for one in loggers:
            one.setLevel(logging.DEBUG)
        loggers[0].addHandler(handler)
        logging.getLogger("unified_profile").addHandler(handler)
        hub = told(MemoryStore())
        hub.raw(M1, reason="canary-reason")
        hub.access(M1, verify=lambda asked: True)
        done = hub.erase(hub.plan_erasure(M1))
        hub.verify_erasure(done, values=["canary"])
        hub.ingest([*mine(), ErasureOrder(id="o", source="desk", occurred_at=at(50), identifiers=[M1])])
        for ask in (lambda: hub.resolve(M1), lambda: hub.profile(MAIL, purpose="service")):
            with pytest.raises(Exception, match="erased"):
                ask()
    finally:
        handler.close()
        for one, level in zip(loggers, before, strict=True):
            one.removeHandler(handler)
            one.setLevel(level)
        logging.getLogger("unified_profile").removeHandler(handler)
    files = sorted(tmp_path.iterdir())
    assert len(files) > 1, "the log was rotated"
    assert "verify_erasure" in "".join(file.read_text() for file in files)
    assert "canary" not in "".join(file.read_text() for file in files)


def test_a_copy_from_before_holds_what_it_held_and_a_snapshot_from_after_holds_nobody(tmp_path: Path):
    with SqliteStore(tmp_path / "people.sqlite") as store:
        hub = told(store)
        store.backup(tmp_path / "before.sqlite")
        hub.erase(hub.plan_erasure(M1))
        store.backup(tmp_path / "after.sqlite")
        store.compact()
    found = {file.name for file in tmp_path.iterdir() if b"canary" in file.read_bytes()}
    assert found == {"before.sqlite"}, "and nothing beside the file, whatever SQLite keeps there"


def test_a_restored_backup_is_made_right_by_giving_the_order_again(tmp_path: Path):
    """Tombstones are in the file too: one from before knows of no erasure, but orders can be given again."""
    with SqliteStore(tmp_path / "people.sqlite") as store:
        hub = told(store)
        store.backup(tmp_path / "before.sqlite")
        hub.erase(hub.plan_erasure(M1))
    order = ErasureOrder(id="o", source="desk", occurred_at=at(90), identifiers=[M1, MAIL])
    with SqliteStore(tmp_path / "before.sqlite") as restored:
        hub = opened(restored)
        hub.ingest([order])
        assert hub.verify_erasure(values=["canary"]).clean
        assert hub.ingest(mine()).accepted == 0
    assert not [file for file in tmp_path.iterdir() if b"canary" in file.read_bytes()]


def test_an_event_of_somebody_else_is_no_reason_to_wait():
    hub = opened(MemoryStore())
    hub.ingest([*others(), *mine(), Event(id="x", source="w", name="V", occurred_at=at(1), identifiers=[SHARED])])
    assert "waiting" not in hub.erase(hub.plan_erasure(M1)).counts
