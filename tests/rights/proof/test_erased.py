"""The log and the erasure: that somebody was erased is proven, and nothing in the log tells who it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.rights.proof.test_log import CANARY, KEYS, OTHER, WHO, Later, busy, filled
from tests.rights.sealing.test_sealing import FIELDS, hub_over, told

from unified_profile import SqliteStore
from unified_profile.errors import ErasedError
from unified_profile.hub import SealedStore, shred
from unified_profile.rights.sealing import MemoryKeys
from unified_profile.testing.identity_programs import moment


def test_an_erasure_is_entered_and_decisions_about_the_erased_are_not_made_again(tmp_path: Path):
    clock = Later()
    with SqliteStore(tmp_path / "facts.sqlite") as store:
        hub = filled(store, clock)
        profile = hub.resolve(WHO)
        hub.notarize(busy(hub), keys=KEYS)
        head = hub.log_head()
        clock.now = moment(90)
        plan = hub.plan_erasure(WHO)
        done = hub.erase(plan)
        hub.notarize(keys=KEYS)
        entry = hub.log_entries()[-1]
        assert (entry.kind, entry.subject) == ("erasure", KEYS.of("profile", profile))
        assert hub.prove_growth(head.size).proves(head, hub.log_head())
        assert hub.verify_erasure(done).clean, "the log holds nothing of the person"
        assert CANARY not in json.dumps([dict(one.body) for one in hub.log_entries()])
        for place, who in ((0, WHO), (0, profile), (2, WHO), (5, WHO)):
            with pytest.raises(ErasedError):
                hub.replay_entry(place, who, keys=KEYS)
        assert hub.replay_entry(1, OTHER, keys=KEYS).code == "refused", "others' decisions go on"


def test_a_person_is_erased_from_a_sealed_store_as_from_any_other(tmp_path: Path):
    with SqliteStore(tmp_path / "facts.sqlite") as below:
        store = SealedStore(below, MemoryKeys(), fields=FIELDS)
        hub = hub_over(store)
        hub.ingest([told(1, WHO, income=f"{CANARY} 100", city=f"{CANARY} Osaka"), told(2, OTHER, income="200")])
        hub.refresh()
        plan = hub.plan_erasure(WHO)
        assert shred(store, hub.setup, WHO).destroyed == 2
        done = hub.erase(plan)
        assert hub.verify_erasure(done).clean
        assert hub.profile(OTHER, purpose="care")["income"] == "200"
    assert CANARY.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
