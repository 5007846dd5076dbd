"""Rules of segments mean on MariaDB what they mean in memory."""

import pytest
from hypothesis import Phase, given, settings
from tests.segments import engines
from tests.segments.test_one_meaning import BATCHES, batches, compare


@pytest.fixture(scope="module")
def mariadb(mariadb_url):
    with engines.closing(engines.Mariadb(mariadb_url)) as engine:
        yield engine


@settings(max_examples=BATCHES, phases=[Phase.explicit, Phase.generate])
@given(batches)
def test_rules_mean_the_same_on_mariadb(mariadb, batch):
    compare(mariadb, batch)
