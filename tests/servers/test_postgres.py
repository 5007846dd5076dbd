"""The servers that other tests rely on are really there."""

import psycopg
import sqlalchemy


def test_a_real_postgresql_answers(postgres_dsn):
    """The version is one that servers in the field run, and text is Unicode."""
    with psycopg.connect(postgres_dsn) as connection:
        assert connection.info.server_version >= 18_00_00
        assert connection.execute("SELECT '山田' || current_setting('server_encoding')").fetchone() == ("山田UTF8",)


def test_sqlalchemy_reaches_the_same_database(postgres_dsn, postgres_url):
    """Both fixtures name one database, so that a test may look at a store's tables with the plain driver."""
    with psycopg.connect(postgres_dsn) as connection:
        direct = connection.info.dbname
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT current_database()")) == direct
    engine.dispose()
