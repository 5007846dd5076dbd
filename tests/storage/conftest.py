"""What tests of stores share."""

import pytest

from unified_profile.storage.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path):
    """Give a store in a file of its own."""
    with SqliteStore(tmp_path / "profiles.sqlite") as made:
        yield made
