"""What is learned is dated in the order of commits on MariaDB too, where writers decide side by side."""

import threading

import pytest
from tests.hub.test_stamps import Jumping, hub_at, log, seen, stamps
from tests.hub.worlds import STORES, Clock, who_is_who

from unified_profile.storage.sql import SqlStore


@pytest.fixture
def store(mariadb_url):
    with SqlStore(mariadb_url) as made:
        yield made


def test_the_stamps_of_writers_whose_clocks_jump_follow_their_commits_and_nobody_is_lost(store):
    facts = [[seen(f"{n}-{place}", f"user=u{place % 4}", f"device=d{n}") for place in range(15)] for n in range(3)]
    failed: list[BaseException] = []

    def work(number: int) -> None:
        hub = hub_at(store, Jumping(number))
        try:
            for fact in facts[number]:
                hub.ingest([fact])
        except BaseException as error:  # noqa: BLE001  # told in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    hub = hub_at(store, Clock())
    assert len(log(hub)) == 45
    assert stamps(hub) == sorted(stamps(hub))
    with STORES["memory"]() as other:
        serial = hub_at(other, Clock())
        serial.ingest([fact for some in facts for fact in some])
        assert who_is_who(hub) == who_is_who(serial)
