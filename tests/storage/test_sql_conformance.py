"""The stores over SQLAlchemy keep every promise: on SQLite and PostgreSQL, blocking and awaited."""

from uuid import uuid4

import pytest
from sqlalchemy import create_engine

from unified_profile.storage.aio import AsyncSqlStore
from unified_profile.storage.sql import SqlStore
from unified_profile.testing.conformance import StoreConformance
from unified_profile.testing.conformance_async import BlockingStore


class TestSqlStoreOnSqlite(StoreConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.folder = tmp_path

    def make_store(self):
        return SqlStore(f"sqlite:///{self.folder}/{uuid4().hex}.sqlite")

    def reopen_store(self, store):
        return SqlStore(store.engine.url)

    def connect_to(self, store):
        return store.engine.connect()


class TestAsyncSqlStoreOnSqlite(StoreConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.folder = tmp_path

    def make_store(self):
        url = f"sqlite+aiosqlite:///{self.folder}/{uuid4().hex}.sqlite"
        return BlockingStore(lambda: AsyncSqlStore(url))

    def reopen_store(self, store):
        return BlockingStore(lambda: AsyncSqlStore(store.store.engine.url))


class TestSqlStoreOnPostgres(StoreConformance):
    """All trials share one database and one engine of the caller's own."""

    @pytest.fixture(autouse=True)
    def _database(self, postgres_engine):
        self.engine = postgres_engine

    def make_store(self):
        return SqlStore(self.engine)

    def reopen_store(self, store):
        return SqlStore(store.engine)

    def connect_to(self, store):
        return store.engine.connect()


class TestAsyncSqlStoreOnPostgres(StoreConformance):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url):
        self.url = postgres_url

    def make_store(self):
        return BlockingStore(lambda: AsyncSqlStore(self.url))

    def reopen_store(self, store):
        return BlockingStore(lambda: AsyncSqlStore(self.url))


@pytest.fixture(scope="module")
def postgres_engine(postgres_url):
    engine = create_engine(postgres_url)
    yield engine
    engine.dispose()
