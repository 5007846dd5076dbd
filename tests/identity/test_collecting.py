"""While a large batch is looked at the garbage collector waits, and it is as before when that is done."""

import gc

import pytest

from unified_profile import Hub, MemoryStore, SourceRecord
from unified_profile.hub import records

from .test_connecting import NOON, Chained


class Looking(Chained):
    """Remembers whether the collector was on when it was asked."""

    def __init__(self, fail=False):  # noqa: FBT002 - a double
        super().__init__()
        self.on: list[bool] = []
        self.fail = fail

    def links_of(self, newcomers, others):
        """Return no links."""
        self.on.append(gc.isenabled())
        if self.fail:
            raise ConnectionResetError
        return []


def told(resolver, size):
    """Tell a hub so many records at once."""
    hub = Hub(MemoryStore(), resolver=resolver, clock=lambda: NOON)
    hub.ingest([SourceRecord(id=str(n), source="till", key=str(n), occurred_at=NOON) for n in range(size)])


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(records, "LARGE", 5)
    yield
    gc.enable()


@pytest.mark.parametrize(("size", "on"), [(4, True), (5, False)])
def test_it_waits_for_large_batches_only(size, on):
    looking = Looking()
    told(looking, size)
    assert looking.on == [on]
    assert gc.isenabled()


def test_it_is_on_again_when_a_resolver_fails():
    with pytest.raises(ConnectionResetError):
        told(Looking(fail=True), 5)
    assert gc.isenabled()


def test_who_has_it_off_has_it_off():
    gc.disable()
    told(Looking(), 5)
    assert not gc.isenabled()
