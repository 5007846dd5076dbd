"""Whatever fails while somebody is answered or something is proven, the error remembers nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from tests.hub.test_secrecy import CANARY, U1, Failing, filled, forgets_at_every_failure, remembers
from tests.hub.worlds import PURPOSES

from unified_profile import Hub, MemoryStore
from unified_profile.consent import Policy, Request
from unified_profile.errors import ConflictError, RequesterError, StorageError, UnifiedProfileError
from unified_profile.hub import SealedStore, driver, shred
from unified_profile.rights.proof import Pseudonyms
from unified_profile.rights.sealing import MemoryKeys

KEYS = Pseudonyms({"a": b"k" * 32})
USE: dict[str, Any] = {"action": "export", "purpose": "service", "channel": "email", "recipient": "mailer"}


def yes(request: Any) -> bool:
    return True


def opened(store: Any) -> Hub:
    hub = filled(store)
    hub.raw(U1, reason=f"{CANARY} called")
    return Hub(
        store,
        attrs.evolve(
            hub.setup, policy=Policy(purposes=PURPOSES, processors={"mailer"}, kinds={"news": {"direct_marketing"}})
        ),
    )


CALLS: dict[str, Callable[[Hub], object]] = {
    "access": lambda hub: hub.access(U1, verify=yes, further={"score": 0.3}),
    "portable": lambda hub: hub.portable(U1, verify=yes),
    "rectify": lambda hub: hub.rectify(U1, {"city": "Nara"}, verify=yes),
    "restrict": lambda hub: hub.restrict(U1, verify=yes),
    "object_to": lambda hub: hub.object_to(U1, verify=yes),
    "disclosed_to": lambda hub: hub.disclosed_to("mailer"),
    "breach_scope": lambda hub: hub.breach_scope(),
    "breach_scope then": lambda hub: hub.breach_scope(known_at=hub.setup.clock()),
    "notarize": lambda hub: hub.notarize([hub.decide(U1, Request("news"))], keys=KEYS),
    "log": lambda hub: (hub.notarize(keys=KEYS), hub.log_head(), hub.log_entries(who=U1, keys=KEYS)),
    "replay": lambda hub: hub.replay_entry(
        hub.notarize([hub.decide(U1, Request("news"))], keys=KEYS).first, U1, keys=KEYS
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Let a plan that met a conflict run again at once."""
    monkeypatch.setattr(driver, "pause", lambda attempt: 0)


@pytest.mark.parametrize("kind", [StorageError, ConflictError])
@pytest.mark.parametrize("call", CALLS)
def test_when_the_database_fails_at_any_moment_the_error_remembers_nobody(call, kind):
    forgets_at_every_failure(opened, CALLS[call], kind)


def test_when_a_sealed_store_fails_the_error_remembers_nobody():
    for failing_at in range(1_000):
        below = Failing(StorageError)
        store = SealedStore(below, MemoryKeys(), fields={"city", "a"})
        hub = filled(store)
        below.left = failing_at
        try:
            hub.refresh()
            hub.search("city", "x", purpose="service")
            shred(store, hub.setup, U1)
        except StorageError as error:
            told = remembers(error)
        else:
            break
        assert not told
    assert failing_at > 0, "it asks the database something"


def refused(request: Any) -> bool:
    return False


def fails(request: Any) -> bool:
    raise ValueError(f"{CANARY} is not who they say")


REFUSALS: dict[str, Callable[[Hub], object]] = {
    "no": lambda hub: hub.access(U1, verify=refused, evidence=CANARY),
    "broken": lambda hub: hub.access(U1, verify=fails, evidence=CANARY),
    "values": lambda hub: hub.rectify(U1, {"city": {CANARY}}, verify=yes),  # type: ignore[dict-item]  # junk
    "name": lambda hub: hub.rectify(U1, {f"{CANARY}\n": 1}, verify=yes),
    "no entry": lambda hub: hub.replay_entry(99, U1, keys=KEYS),
    "no keys": lambda hub: hub.log_entries(who=U1),
}


@pytest.mark.parametrize("call", REFUSALS)
def test_refusals_tell_nothing_of_what_was_handed_in(call):
    with pytest.raises(UnifiedProfileError) as caught:
        REFUSALS[call](opened(MemoryStore()))
    assert "message" not in remembers(caught.value), "what was handed in stands in the frames of the call alone"
    assert not isinstance(caught.value, RequesterError) or caught.value.right == "access"
